"""What is read of /proc: the parsers take anything, the readers tell the truth about a process."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.errors import KernelError
from l2harness.programs import procfs
from l2harness.programs.procfs import Activity, PacketTable, Thread, children, descendants
from l2harness.programs.proctext import (
    PacketSocket,
    Stat,
    Turns,
    parse_packet_table,
    parse_pids,
    parse_socket_link,
    parse_stat,
    parse_switches,
    parse_syscall,
    parse_turns,
)
from l2harness.programs.syscalls import MACHINES, Wait, numbers, this_machine, wait_of

TABLE = b"""\
sk               RefCnt Type Proto  Iface R Rmem   User   Inode
00000000c0ffee00 3      3    0003   2     1 832    0      40658
00000000c0ffee01 3      3    88b5   -1    0 0      100000 40659
00000000c0ffee02 3      2    0000   0     0 0      0      40660
"""
STAT = (
    b"4711 (cat) S 4710 4711 4711 0 -1 4194304 97 0 0 0 12 34 5 6 20 0 1 0 111 5783552 "
    b"412 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
)
TICK_S = 1 / os.sysconf("SC_CLK_TCK")

# Call, position of its time limit, a value that sets none, and one that does.
LIMITS = [
    ("poll", 2, 0xFFFF_FFFF, 50),
    ("poll", 2, 0xFFFF_FFFF_FFFF_FFFF, 0x1_0000_0000),
    ("ppoll", 2, 0, 0x7FFC),
    ("select", 4, 0, 0x7FFC),
    ("pselect6", 4, 0, 0x7FFC),
    ("epoll_wait", 3, 0xFFFF_FFFF, 50),
    ("epoll_pwait", 3, 0xFFFF_FFFF, 50),
    ("epoll_pwait2", 3, 0, 0x7FFC),
    ("recvmmsg", 4, 0, 0x7FFC),
    ("rt_sigtimedwait", 2, 0, 0x7FFC),
    ("semtimedop", 3, 0, 0x7FFC),
    ("futex", 3, 0, 0x7FFC),
]

# Bytes that look like /proc, and bytes that do not.
words = st.sampled_from([b"0", b"-1", b"3", b"88b5", b"0x7f", b"running", b"S", b"R", b"(", b")"])
texts = st.lists(words | st.binary(max_size=8), max_size=60).map(b" ".join)
anything = st.binary(max_size=400) | texts | st.lists(texts, max_size=6).map(b"\n".join)


class TestPacketTable:
    """/proc/PID/net/packet."""

    def test_rows(self):
        """Every column is read, a deleted interface and a socket that only sends among them."""
        assert parse_packet_table(TABLE) == [
            PacketSocket(3, 0x0003, 2, True, 832, 0, 40658),
            PacketSocket(3, 0x88B5, -1, False, 0, 100_000, 40659),
            PacketSocket(2, 0x0000, 0, False, 0, 0, 40660),
        ]

    def test_every_truncation_gives_the_rows_before_it(self):
        """Cut off anywhere, whole rows survive; at most the last number of a row is shortened."""
        for length in range(len(TABLE)):
            rows = parse_packet_table(TABLE[:length])
            whole = max(TABLE[:length].count(b"\n") - 1, 0)
            assert rows[:whole] == parse_packet_table(TABLE)[:whole]
            assert len(rows) <= whole + 1

    @pytest.mark.parametrize("field", [b"1_0", b"+3", b"", b"1.5", b"\xb2", b"9" * 40])
    def test_a_row_with_a_strange_number_is_left_out(self, field):
        """Only plain decimal digits are numbers, and its neighbours are read all the same."""
        rows = parse_packet_table(TABLE.replace(b"832", field))
        assert [row.inode for row in rows] == [40659, 40660]

    @given(anything)
    def test_anything(self, data):
        """Whatever comes in, packet sockets come out."""
        for row in parse_packet_table(data):
            assert isinstance(row, PacketSocket)

    def test_a_table_that_cannot_be_read_is_the_machines_fault(self):
        """A descriptor that is no file gives a KernelError, and so does a closed table."""
        ours, theirs = os.pipe()
        os.close(theirs)
        with PacketTable(ours) as table, pytest.raises(KernelError, match="Illegal seek"):
            table.rows()
        table.close()
        with pytest.raises(KernelError):
            table.rows()

    def test_the_table_of_this_thread(self, monkeypatch):
        """It can be read without privilege; a kernel without one is an error of the machine."""
        with PacketTable.of_this_thread() as table:
            assert all(isinstance(row, PacketSocket) for row in table.rows())

        def missing(*_args):
            raise FileNotFoundError(2, "No such file or directory")

        monkeypatch.setattr(os, "open", missing)
        with pytest.raises(KernelError, match="open /proc/thread-self/net/packet: No such file"):
            PacketTable.of_this_thread()

    def test_a_long_table_is_read_to_its_end(self, tmp_path):
        """A file of many parts is put together again."""
        file = tmp_path / "packet"
        row = TABLE.splitlines(keepends=True)[1]
        file.write_bytes(TABLE + row * 2_000)
        with PacketTable(os.open(file, os.O_RDONLY)) as table:
            assert len(table.rows()) == 2_003
            assert len(table.rows()) == 2_003


class TestStat:
    """/proc/PID/stat."""

    def test_fields(self):
        """State, parent and the four times are read."""
        assert parse_stat(STAT) == Stat("S", 4710, 46 * TICK_S, 11 * TICK_S)

    @pytest.mark.parametrize(
        "name", [b"", b"a b", b") R 1 (", b"))))", b"(", b"x) R 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n("]
    )
    def test_a_name_cannot_lie(self, name):
        """A thread may be called anything; its state is what the kernel says."""
        assert parse_stat(STAT.replace(b"(cat)", b"(" + name + b")")) == parse_stat(STAT)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"4711 (cat",
            b"4711 (cat) S",
            b"4711 (cat) \xff 1 2",
            STAT.replace(b" 4710 ", b" x "),
        ],
    )
    def test_no_stat(self, data):
        """What is cut off says nothing."""
        assert parse_stat(data) is None

    @given(anything)
    def test_anything(self, data):
        """Whatever comes in, a Stat with one letter comes out, or None."""
        stat = parse_stat(data)
        assert stat is None or len(stat.state) == 1


class TestCounters:
    """/proc/PID/schedstat and /proc/PID/status."""

    def test_turns(self):
        """CPU time in nanoseconds and the number of turns."""
        assert parse_turns(b"1500000000 77 12\n") == Turns(1.5, 12)

    @pytest.mark.parametrize("data", [b"0 0 0\n", b"", b"1 2", b"1 2 3 4", b"a b c"])
    def test_no_turns(self, data):
        """A kernel that does not count says so by zeros; the rest is no such file."""
        assert parse_turns(data) is None

    def test_switches(self):
        """Both kinds are added, and a name cannot add a third."""
        data = (
            b"Name:\tvoluntary_ctxt_switches: 5\nState:\tS (sleeping)\n"
            b"voluntary_ctxt_switches:\t10\nnonvoluntary_ctxt_switches:\t3\n"
        )
        assert parse_switches(data) == 13

    @pytest.mark.parametrize("data", [b"", b"Name:\tcat\n", b"voluntary_ctxt_switches:\tx\n"])
    def test_no_switches(self, data):
        """Without them there is no number."""
        assert parse_switches(data) is None

    @given(anything)
    def test_anything(self, data):
        """Whatever comes in, no error comes out."""
        turns, switches = parse_turns(data), parse_switches(data)
        assert turns is None or turns.count is not None
        assert switches is None or isinstance(switches, int)


class TestSyscall:
    """/proc/PID/syscall, and what its arguments say about a time limit."""

    @pytest.mark.parametrize(
        ("data", "wait"),
        [
            (b"running\n", Wait.NOT),
            (b"-1 0x7ffc 0x7f00\n", Wait.NOT),
            (b"", Wait.UNKNOWN),
            (b"45 0x3 0x0\n", Wait.UNKNOWN),
            (b"45 0x3 0xzz 0x0 0x0 0x0 0x0 0x7ffc 0x7f00\n", Wait.UNKNOWN),
            (b"x 0x3 0x0 0x0 0x0 0x0 0x0 0x7ffc 0x7f00\n", Wait.UNKNOWN),
            (b"45 0x3 0x0 0x0 0x0 0x0 0x0 0x7ffc 0x7f00\n", Wait.FOREVER),
        ],
    )
    def test_forms(self, data, wait):
        """Running, in no call, in a call, and everything that is no such line."""
        assert parse_syscall(data, "x86_64") is wait

    @pytest.mark.parametrize(
        ("machine", "name", "position", "unlimited", "limited"),
        [
            (machine, *limit)
            for machine in MACHINES
            for limit in LIMITS
            if limit[0] in numbers(machine)
        ],
    )
    def test_the_limit_stands_among_the_arguments(
        self, machine, name, position, unlimited, limited
    ):
        """A null pointer or a negative number of milliseconds is no limit; all else is one."""
        for value, wait in ((unlimited, Wait.FOREVER), (limited, Wait.TIMED)):
            arguments = [0] * 6
            arguments[position] = value
            assert wait_of(machine, numbers(machine)[name], arguments) is wait

    @pytest.mark.parametrize("machine", MACHINES)
    def test_the_rest(self, machine):
        """Receiving has no limit, sleeping has one, sending is no waiting, waking up is none."""
        known = numbers(machine)
        nothing = [0] * 6
        for name in ("recvfrom", "recvmsg", "read", "wait4", "accept4", "rt_sigsuspend"):
            assert wait_of(machine, known[name], nothing) is Wait.FOREVER
        for name in ("nanosleep", "clock_nanosleep", "restart_syscall"):
            assert wait_of(machine, known[name], nothing) is Wait.TIMED
        assert wait_of(machine, known["setsockopt"], nothing) is Wait.NOT
        futex_wake, private, realtime = 1, 128, 256
        assert wait_of(machine, known["futex"], [0, futex_wake, 0, 0, 0, 0]) is Wait.NOT
        wait_bitset = 9 | private | realtime
        assert wait_of(machine, known["futex"], [0, wait_bitset, 0, 0, 0, 0]) is Wait.FOREVER

    def test_an_unknown_machine_claims_nothing(self):
        """Numbers mean nothing without their table."""
        assert wait_of("ppc64le", 45, [0] * 6) is Wait.UNKNOWN

    @given(anything, st.sampled_from([*MACHINES, "ppc64le"]))
    def test_anything(self, data, machine):
        """Whatever comes in, one of the four answers comes out."""
        assert parse_syscall(data, machine) in Wait


class TestLists:
    """Children and descriptors."""

    def test_pids(self):
        """Process ids, separated by blanks."""
        assert parse_pids(b"12 13 ") == [12, 13]

    @pytest.mark.parametrize("data", [b"", b"0", b"-5 12", b"12 x"])
    def test_no_pids(self, data):
        """What no kernel writes is believed in no part."""
        assert parse_pids(data) == []

    @pytest.mark.parametrize(
        ("target", "inode"),
        [
            (b"socket:[40658]", 40658),
            (b"socket:[]", None),
            (b"socket:[1_0]", None),
            (b"pipe:[40658]", None),
            (b"/tmp/socket:[40658]", None),
            (b"", None),
        ],
    )
    def test_socket_links(self, target, inode):
        """Only the kernel's own form is a socket."""
        assert parse_socket_link(target) == inode

    @given(anything)
    def test_anything(self, data):
        """Whatever comes in, no error comes out."""
        assert all(pid > 0 for pid in parse_pids(data))
        assert parse_socket_link(data) is None or data.startswith(b"socket:")


