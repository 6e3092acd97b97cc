"""Networks that stay up: programs on their hosts, what ends with them; nothing is left."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from bench import lives
from standing import LECTURE, SAMPLE, Commands, holder_pid, kill, reap, until

from l2harness.labs.lab import find_lab
from l2harness.labs.mutants import reference_of
from l2harness.programs.procfs import children, descendants

MACS = {
    "enp0s3": "08:00:27:dd:d7:43",
    "enp0s8": "08:00:27:b0:d6:ff",
    "enp0s9": "08:00:27:e6:4d:39",
    "enp0s10": "08:00:27:8e:75:44",
}
#: What is said when a network goes from under a program.
GONE = b"l2harness: network lecture has gone down, and /bin/cat with it\n"
#: What the lecture's client sends, as Python shows it; and its padding.
HI = "b\"\\x08\\x00'\\xdd\\xd7C\\x08\\x00'\\x8euD\\x88\\xb5Hi"


@pytest.fixture
def l2harness(tmp_path):
    """The commands, and networks for this test alone."""
    made = Commands(tmp_path)
    yield made
    made.close()


def holder_of(l2harness, name="lecture"):
    """The three processes of a holder: outer, init and harness."""
    outer = holder_pid(l2harness, name)
    (init,) = children(outer)
    harness = children(init)[0]
    return outer, init, harness


class TestTheLecturesMachine:
    """What the lecture does on its virtual machine."""

    def test_its_interfaces(self, l2harness):
        """`ip link` shows the four interfaces with the lecture's addresses, and lo; all up."""
        assert l2harness.up("lecture") == f"lecture is up: vm ({' '.join(MACS)})\n"
        shown = l2harness("exec", "vm", "--", "ip", "-o", "link").stdout
        found = re.findall(r"^\d+: ([\w]+)\S*: <\S*\bUP\b\S*>.*link/ether (\S+)", shown, re.M)
        assert dict(found) == MACS
        assert len(shown.splitlines()) == len(MACS) + 1

    @pytest.mark.parametrize("solution", ["reference", "sample"])
    def test_two_terminals(self, l2harness, solution):
        """`pyngd` in one terminal prints what `pyng` sends from another; Ctrl-C ends it."""
        folder = SAMPLE if solution == "sample" else reference_of(find_lab("pyng"))
        l2harness.up("lecture")
        server = l2harness.terminal("exec", "vm", "--", "./pyngd", "enp0s3", cwd=folder)
        l2harness.listens("vm")
        client = l2harness("exec", "vm", "--", "./pyng", MACS["enp0s3"], "enp0s10", cwd=folder)
        assert (client.returncode, client.stdout, client.stderr) == (0, "Sent!\n", "")
        line = server.shows(r"dst: (\S+), src: (\S+), type: (\S+), payload: (\S+)\n")
        hi = r"b'Hi\x00\x00'..."
        assert line.groups() == (MACS["enp0s3"], MACS["enp0s10"], "0x88b5", hi)
        assert server.interrupt() == 130

    @pytest.mark.parametrize(
        ("options", "printed"),
        [((), HI + "\\x00" * 44 + '"\n'), (("--no-padding",), HI + '"\n')],
        ids=["as its network card does", "without padding"],
    )
    def test_the_minimal_programs(self, l2harness, options, printed):
        """`server.py` prints what `client.py` sends: with the card's zeros, or without."""
        l2harness.up("lecture", *options)
        python = ("exec", "vm", "--", "/usr/bin/python3")
        server = l2harness.start(*python, LECTURE / "server.py", text=True)
        l2harness.listens("vm")
        assert l2harness(*python, LECTURE / "client.py").returncode == 0
        assert server.communicate(timeout=60) == (printed, "")
        assert server.returncode == 0

    def test_tcpdump(self, l2harness):
        """It works though it wants to become another user, whom there is not without root."""
        l2harness.up("lecture")
        dump = l2harness.start(
            *("exec", "vm", "--", "tcpdump", "-l", "-n", "-e", "-c", "1", "-i", "enp0s3"),
            text=True,
        )
        l2harness.listens("vm")
        python = ("exec", "vm", "--", "/usr/bin/python3")
        assert l2harness(*python, LECTURE / "client.py").returncode == 0
        printed, _ = dump.communicate(timeout=60)
        assert f"{MACS['enp0s10']} > {MACS['enp0s3']}, ethertype Unknown (0x88b5)" in printed
        assert dump.returncode == 0


