"""The filter that stands between a stranger's program and the kernel, as classic BPF.

Strategy: `RULES` is the whole policy: which calls are refused, when, with which error, and why.
The rest turns a table into the bytes that ``bwrap --seccomp`` and prctl(2) take. Nothing is killed
for a refused call (a program that probes for a feature must see an error and go on), except a call
made in another machine's convention, whose numbers would mean something else.

Laws:

- A program that a lab asks for is never hindered: sockets of the families it may use, threads,
  subprocesses, any language's runtime. What is refused has no use on a lab network.
- Calls newer than the newest that was judged here do not exist (ENOSYS), as on an older kernel.
- Only the low 32 bits of an argument are looked at: the kernel takes no more of those that appear
  here, and comparing 64 would let garbage in the upper half slip through.

Source: seccomp(2), <linux/seccomp.h>, <linux/filter.h>.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from l2harness.programs import syscalls

#: The newest call of which it was decided whether a program may have it: mseal, of Linux 6.10.
NEWEST_CALL: Final = 462

_CLONE_NAMESPACES: Final = (
    0x0002_0000  # NEWNS
    | 0x0200_0000  # NEWCGROUP
    | 0x0400_0000  # NEWUTS
    | 0x0800_0000  # NEWIPC
    | 0x1000_0000  # NEWUSER
    | 0x2000_0000  # NEWPID
    | 0x4000_0000  # NEWNET
)
_TIOCSTI: Final = 0x5412
_TIOCLINUX: Final = 0x541C
_TIOCSETD: Final = 0x5423
_SOL_PACKET: Final = 263
_PACKET_RX_RING: Final = 5
_PACKET_TX_RING: Final = 13
_PACKET_VNET_HDR: Final = 15
_PACKET_FANOUT: Final = 18
_PERSONALITY_ASK: Final = 0xFFFF_FFFF
_PERSONALITY_LINUX: Final = 0
_PERSONALITY_NO_RANDOM_ADDRESSES: Final = 0x0004_0000

_LOCAL_FAMILIES: Final = (1, 2, 10, 16)  # UNIX, INET, INET6, NETLINK
_NETWORK_FAMILIES: Final = (*_LOCAL_FAMILIES, 17)  # PACKET


@dataclass(frozen=True, slots=True)
class When:
    """
    A condition on the low 32 bits of one argument.

    Attributes:
        argument: Its position, from 0.
        test: ``is`` one of the values, ``is not`` any of them, ``has`` any bit of any of them.
        values: At least one.
    """

    argument: int
    test: Literal["is", "is not", "has"]
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """
    Refuse these calls.

    Attributes:
        calls: Names, of which a machine need not have all.
        why: What a program could do with them.
        error: The error number that the program gets.
        when: Conditions that must all hold; with none the calls are refused always.
    """

    calls: tuple[str, ...]
    why: str
    error: int = errno.EPERM
    when: tuple[When, ...] = ()


RULES: Final = (
    Rule(
        ("unshare", "setns", "chroot", "pivot_root"),
        "A user namespace of one's own gives every capability in it, and with them reach into "
        "parts of the kernel that were written for root.",
    ),
    Rule(
        ("clone",),
        "Namespaces by the other door.",
        when=(When(0, "has", (_CLONE_NAMESPACES,)),),
    ),
    Rule(
        ("clone3",),
        "Its flags lie in memory, where a filter cannot look; C libraries fall back to clone.",
        errno.ENOSYS,
    ),
    Rule(
        (
            "mount",
            "umount2",
            "mount_setattr",
            "move_mount",
            "open_tree",
            "fsopen",
            "fsconfig",
            "fsmount",
            "fspick",
        ),
        "The file system is as the sandbox made it.",
    ),
    Rule(
        (
            "ptrace",
            "process_vm_readv",
            "process_vm_writev",
            "process_madvise",
            "process_mrelease",
            "pidfd_getfd",
            "kcmp",
        ),
        "Without root the sandbox's own init has the program's uid: attached to, it would stand "
        "still and the sandbox with it.",
    ),
    Rule(
        ("setsockopt",),
        "Memory that is charged to nobody, past every limit: a packet ring as large as asked for, "
        "a fanout group of 1 MiB for each socket.",
        when=(
            When(1, "is", (_SOL_PACKET,)),
            When(2, "is", (_PACKET_RX_RING, _PACKET_TX_RING, _PACKET_FANOUT)),
        ),
    ),
    Rule(
        ("setsockopt",),
        "Segments of 64 KiB that a network card would have to cut, in forms that the kernel drops "
        "on the way: as if the machine had lost frames.",
        when=(When(1, "is", (_SOL_PACKET,)), When(2, "is", (_PACKET_VNET_HDR,))),
    ),
    Rule(
        ("ioctl",),
        "TIOCSTI and TIOCLINUX type into a terminal as if the user did; TIOCSETD loads line "
        "disciplines into the kernel.",
        when=(When(1, "is", (_TIOCSTI, _TIOCLINUX, _TIOCSETD)),),
    ),
    Rule(
        ("bpf", "perf_event_open", "userfaultfd"),
        "Programs in the kernel, and the tools with which its races are won.",
    ),
    Rule(
        ("io_uring_setup", "io_uring_enter", "io_uring_register"),
        "It makes system calls that no filter sees.",
    ),
    Rule(
        ("io_setup",),
        "aio-max-nr is one number for the whole machine, and one program can use it up.",
    ),
    Rule(
        ("memfd_create", "memfd_secret", "shmget", "msgget", "semget"),
        "Memory that belongs to no process and to no file: where there is no control group, "
        "nothing counts it. POSIX shared memory lies in /dev/shm, which is bounded.",
        errno.ENOSYS,
    ),
    Rule(("add_key", "request_key", "keyctl"), "Keyrings are not confined by any namespace here."),
    Rule(
        ("personality",),
        "Older behaviours of the kernel that undo protections. Asking, the usual one, and fixed "
        "addresses (which ThreadSanitizer needs) are harmless.",
        when=(
            When(
                0,
                "is not",
                (_PERSONALITY_ASK, _PERSONALITY_LINUX, _PERSONALITY_NO_RANDOM_ADDRESSES),
            ),
        ),
    ),
    Rule(
        ("name_to_handle_at", "open_by_handle_at"),
        "Files by their number in the file system, past the directories that hide them.",
    ),
    Rule(
        ("mbind", "migrate_pages", "move_pages"),
        "Where memory lies is the machine's business, and moving it has been a way into it.",
    ),
    Rule(
        (
            "acct",
            "clock_adjtime",
            "clock_settime",
            "delete_module",
            "fanotify_init",
            "finit_module",
            "init_module",
            "ioperm",
            "iopl",
            "kexec_file_load",
            "kexec_load",
            "modify_ldt",
            "quotactl",
            "quotactl_fd",
            "reboot",
            "setdomainname",
            "sethostname",
            "settimeofday",
            "swapoff",
            "swapon",
            "syslog",
            "vhangup",
        ),
        "Running the machine: root's, and refused a second time here.",
    ),
    Rule(
        (
            "_sysctl",
            "create_module",
            "lookup_dcookie",
            "nfsservctl",
            "sysfs",
            "uselib",
            "ustat",
        ),
        "Abandoned, where the kernel still has them at all.",
        errno.ENOSYS,
    ),
)


def rules(*, network: bool = True) -> tuple[Rule, ...]:
    """Return `RULES` and the allow-list of socket families; without ``network`` no AF_PACKET."""
    families = _NETWORK_FAMILIES if network else _LOCAL_FAMILIES
    return (
        *RULES,
        Rule(
            ("socket", "socketpair"),
            "AF_VSOCK reaches the machine around a virtual machine and is confined by no network "
            "namespace; the other families load seldom tried modules into the kernel.",
            errno.EAFNOSUPPORT,
            when=(When(0, "is not", families),),
        ),
    )


@cache
def filter_bytes(machine: str | None = None, *, network: bool = True) -> bytes:
    """
    Return the filter for strangers' programs.

    Args:
        machine: For which machine, as `os.uname` names it; None: this one.
        network: False for a build, which has no use for raw sockets.

    Returns:
        An array of ``struct sock_filter``, 8 bytes each, in the machine's (little-endian) order.

    Raises:
        KernelError: The machine's system calls are not known.
    """
    return assemble(machine or syscalls.this_machine(), rules(network=network))


# <linux/filter.h>: the six instructions that are needed.
_LOAD: Final = 0x20  # ld  [k]           a word of struct seccomp_data
_IF_EQUAL: Final = 0x15  # jeq #k, true, false
_IF_AT_LEAST: Final = 0x35  # jge #k, true, false
_IF_ANY_BIT: Final = 0x45  # jset #k, true, false
_RETURN: Final = 0x06  # ret #k
_INSTRUCTION: Final = struct.Struct("<HBBI")
_LONGEST_JUMP: Final = 255

# <linux/seccomp.h>: struct seccomp_data {int nr; u32 arch; u64 instruction_pointer, args[6];}
_NUMBER: Final = 0
_ARCHITECTURE: Final = 4
_ARGUMENTS: Final = 16
_ALLOW: Final = 0x7FFF_0000
_REFUSE: Final = 0x0005_0000
_KILL_PROCESS: Final = 0x8000_0000

# <linux/audit.h>: AUDIT_ARCH_*, the ELF machine with flags for 64 bits and little-endian.
_AUDIT_ARCHITECTURES: Final[Mapping[str, int]] = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}


def assemble(machine: str, rules: tuple[Rule, ...]) -> bytes:
    """
    Turn rules into a filter: the first that applies to a call decides; else the call is allowed.

    Raises:
        KernelError: The machine's system calls are not known.
    """
    numbers = syscalls.numbers(machine)
    code = _Code()
    code.load(_ARCHITECTURE)
    code.jump(_IF_EQUAL, _AUDIT_ARCHITECTURES[machine], "ours", "")
    code.give(_KILL_PROCESS)
    code.place("ours")
    code.load(_NUMBER)
    # The numbers of x86-64's 32-bit pointer convention (x32) begin at 0x4000_0000: refused, too.
    code.jump(_IF_AT_LEAST, NEWEST_CALL + 1, "", "judge")
    code.give(_REFUSE | errno.ENOSYS)
    code.place("judge")
    for position, rule in enumerate(rules):
        if known := [numbers[call] for call in rule.calls if call in numbers]:
            code.rule(rule, known, f"rule {position}")
    code.give(_ALLOW)
    return code.assembled()


class _Code:
    """Instructions that jump forward to names; a name is placed before the next instruction."""

    def __init__(self) -> None:
        self._lines: list[tuple[int, int, str, str]] = []
        self._places: dict[str, int] = {}

    def load(self, offset: int) -> None:
        self._lines.append((_LOAD, offset, "", ""))

    def give(self, verdict: int) -> None:
        self._lines.append((_RETURN, verdict, "", ""))

    def jump(self, test: int, value: int, true: str, false: str) -> None:
        """Go to one name or the other; an empty one is the next instruction."""
        self._lines.append((test, value, true, false))

    def place(self, name: str) -> None:
        self._places[name] = len(self._lines)

    def rule(self, rule: Rule, calls: list[int], name: str) -> None:
        """Write one rule; the number of the call is loaded before it and after it."""
        applies, spared, done = f"{name} applies", f"{name} spares", f"{name} is done"
        for number in calls[:-1]:
            self.jump(_IF_EQUAL, number, applies, "")
        self.jump(_IF_EQUAL, calls[-1], applies, done)
        self.place(applies)
        for position, when in enumerate(rule.when):
            self._condition(when, holds=f"{name} holds {position}", fails=spared)
        self.give(_REFUSE | rule.error)
        self.place(spared)
        if rule.when:
            self.load(_NUMBER)
        self.place(done)

    def _condition(self, when: When, *, holds: str, fails: str) -> None:
        self.load(_ARGUMENTS + 8 * when.argument)
        if when.test == "is not":
            for value in when.values:
                self.jump(_IF_EQUAL, value, fails, "")
        else:
            test = _IF_EQUAL if when.test == "is" else _IF_ANY_BIT
            for value in when.values[:-1]:
                self.jump(test, value, holds, "")
            self.jump(test, when.values[-1], holds, fails)
        self.place(holds)

    def assembled(self) -> bytes:
        return b"".join(
            _INSTRUCTION.pack(code, self._reach(true, at), self._reach(false, at), value)
            for at, (code, value, true, false) in enumerate(self._lines, start=1)
        )

    def _reach(self, name: str, following: int) -> int:
        """Return how many instructions to skip from the following one."""
        distance = self._places[name] - following if name else 0
        if not 0 <= distance <= _LONGEST_JUMP:
            raise ValueError(f"{name!r} is {distance} instructions away")
        return distance
