"""``up``, ``down``, ``ps``, ``exec``, ``shell``, ``capture``: what was asked for wrongly."""

import json
import os
import socket

import pytest
from standing import Commands, holder_pid, kill, reap, until

from l2harness.live.place import expect_name


@pytest.fixture
def standing(tmp_path):
    """The commands, with networks for this test alone."""
    made = Commands(tmp_path)
    yield made
    made.close()


def refused(done, status=2):
    """See that it was refused in a sentence without a traceback; return the sentence."""
    assert done.returncode == status
    assert done.stdout == ""
    assert done.stderr.startswith("l2harness: error: ")
    assert "Traceback" not in done.stderr
    return done.stderr.removeprefix("l2harness: error: ")


class TestNothingIsUp:
    """Commands about networks where there is none."""

    @pytest.mark.parametrize(
        "arguments",
        [("down",), ("exec", "vm", "--", "true"), ("shell", "vm"), ("capture",)],
        ids=lambda it: it[0],
    )
    def test_it_is_said(self, standing, arguments):
        """What would build one, and where was looked; status 2."""
        said = refused(standing(*arguments))
        assert said.startswith("no network is up: `l2harness up lecture` builds one. (Looked in ")
        assert f"{standing.runtime}/l2harness;" in said

    def test_by_name(self, standing):
        """The name that was given is quoted."""
        assert refused(standing("down", "mine")).startswith("network 'mine' is not up. No network")

    def test_ps_and_down_all(self, standing):
        """Nothing is nothing wrong."""
        done = standing("ps")
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == "no network is up; `l2harness up lecture` builds one\n"
        assert json.loads(standing("ps", "--json").stdout) == []
        assert standing("down", "--all").returncode == 0


class TestWhatIsUp:
    """Words that fit nothing that is there."""

    def test_twice_and_near_misses(self, standing):
        """`up` twice, a host, a network, a place and a program that are not there."""
        standing.up("lecture")
        said = refused(standing("up", "lecture"))
        assert said.startswith("network lecture is up already, since ")
        assert "`l2harness down lecture` takes it down, and `--name`" in said
        for arguments, status, sentence in (
            (("exec", "vmm", "--", "true"), 2, "no host 'vmm'; did you mean 'vm'?"),
            (("shell", "host"), 2, "network lecture has no host 'host'; there is only vm"),
            (("exec", "-n", "lectur", "vm", "true"), 2, "not up; did you mean 'lecture'?"),
            (("exec", "vm"), 2, "Missing argument 'COMMAND...'"),
            (("exec", "vm", "--", "nosuch"), 127, "there is no program 'nosuch'"),
            (("exec", "vm", "--", "./nosuch"), 127, "'./nosuch' cannot be executed: No such file"),
            (("exec", "vm", "--", "/etc/passwd"), 126, "executed: Permission denied"),
            (("capture", "wan"), 2, "no segment, interface or host 'wan'; did you mean 'lan'?"),
            (
                ("capture", "--filter", "0x"),
                2,
                "'0x' is no EtherType: give a number such as",
            ),
            (("capture", "--filter", "arpp"), 2, "did you mean 'arp'?"),
            (("capture", "-w", "no/where"), 3, "write no/where: No such file or directory"),
            (("down", "lectur"), 2, "network 'lectur' is not up; did you mean 'lecture'?"),
        ):
            assert sentence in refused(standing(*arguments), status)

    def test_several(self, standing):
        """Which one is asked where it could be either, and only there."""
        standing.up("lecture")
        standing.up("pair", "--name", "mine")
        assert standing("exec", "h1", "--", "true").returncode == 0
        standing.up("pair")
        said = refused(standing("exec", "h1", "--", "true"))
        assert said == "which network? Up are mine, pair: say --name mine\n"
        said = refused(standing("down"))
        assert said == "which network? Up are lecture, mine, pair: say --name lecture\n"
        assert (
            "no network that is up (lecture, mine, pair) has a host 'h22'; did you mean 'h2'?"
            in (refused(standing("exec", "h22", "--", "true")))
        )
        assert standing("exec", "h1", "-n", "mine", "--", "true").returncode == 0
        done = standing("down", "--all")
        assert done.stdout == "lecture is down\nmine is down\npair is down\n"

    def test_ps_shows_what_runs(self, standing):
        """Networks with hosts and holder, programs with host and command, harmless."""
        standing.up("lecture")
        program = standing.start(
            "exec", "vm", "--", "/bin/sh", "-c", "read x; : \x1b[31m", stdin=-1
        )
        shown = until(lambda: "read x" in (it := standing("ps").stdout) and it)
        assert f"{holder_pid(standing, 'lecture')}" in shown
        assert "vm" in shown
        assert "\x1b" not in shown
        program.stdin.close()
        assert program.wait(60) == 0

    def test_a_killed_holder(self, standing):
        """`ps` says so once; `up` builds it again."""
        standing.up("lecture")
        kill(holder_pid(standing, "lecture"))
        until(lambda: reap() or standing("ps").stdout == "")
        standing.up("lecture")
        kill(holder_pid(standing, "lecture"))
        reap()
        done = standing("up", "lecture")
        assert done.returncode == 0
        assert done.stderr in (
            "network lecture was up, but its holder was killed; nothing of it is left\n",
        )