def sample(*threads: Thread) -> Activity:
    return Activity(threads, 0.0)


ASLEEP = Thread(7, 7, "S", Wait.FOREVER, 3)


class TestActivity:
    """What is concluded from a sample."""

    def test_for_ever(self):
        """All threads asleep in calls without a limit."""
        activity = sample(ASLEEP, Thread(7, 8, "S", Wait.FOREVER, 5))
        assert activity.all_blocked
        assert activity.blocked_forever
        assert activity.precise
        assert activity.switches == 8

    def test_for_a_time(self):
        """One limit is enough to make it a matter of time."""
        activity = sample(ASLEEP, Thread(7, 8, "S", Wait.TIMED, 5))
        assert activity.all_blocked
        assert not activity.blocked_forever

    @pytest.mark.parametrize(
        "other",
        [
            Thread(7, 8, "R", Wait.NOT, 5),
            Thread(7, 8, "S", Wait.NOT, 5),
            Thread(7, 8, "D", Wait.FOREVER, 5),
            Thread(7, 8, "T", Wait.FOREVER, 5),
        ],
    )
    def test_not_blocked(self, other):
        """One thread that runs, sleeps otherwise, or is stopped is enough."""
        assert sample(ASLEEP).all_blocked
        assert not sample(ASLEEP, other).all_blocked
        assert not sample(ASLEEP, other).blocked_forever

    def test_where_the_kernel_does_not_say(self):
        """Asleep counts as blocked there, never as for ever, and the answer says it is vague."""
        activity = sample(ASLEEP, Thread(7, 8, "S", Wait.UNKNOWN, 5))
        assert activity.all_blocked
        assert not activity.blocked_forever
        assert not activity.precise

    def test_nothing_left(self):
        """What has ended is gone, which is not the same as blocked."""
        assert sample().gone
        assert not sample().all_blocked
        assert not sample().blocked_forever

    def test_movement(self):
        """A turn, a new thread and a lost one are movement; nothing else is."""
        moved = Thread(7, 7, "S", Wait.FOREVER, 4)
        other = Thread(7, 8, "S", Wait.FOREVER, 1)
        assert sample(ASLEEP).unmoved_since(sample(ASLEEP))
        assert not sample(moved).unmoved_since(sample(ASLEEP))
        assert not sample(ASLEEP, other).unmoved_since(sample(ASLEEP))
        assert not sample(ASLEEP).unmoved_since(sample(ASLEEP, other))


