"""The filter decides as its table says, on either machine, shown by an interpreter of BPF."""

import errno
import struct
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from l2harness.errors import KernelError
from l2harness.programs import seccomp, syscalls
from l2harness.programs.seccomp import NEWEST_CALL, Rule, When, assemble, filter_bytes, rules

ALLOW, KILL, REFUSE = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
I386, ARM = 0x4000_0003, 0x4000_0028
CLONE_NEWUSER, CLONE_THREAD, SIGCHLD = 0x1000_0000, 0x0001_0000, 17
SOL_SOCKET, SOL_PACKET = 1, 263
TIOCSTI, TCGETS = 0x5412, 0x5401
UNIX, INET, INET6, NETLINK, PACKET, ALG, VSOCK, XDP = 1, 2, 10, 16, 17, 38, 40, 44

machines = pytest.mark.parametrize("machine", syscalls.MACHINES)


@dataclass(frozen=True)
class Call:
    """A system call as the kernel shows it to a filter."""

    architecture: int
    number: int
    arguments: tuple[int, ...] = (0,) * 6

    def data(self):
        padded = (*self.arguments, *(0,) * 6)[:6]
        return struct.pack("<IIQ6Q", self.number, self.architecture, 0, *padded)


def verdict(program: bytes, call: Call) -> int:
    """Execute a filter as the kernel does; whatever is no BPF that it uses is an error."""
    code = list(struct.iter_unpack("<HBBI", program))
    data, accumulator, at = call.data(), 0, 0
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        if operation == 0x06:
            return value
        if operation == 0x20:
            accumulator = int.from_bytes(data[value : value + 4], "little")
            continue
        test = {
            0x15: accumulator == value,
            0x35: accumulator >= value,
            0x45: accumulator & value != 0,
        }[operation]
        at += if_true if test else if_false


def refused_with(program: bytes, machine: str, name: str, *arguments: int) -> int | None:
    """Return the error a call gets, None if it is allowed."""
    number = syscalls.numbers(machine)[name]
    result = verdict(program, Call(ARCHITECTURES[machine], number, arguments))
    if result == ALLOW:
        return None
    assert result & ~0xFFFF == REFUSE
    return result & 0xFFFF


def as_the_table_says(table: tuple[Rule, ...], machine: str, call: Call) -> int:
    """Decide without BPF: what `assemble` must agree with."""
    if call.architecture != ARCHITECTURES[machine]:
        return KILL
    if call.number > NEWEST_CALL:
        return REFUSE | errno.ENOSYS
    names = {number: name for name, number in syscalls.numbers(machine).items()}
    for rule in table:
        if names.get(call.number) in rule.calls and all(holds(when, call) for when in rule.when):
            return REFUSE | rule.error
    return ALLOW


def holds(when: When, call: Call) -> bool:
    low = call.arguments[when.argument] & 0xFFFF_FFFF
    return {
        "is": low in when.values,
        "is not": low not in when.values,
        "has": any(low & value for value in when.values),
    }[when.test]


interesting_numbers = st.sampled_from(
    sorted(
        {number for machine in syscalls.MACHINES for number in syscalls.numbers(machine).values()}
    )
) | st.integers(0, 0xFFFF_FFFF)
interesting_values = st.sampled_from(
    sorted({value for rule in rules() for when in rule.when for value in when.values})
)
arguments = st.tuples(*[interesting_values | st.integers(0, (1 << 64) - 1)] * 6)
architectures = st.sampled_from([*ARCHITECTURES.values(), I386, ARM])


@machines
@given(
    call=st.builds(Call, architectures, interesting_numbers, arguments),
    network=st.booleans(),
)
def test_the_filter_decides_as_the_table_says(machine, call, network):
    """For any call with any arguments, the assembled filter and the table agree."""
    program = filter_bytes(machine, network=network)
    assert verdict(program, call) == as_the_table_says(rules(network=network), machine, call)


@machines
def test_calls_without_conditions_are_refused_whatever_their_arguments(machine):
    """Every call of a rule without conditions gets that rule's error."""
    program = filter_bytes(machine)
    known = syscalls.numbers(machine)
    for rule in rules():
        for name in rule.calls:
            if not rule.when and name in known:
                assert refused_with(program, machine, name) == rule.error, name


@machines
@pytest.mark.parametrize("name", ["read", "recvfrom", "poll", "ppoll", "futex", "wait4"])
def test_what_programs_live_by_is_allowed(machine, name):
    """Calls that no rule names pass, whatever their arguments."""
    if name in syscalls.numbers(machine):
        assert refused_with(filter_bytes(machine), machine, name, *[0xFFFF_FFFF] * 6) is None