class TestUp:
    """What `up` is given."""

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ((), "which topology? Give a YAML file, or one of these: lecture, line"),
            (("lectur",), "there is no such topology; did you mean 'lecture'?"),
            (("./no.yaml",), "no.yaml: there is no such file"),
            (("lecture", "--name", "a/b"), "'a/b' cannot be the name of a network: letters"),
            (("lecture", "--no-padding", "--min-frame", "60"), "cannot both be meant"),
            (("lecture", "--min-frame", "9999"), "9999 is not in the range 0<=x<=1514"),
            (("wrong.yaml",), "wrong.yaml:3: "),
        ],
    )
    def test_sentences(self, standing, arguments, sentence):
        """Status 2, and nothing is left: neither a holder nor a file."""
        (standing.place / "wrong.yaml").write_text(
            "hosts:\n  a: {eth0: lan}\nsegment:\n  lan: {kind: cable}\n"
        )
        assert sentence in refused(standing("up", *arguments))
        assert os.listdir(standing.runtime) == []

    def test_no_privilege(self, standing, forbidden, environment):
        """Where the machine gives no namespaces it is said with the remedy; status 3."""
        environment["XDG_RUNTIME_DIR"] = str(standing.runtime)
        done = forbidden("up", "lecture")
        said = refused(done, 3)
        assert said.startswith("this machine gives neither root nor a user namespace")
        assert "`l2harness doctor` tells more." in said

    def test_a_directory_for_everybody(self, standing):
        """Networks are not kept where others could control them."""
        place = standing.runtime / "l2harness"
        place.mkdir()
        place.chmod(0o777)
        assert "is not for you alone" in refused(standing("up", "lecture"))
        place.chmod(0o700)

    def test_something_in_the_way(self, standing):
        """A file where the directory should be is named."""
        place = standing.runtime / "l2harness"
        place.touch()
        assert "it is no directory; remove it" in refused(standing("ps"))
        place.unlink()

    def test_a_place_with_a_long_name(self, standing):
        """The path of a Unix socket has 107 bytes; that of the directory may have more."""
        deep = standing.runtime / ("d" * 120)
        deep.mkdir(mode=0o700)
        standing.environment["XDG_RUNTIME_DIR"] = str(deep)
        standing.up("pair")
        assert standing("exec", "h2", "--", "true").returncode == 0
        assert standing("down").returncode == 0
        deep.rmdir()


class TestNames:
    """What a network can be called."""

    @pytest.mark.parametrize("name", ["lecture", "a", "9.b_c-D", "x" * 64])
    def test_right(self, name):
        """A file name that does nothing to anybody."""
        assert expect_name(name) == name

    @pytest.mark.parametrize("name", ["", ".", "..", ".a", "-a", "a b", "a/b", "x" * 65, "a.sock"])
    def test_wrong(self, name):
        """Anything else."""
        with pytest.raises(Exception, match="cannot be the name of a network"):
            expect_name(name)


class TestTheDesk:
    """What a holder makes of words that it does not know."""

    def test_strange_requests(self, standing):
        """Nonsense ends the connection or is answered; the network stays up."""
        standing.up("pair")
        path = standing.runtime / "l2harness" / "pair.sock"
        answers = []
        for request in (b"nonsense", b"[]", b'{"do": "dance"}', b"{}"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as guest:
                guest.settimeout(60)
                guest.connect(str(path))
                guest.send(request)
                answers.append(guest.recv(4096))
        assert answers[:2] == [b"", b""]
        assert b"another version of l2harness" in answers[2]
        assert b"another version of l2harness" in answers[3]
        assert standing("exec", "h1", "--", "true").returncode == 0