@pytest.fixture
def reader():
    """A child that waits for its input, and has said so."""
    code = "import sys; print('here', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout.readline() == b"here\n"
        yield process


def settled(pid: int) -> Activity:
    """Look until two samples agree that all is blocked; the test's own limit ends it."""
    while True:
        first = Activity.sample([pid])
        if first.all_blocked and Activity.sample([pid]).unmoved_since(first):
            return first


class TestProcesses:
    """Looking at a real process of our own."""

    def test_a_waiting_process(self, reader):
        """It is one thread, asleep for ever in read, and has used some CPU time."""
        activity = settled(reader.pid)
        (thread,) = activity.threads
        assert (thread.pid, thread.tid, thread.state) == (reader.pid, reader.pid, "S")
        assert 0 < activity.cpu_s < 60
        if this_machine() in MACHINES and activity.precise:
            assert activity.blocked_forever

    def test_a_running_process_is_not_blocked(self):
        """We ourselves run while we look."""
        activity = Activity.sample([os.getpid()])
        assert not activity.gone
        assert not activity.all_blocked

    def test_movement_is_seen(self, reader):
        """A process that was woken has had a turn."""
        before = settled(reader.pid)
        reader.communicate(b"go on")
        assert Activity.sample([reader.pid]).gone
        assert not Activity.sample([reader.pid]).unmoved_since(before)

    def test_cpu_time_grows_with_work(self):
        """CPU time counts the children that were waited for, too."""
        before = Activity.sample([os.getpid()]).cpu_s
        subprocess.run([sys.executable, "-c", "sum(range(10**6))"], check=True)
        assert Activity.sample([os.getpid()]).cpu_s > before

    def test_a_missing_process_is_gone(self):
        """A process id that is nobody's gives an empty sample and empty lists."""
        nobody = 2**22 + 1  # above the largest that Linux gives out
        assert Activity.sample([nobody]) == Activity((), 0.0)
        assert children(nobody) == []
        assert descendants(nobody) == []
        assert procfs.socket_inodes(nobody) == frozenset()

    def test_what_cannot_be_read_says_nothing(self):
        """A file that opens but will not be read counts as not there."""
        assert procfs.beginning_of("/proc") == b""
        assert procfs.beginning_of("/proc/self/stat") != b""

    def test_children_and_theirs(self):
        """A shell's child, and the child of that, nearest first."""
        inner = f"{sys.executable} -c 'print(1, flush=True); input()'"
        process = subprocess.Popen(
            ["/bin/sh", "-c", f'/bin/sh -c "{inner}; :"; :'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with process:
            assert process.stdout.readline() == b"1\n"
            (child,) = children(process.pid)
            (grandchild,) = children(child)
            assert descendants(process.pid) == [child, grandchild]
            assert {process.pid, child, grandchild} <= set(descendants(os.getpid()))

    def test_children_without_the_kernels_list(self, reader, monkeypatch):
        """A kernel without the list of children has them found by their parent."""

        def missing(*_args, **_kwargs):
            raise FileNotFoundError

        assert reader.pid in children(os.getpid())
        monkeypatch.setattr(procfs, "open", missing, raising=False)
        assert reader.pid in children(os.getpid())
        assert os.getpid() not in children(os.getpid())

    def test_sockets(self):
        """Open sockets are listed by inode, closed ones and other files are not."""
        import socket

        ours, theirs = socket.socketpair()
        with ours, theirs:
            inodes = {os.fstat(end.fileno()).st_ino for end in (ours, theirs)}
            assert inodes <= procfs.socket_inodes(os.getpid())
        assert not inodes & procfs.socket_inodes(os.getpid())

    def test_a_descriptor_that_is_closed_meanwhile(self, monkeypatch):
        """It is left out, and the others are read all the same."""
        readlink = os.readlink

        def vanished(path):
            if path.endswith(b"/0"):
                raise FileNotFoundError
            return readlink(path)

        before = procfs.socket_inodes(os.getpid())
        monkeypatch.setattr(os, "readlink", vanished)
        assert procfs.socket_inodes(os.getpid()) <= before

    def test_a_thread_that_ends_meanwhile(self, reader, monkeypatch):
        """A thread that is listed but gone is neither a thread nor a parent any more."""
        numbers_in = procfs._numbers_in
        gone = 2**22 + 1
        monkeypatch.setattr(procfs, "_numbers_in", lambda path: [gone, *numbers_in(path)])
        assert {thread.tid for thread in settled(reader.pid).threads} == {reader.pid}
        assert reader.pid in children(os.getpid())

    def test_a_child_that_is_listed_twice(self, monkeypatch):
        """A list that changes while it is read gives nobody two places, and has an end."""
        monkeypatch.setattr(procfs, "children", lambda _: [7, 8, 7])
        assert descendants(1) == [7, 8]

    def test_without_schedstat_and_syscall(self, reader, monkeypatch):
        """Where files are missing or hidden, the coarser ones answer, and it is said."""
        beginning = procfs.beginning_of

        def hidden(path):
            return b"" if path.endswith(("schedstat", "syscall")) else beginning(path)

        settled(reader.pid)
        monkeypatch.setattr(procfs, "beginning_of", hidden)
        activity = settled(reader.pid)
        (thread,) = activity.threads
        assert thread.wait is Wait.UNKNOWN
        assert thread.turns > 0
        assert activity.all_blocked
        assert not activity.precise
        assert not activity.blocked_forever