@machines
@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        pytest.param("clone", (CLONE_NEWUSER | SIGCHLD,), errno.EPERM, id="a user namespace"),
        pytest.param("clone", (CLONE_THREAD,), None, id="a thread"),
        pytest.param("clone", (SIGCHLD,), None, id="a child"),
        pytest.param("clone3", (), errno.ENOSYS, id="clone3"),
        pytest.param("ioctl", (0, TIOCSTI), errno.EPERM, id="typing into a terminal"),
        pytest.param("ioctl", (0, TIOCSTI | 1 << 32), errno.EPERM, id="with a high bit"),
        pytest.param("ioctl", (0, TCGETS), None, id="asking a terminal"),
        pytest.param("setsockopt", (3, SOL_PACKET, 5), errno.EPERM, id="a receive ring"),
        pytest.param("setsockopt", (3, SOL_PACKET, 13), errno.EPERM, id="a send ring"),
        pytest.param("setsockopt", (3, SOL_PACKET, 18), errno.EPERM, id="a fanout group"),
        pytest.param("setsockopt", (3, SOL_PACKET, 1), None, id="promiscuous mode"),
        pytest.param("setsockopt", (3, SOL_SOCKET, 5), None, id="the same number elsewhere"),
        pytest.param("personality", (0xFFFF_FFFF,), None, id="asking for the personality"),
        pytest.param("personality", (0x0040_0000,), errno.EPERM, id="READ_IMPLIES_EXEC"),
        pytest.param("socket", (PACKET, 3, 0), None, id="a packet socket"),
        pytest.param("socket", (INET, 1, 0), None, id="a TCP socket"),
        pytest.param("socket", (NETLINK, 3, 0), None, id="a netlink socket"),
        pytest.param("socket", (VSOCK, 1, 0), errno.EAFNOSUPPORT, id="vsock"),
        pytest.param("socket", (ALG, 5, 0), errno.EAFNOSUPPORT, id="crypto"),
        pytest.param("socket", (XDP, 3, 0), errno.EAFNOSUPPORT, id="xdp"),
        pytest.param("socketpair", (UNIX, 1, 0), None, id="a pair"),
        pytest.param("socketpair", (30, 1, 0), errno.EAFNOSUPPORT, id="a TIPC pair"),
    ],
)
def test_what_depends_on_arguments(machine, name, arguments, error):
    """The dangerous form of a call is refused, and its everyday form is not."""
    assert refused_with(filter_bytes(machine), machine, name, *arguments) == error


@machines
def test_a_build_gets_no_packet_sockets(machine):
    """Without network AF_PACKET is gone and the local families remain."""
    program = filter_bytes(machine, network=False)
    assert refused_with(program, machine, "socket", PACKET) == errno.EAFNOSUPPORT
    for family in (UNIX, INET, INET6, NETLINK):
        assert refused_with(program, machine, "socket", family) is None


@machines
@pytest.mark.parametrize("architecture", [I386, ARM, 0])
def test_another_convention_is_killed(machine, architecture):
    """A call in another machine's numbers ends the program, for they mean something else."""
    assert verdict(filter_bytes(machine), Call(architecture, 0)) == KILL


@machines
@pytest.mark.parametrize("number", [NEWEST_CALL + 1, 0x4000_0000, 0x4000_0029, 0xFFFF_FFFF])
def test_what_was_never_judged_does_not_exist(machine, number):
    """Calls newer than those judged, and all of x32, are as on a kernel without them."""
    program = filter_bytes(machine)
    assert verdict(program, Call(ARCHITECTURES[machine], number)) == REFUSE | errno.ENOSYS
    assert verdict(program, Call(ARCHITECTURES[machine], NEWEST_CALL)) == ALLOW


def test_this_machine_is_the_default():
    """Without a machine the filter is for the one that runs the harness."""
    assert filter_bytes() == filter_bytes(syscalls.this_machine())


def test_an_unknown_machine_is_named():
    """A machine without a table is refused by name, with those that have one."""
    with pytest.raises(KernelError, match=r"ppc64le: known are x86_64, aarch64"):
        filter_bytes("ppc64le")


def test_every_rule_has_a_reason_and_known_calls():
    """Each rule says why, and names only calls that some machine of ours has."""
    known = set().union(*(syscalls.numbers(machine) for machine in syscalls.MACHINES))
    for rule in rules():
        assert len(rule.why) > 20
        assert known.issuperset(rule.calls)


def test_no_call_is_judged_twice_without_need():
    """A call that is refused always stands in one rule only."""
    always = [name for rule in seccomp.RULES if not rule.when for name in rule.calls]
    assert len(always) == len(set(always))


conditions = st.builds(
    When,
    st.integers(0, 5),
    st.sampled_from(["is", "is not", "has"]),
    st.lists(st.integers(0, 9), min_size=1, max_size=3).map(tuple),
)
any_rules = st.lists(
    st.builds(
        Rule,
        st.lists(st.sampled_from(["read", "pause", "socket"]), min_size=1, max_size=3).map(tuple),
        st.just("any"),
        st.integers(1, 133),
        st.lists(conditions, max_size=2).map(tuple),
    ),
    max_size=4,
).map(tuple)
small_calls = st.builds(
    Call,
    st.just(ARCHITECTURES["x86_64"]),
    st.sampled_from([0, 34, 41, 1]),
    st.tuples(*[st.integers(0, 9)] * 6),
)


@given(any_rules, small_calls)
@example((Rule(("pause",), "only where it exists"),), Call(ARCHITECTURES["x86_64"], 34))
def test_any_table_is_assembled_faithfully(table, call):
    """The assembler agrees with any table: several conditions, several rules for one call."""
    assert verdict(assemble("x86_64", table), call) == as_the_table_says(table, "x86_64", call)


def test_a_rule_for_calls_that_a_machine_lacks_vanishes():
    """aarch64 never had pause: a rule about it adds nothing there."""
    assert assemble("aarch64", (Rule(("pause",), "any"),)) == assemble("aarch64", ())


def test_a_jump_too_far_is_an_error_and_never_a_wrong_filter():
    """BPF jumps 255 instructions at most; a rule that needs more cannot be assembled."""
    far = Rule(("read",), "any", when=(When(0, "is", tuple(range(300))),))
    with pytest.raises(ValueError, match="instructions away"):
        assemble("x86_64", (far,))
