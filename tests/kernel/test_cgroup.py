"""Control groups: programs are bound by them where they exist, and by the harness where not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from l2harness.network.cgroups import Hierarchy
from l2harness.network.loop import Deadline
from l2harness.programs import cgroup
from l2harness.programs.cgroup import Groups
from l2harness.programs.exit import ExitReason
from l2harness.programs.guard import Kept
from l2harness.programs.limits import Limits

HOG = "kept = []\nwhile True:\n    kept.append(bytearray(b'x') * 4_000_000)\n"
MIB = 1 << 20


@pytest.fixture
def groups(request, namespaces):
    """Groups of this machine; skipped where none can be made, as without root on most."""
    made = Groups.here()
    if not made.limits:
        assert namespaces != "root" or not request.config.option.require_kernel
        pytest.skip("no control groups can be made here: run as root, or in a delegated group")
    yield made
    made.close()


def directories(groups: Groups) -> list[Path]:
    """Directories that belong to a run."""
    return [place.directory for place in groups._places]


@pytest.mark.root
class TestHere:
    """Groups of this machine, whatever it has."""

    def test_what_is_started_is_in_the_group(self, groups):
        """A process that has joined is listed there, and so is its child."""
        group = groups.group(Limits())
        process = subprocess.Popen(["sh", "-c", "read x; sleep 9 & wait"], stdin=subprocess.PIPE)
        group.join(process.pid)
        for directory in group.directories:
            assert str(process.pid) in (directory / "cgroup.procs").read_text().split()
        assert not group.remove(), "something lives in it"
        process.kill()
        process.communicate()
        assert group.remove()

    def test_who_starts_it_comes_back(self, groups):
        """What a thread starts within the group is born there; the thread itself is back after."""
        before = Path("/proc/thread-self/cgroup").read_text()
        group = groups.group(Limits())
        with group.entered():
            process = subprocess.Popen(["sleep", "9"])
        assert Path("/proc/thread-self/cgroup").read_text() == before
        group.join(process.pid)
        for directory in group.directories:
            assert (directory / "cgroup.procs").read_text().split() == [str(process.pid)]
        process.kill()
        process.wait()
        assert group.remove()

    def test_two_runs_do_not_see_each_other(self, groups):
        """Another run makes directories of its own, and does not sweep those that are in use."""
        other = Groups.here()
        assert not set(directories(groups)) & set(directories(other))
        other.close()
        assert all(directory.is_dir() for directory in directories(groups))
        assert cgroup.stale() == []

    def test_runs_that_begin_at_once(self, groups):
        """One that sweeps while another one begins does not take its directory away."""
        script = (
            "from l2harness.programs.cgroup import Groups\n"
            f"wanted = frozenset({sorted(groups.limits)!r})\n"
            "for _ in range(100):\n"
            "    made = Groups.here()\n"
            "    assert made.limits == wanted, made.limits\n"
            "    made.close()\n"
        )
        racing = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(3)]
        assert [process.wait() for process in racing] == [0, 0, 0]

    def test_what_a_killed_run_left_is_swept(self, groups):
        """A directory whose owner is gone is found, and taken away by the next run."""
        place = groups._places[0]
        left = place.directory.parent / f"{cgroup._PREFIX}of-somebody-dead"
        (left / "program").mkdir(parents=True)
        assert left in cgroup.stale()
        Groups.here().close()
        assert not left.exists()

    def test_nothing_is_left(self, groups):
        """Closing takes away the directories and all empty groups in them."""
        places = directories(groups)
        groups.group(Limits())
        groups.close()
        assert not any(place.exists() for place in places)


class TestPrograms:
    """Limits on programs in their sandbox, with groups or without."""

    @pytest.fixture(params=["as it is here", "without groups"])
    def kind(self, request, monkeypatch):
        """The machine's groups, and then none: the promise is the same."""
        if request.param == "without groups":
            monkeypatch.setattr(Groups, "here", classmethod(lambda cls: cls([])))

    @pytest.mark.parametrize("who", ["alone", "with children"])
    def test_too_much_memory(self, kind, run_python, who):
        """Who takes more than it may is ended, alone or in a family, and the reason is said."""
        fork = "import os\n[os.fork() for _ in range(3)]\n" if who == "with children" else ""
        record = run_python(fork + HOG, wall_s=30, memory_bytes=64 * MIB)
        assert record.exit.reason is ExitReason.MEMORY_LIMIT

    def test_as_much_as_it_may(self, kind, run_python):
        """Who stays below the limit is not hindered, however much it reserves."""
        text = (
            "import mmap\nkept = b'x' * 30_000_000\n"
            "area = mmap.mmap(-1, 1 << 36, mmap.MAP_PRIVATE | 0x4000)\nprint('right')"
        )
        record = run_python(text, memory_bytes=64 * MIB)
        assert record.exit.succeeded, record
        assert record.stdout == b"right\n"

    def test_without_limit(self, kind, run_python):
        """A limit of 0 is none."""
        record = run_python("x = b'x' * 100_000_000\nprint(len(x))", memory_bytes=0)
        assert record.exit.succeeded

    @pytest.mark.parametrize("what", ["processes", "threads"])
    def test_too_many(self, kind, run_python, what):
        """Who has more processes or threads than it may is ended, and the reason is said."""
        start = {
            "processes": "if os.fork() == 0: signal.pause()",
            "threads": "threading.Thread(target=signal.pause).start()",
        }
        text = (
            "import os, signal, threading\ntry:\n    for _ in range(40):\n"
            f"        {start[what]}\nexcept (OSError, RuntimeError): pass\nsignal.pause()"
        )
        record = run_python(text, processes=20, wall_s=30)
        assert record.exit.reason is ExitReason.PROCESS_LIMIT

    def test_as_many_as_it_may(self, kind, run_python):
        """Exactly as many as allowed are none too many."""
        text = (
            "import os, time\nchildren = []\nfor _ in range(29):\n"
            "    if not (pid := os.fork()):\n        time.sleep(0.2)\n        os._exit(0)\n"
            "    children.append(pid)\nfor pid in children: os.waitpid(pid, 0)"
        )
        assert run_python(text, processes=60, wall_s=30).exit.succeeded

    def test_a_bomb_stays_small(self, kind, run_python):
        """However fast it forks, it never has more processes than the kernel lets all have."""
        text = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
        assert run_python(text, processes=20, wall_s=30).exit.reason is ExitReason.PROCESS_LIMIT

    def test_cpu_time(self, kind, run_python):
        """CPU time is limited, ignored signals or not, and reported."""
        text = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
        record = run_python(text, wall_s=30, cpu_s=1)
        assert record.exit.reason is ExitReason.CPU_LIMIT
        assert 1.5 < record.exit.cpu_s < 4

    def test_cpu_time_of_a_family(self, kind, run_python):
        """What children used that were waited for is counted in."""
        text = (
            "import os, time\nif os.fork() == 0:\n"
            "    while time.process_time() < 0.5: pass\n    os._exit(0)\nos.wait()"
        )
        record = run_python(text, wall_s=30)
        assert record.exit.succeeded
        assert 0.4 < record.exit.cpu_s < 2

    def test_a_crash_is_no_limit(self, kind, run_python):
        """Who kills itself has exceeded nothing."""
        record = run_python("import os\nos.kill(os.getpid(), 9)", memory_bytes=64 * MIB)
        assert record.exit.reason is ExitReason.SIGNALLED