class TestPrograms:
    """The user's own programs on a host."""

    def test_how_they_end_and_what_they_see(self, l2harness, tmp_path):
        """Status, signal, input, directory, files and environment pass; /sys is the host's."""
        l2harness.up("lecture")

        def run(line, **options):
            done = l2harness("exec", "vm", "--", "/bin/sh", "-c", line, **options)
            return done.returncode, done.stdout

        assert run("exit 7") == (7, "")
        assert run("kill -TERM $$") == (128 + signal.SIGTERM, "")
        assert run("cat; pwd", input="read", stdin=None) == (0, f"read{tmp_path}\n")
        assert run("id -u; hostname; ls /sys/class/net") == (
            0,
            "\n".join(["0", "vm", *sorted([*MACS, "lo"]), ""]),
        )
        assert run("echo mine > made; echo $HOME") == (0, f"{tmp_path}\n")
        assert (tmp_path / "made").read_text() == "mine\n"
        assert (tmp_path / "made").stat().st_uid == os.geteuid()

    def test_signals(self, l2harness):
        """What is sent to the command arrives at the program."""
        l2harness.up("lecture")
        code = (
            "import signal, sys\n"
            "signal.signal(signal.SIGTERM, lambda *_: sys.exit('got it'))\n"
            "print('ready', flush=True)\n"
            "while True: signal.pause()\n"
        )
        program = l2harness.terminal("exec", "vm", "--", "/usr/bin/python3", "-c", code)
        program.shows("ready")
        program.process.send_signal(signal.SIGTERM)
        program.shows("got it")
        assert program.ends() == 1

    def test_a_shell(self, l2harness):
        """It has job control on the caller's terminal, and the host's name; its status passes."""
        l2harness.up("lecture")
        l2harness.environment["SHELL"] = "/bin/bash"
        l2harness.environment["PS1"] = ""
        shell = l2harness.terminal("shell", "vm")
        shell.type("echo at $(hostname), jobs $-; tail -f /dev/null &\n")
        assert "m" in shell.shows(r"at vm, jobs (\w+)").group(1)
        shell.type("kill %1; wait; exit 5\n")
        assert shell.ends() == 5
        assert "job control" not in shell.said

    def test_it_ends_with_its_caller(self, l2harness):
        """A program whose command is killed is killed, too."""
        l2harness.up("lecture")
        program = l2harness.start("exec", "vm", "--", "/bin/cat", stdin=subprocess.PIPE)
        found = until(lambda: json.loads(l2harness("ps", "--json").stdout)[0]["programs"])
        assert [(it["host"], it["command"].split()[-1]) for it in found] == [("vm", "/bin/cat")]
        below = descendants(program.pid)
        assert below
        kill(program.pid)
        program.wait()
        until(lambda: reap() or not any(map(lives, below)))
        assert json.loads(l2harness("ps", "--json").stdout)[0]["programs"] == []