def test_memory_that_processes_share_counts_once(loop):
    """What a child has of its parent, untouched, is not counted twice once it matters."""
    text = (
        "import os\nkept = bytearray(b'x') * 40_000_000\n"
        "children = []\nfor _ in range(3):\n    if not (pid := os.fork()):\n"
        "        children = []\n        break\n    children.append(pid)\n"
        "os.write(1, b'%d ' % os.getpid())\nos.read(0, 1)\n"
        "for pid in children: os.waitpid(pid, 0)"
    )
    process = subprocess.Popen(
        ["/usr/bin/python3", "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        said = b""
        while len(pids := [int(pid) for pid in said.split()]) < 4:
            said += os.read(process.stdout.fileno(), 100)
        assert Kept.by(pids, 1 << 40).size_bytes > 120_000_000, (
            "the quick way counts it four times"
        )
        assert 35_000_000 < Kept.by(pids, 60_000_000).size_bytes < 80_000_000
        assert Kept.by(pids, 0).threads == 4
        assert Kept.by([2**22 + 1], 0) == Kept(0, 0), "who has ended keeps nothing"
    finally:
        process.communicate()


class TestVersion2:
    """The files of version 2, with a directory that behaves as its file system does."""

    @pytest.fixture
    def top(self, tmp_path, monkeypatch):
        """Directories get the files of a group when they are made, and lose them when removed."""
        offered = "cpuset cpu io memory pids"

        def fill(path: Path) -> None:
            handed = path.parent / "cgroup.subtree_control"
            on = handed.read_text().replace("+", "") if handed.exists() else offered
            (path / "cgroup.controllers").write_text(on)
            (path / "cgroup.subtree_control").write_text("")
            (path / "cgroup.procs").write_text("")
            if "memory" in on:
                (path / "memory.events").write_text("low 0\noom 0\noom_kill 0\n")

        def mkdir(path: Path, *arguments, **named) -> None:
            real(path, *arguments, **named)
            if not (path / "cgroup.controllers").exists():
                fill(path)

        def rmdir(path) -> None:
            for name in list(os.scandir(path)):
                if name.is_file():
                    os.unlink(name.path)
            real_rmdir(path)

        real, real_rmdir = Path.mkdir, os.rmdir
        monkeypatch.setattr(Path, "mkdir", mkdir)
        monkeypatch.setattr(os, "rmdir", rmdir)
        monkeypatch.setattr(Path, "rmdir", lambda path: rmdir(path))
        top = tmp_path / "slice"
        real(top)
        (top / "cgroup.subtree_control").write_text(offered)
        return top

    def test_limits(self, top):
        """Controllers are handed down, limits written, the whole group ends at once."""
        groups = Groups([Hierarchy(2, frozenset(), (top / "scope", top))])
        assert groups.limits == {"cpu", "memory", "pids"}
        run = directories(groups)[0]
        assert run.parent == top, "nothing can be made in a group that does not exist"
        assert (run / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"
        group = groups.group(Limits(memory_bytes=64 * MIB, processes=20))
        (directory,) = group.directories
        read = {path.name: path.read_text() for path in directory.iterdir()}
        assert read["memory.max"] == str(64 * MIB)
        assert read["memory.oom.group"] == "1"
        assert read["memory.swap.max"] == "0"
        assert read["pids.max"] == "23"
        group.join(os.getpid())
        assert (directory / "cgroup.procs").read_text() == str(os.getpid())
        (directory / "pids.current").write_text("8\n")
        assert group.processes() == 7
        assert not group.ran_out_of_memory()
        (directory / "memory.events").write_text("low 0\noom 1\noom_kill 3\n")
        assert group.ran_out_of_memory()
        assert group.remove()
        groups.close()
        assert not run.exists()

    def test_controllers_that_are_not_offered(self, top):
        """A tree without controllers, as beside version 1, limits nothing and keeps nothing."""
        (top / "cgroup.subtree_control").write_text("")
        groups = Groups([Hierarchy(2, frozenset(), (top,))])
        assert groups.limits == frozenset()
        assert [path.name for path in top.iterdir()] == ["cgroup.subtree_control"]
        groups.close()


def test_without_any(loop, tmp_path):
    """Where there are no groups nothing is limited, and everything else goes on."""
    groups = Groups([Hierarchy(1, frozenset({"memory"}), (tmp_path / "missing",))])
    assert groups.limits == frozenset()
    group = groups.group(Limits())
    group.join(os.getpid())
    assert group.processes() == 0
    assert not group.ran_out_of_memory()
    assert group.remove()
    groups.close()
    assert not loop.wait(lambda: False, Deadline.after(0))