class TestTheEnd:
    """Taking a network down, and what happens when its holder is killed."""

    def test_down_ends_what_runs(self, l2harness):
        """Programs are ended and named, also one that was left in the background."""
        l2harness.up("lecture")
        program = l2harness.start("exec", "vm", "--", "/bin/cat", stdin=subprocess.PIPE)
        until(lambda: json.loads(l2harness("ps", "--json").stdout)[0]["programs"])
        holder = holder_of(l2harness)
        every = [*holder, *descendants(program.pid)]
        done = l2harness("down")
        assert program.wait(60) == 137
        assert program.stderr.read() == GONE
        reap()
        assert (done.returncode, done.stdout) == (0, "lecture is down\n")
        assert re.fullmatch(r"ended on vm: /bin/cat \(process \d+\)\n", done.stderr)
        assert not any(map(lives, every))

    @pytest.mark.parametrize("victim", ["outer", "init", "harness"])
    def test_whoever_is_killed(self, l2harness, victim):
        """All processes end, programs too; the next command says so, and there is room again."""
        l2harness.up("lecture")
        program = l2harness.start("exec", "vm", "--", "/bin/cat", stdin=subprocess.PIPE)
        until(lambda: json.loads(l2harness("ps", "--json").stdout)[0]["programs"])
        processes = dict(zip(("outer", "init", "harness"), holder_of(l2harness), strict=True))
        kill(processes[victim])
        assert program.wait(60) == 137
        assert (
            program.stderr.read()
            == b"l2harness: network lecture has gone down, and /bin/cat with it\n"
        )
        until(lambda: reap() or not any(map(lives, processes.values())))
        refused = l2harness("exec", "vm", "--", "true")
        assert refused.returncode == 2
        assert "network lecture was up, but its holder was killed" in refused.stderr
        l2harness.up("lecture")

    def test_a_program_that_was_suspended(self, l2harness):
        """`down` ends it all the same; who had called it goes on, and says so."""
        l2harness.up("lecture")
        program = l2harness.terminal("exec", "vm", "--", "/bin/cat")
        until(lambda: json.loads(l2harness("ps", "--json").stdout)[0]["programs"])
        os.kill(program.process.pid, signal.SIGSTOP)
        assert l2harness("down").returncode == 0
        program.shows("network lecture has gone down, and /bin/cat with it\n")
        assert program.ends() == 137

    def test_a_signal_takes_it_down(self, l2harness):
        """SIGTERM to the holder is as good as `down`."""
        l2harness.up("lecture")
        holder = holder_of(l2harness)
        os.kill(holder[0], signal.SIGTERM)
        until(lambda: reap() or not any(map(lives, holder)))
        assert Path(l2harness.runtime, "l2harness").exists()
        assert l2harness("ps").stderr == "no network is up; `l2harness up lecture` builds one\n"

    def test_a_holder_that_hangs(self, l2harness):
        """One that does not answer is killed; it is down all the same."""
        l2harness.up("lecture")
        holder = holder_of(l2harness)
        # Stopped only after it was asked who is up: from then on it answers to nothing.
        done = subprocess.run(
            [
                *l2harness.line()[:1],
                "-c",
                "import os, signal, sys\n"
                "from l2harness.live import client, place\n"
                "place.ANSWERS_WITHIN_S = 0.5\n"
                "with client.opened_place() as networks:\n"
                "    found = client.choose(networks, None)\n"
                f"    os.kill({holder[2]}, signal.SIGSTOP)\n"
                "    client.take_down(networks, found)\n",
            ],
            env=l2harness.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        until(lambda: reap() or not any(map(lives, holder)))

    def test_up_that_is_killed(self, l2harness):
        """A holder that is on its way ends with whoever wanted it, and nothing can be found."""
        code = (
            "import os, sys\n"
            "import l2harness.topology as topology\n"
            "def slow(name):\n"
            "    print('reading', flush=True)\n"
            "    sys.stdin.read()\n"
            "topology.find_topology = slow\n"
            "from l2harness.cli import run\n"
            "run(['up', 'lecture'])\n"
        )
        up = subprocess.Popen(
            [*l2harness.line()[:1], "-c", code],
            env=l2harness.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with up:
            assert up.stdout.readline() == b"reading\n"
            holder = descendants(up.pid)
            assert holder
            kill(up.pid)
        until(lambda: reap() or not any(map(lives, holder)))
        assert json.loads(l2harness("ps", "--json").stdout) == []
        l2harness.up("lecture")
