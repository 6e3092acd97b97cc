"""Each thing that ``l2harness doctor`` tries, in the order in which one builds on another.

Strategy: one function for one probe, each a small trial with its remedies beside it. They are told
the mode to be in; where there is none, what needs namespaces is reported as not tried.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
from typing import Final

from l2harness.network import cgroups, linux, namespaces
from l2harness.network.entry import WORKSPACE, Mode
from l2harness.network.port import RawSocket
from l2harness.network.privilege import (
    CONTAINER_REMEDY,
    Circumstances,
    Privileges,
    Probe,
    essentials,
    user_namespace_remedies,
)
from l2harness.network.trial import Action, Outcome, Refused, Steps, attempt, isolated, run
from l2harness.network.uids import outside_uid

_SBIN: Final = "/usr/local/sbin:/usr/sbin:/sbin"
_NOTHING_RUNS: Final = "no lab can be run"
_NO_STRANGERS: Final = "strangers' programs cannot be run"


def all_of_them() -> Privileges:
    """Try everything; see `privilege.probe`."""
    root, rootless = _root(), _user_namespaces()
    mode: Mode | None = "root" if root.works else "rootless" if rootless.works else None
    probes = [root, rootless]
    for in_mode in (_packet_sockets, _bounded_tmpfs, _sysfs, _uid_of_its_own, _wait_states):
        probes.append(in_mode(mode))
    probes += [_pseudo_terminals(), _seccomp(), _cgroups(), _bubblewrap(), _nsenter()]
    probes.append(_sandbox(mode))
    return Privileges(mode, tuple(probes))


#: The step of what depends on something that does not work: its remedies are those of that.
_NOT_TRIED: Final = "not tried"


def _probe(name: str, outcome: Outcome, without: str, remedies: tuple[str, ...] = ()) -> Probe:
    if outcome.works or outcome.step == _NOT_TRIED:
        remedies = ()
    needed = without in (_NOTHING_RUNS, _NO_STRANGERS)
    return Probe(name, outcome.works, str(outcome), without, outcome.errno, remedies, needed)


def _tried(mode: Mode | None, action: Action) -> Outcome:
    """Try something inside namespaces of the harness's own."""
    if mode is None:
        return Outcome(False, "it needs root or a user namespace", _NOT_TRIED)
    return attempt(isolated(mode, action))


def _root() -> Probe:
    without = "user namespaces are needed"
    if os.geteuid() != 0:
        return Probe(
            "root", False, f"running as uid {os.geteuid()}", without, 0, ("Run it with `sudo`.",)
        )
    return _probe("root", essentials("root"), without, (CONTAINER_REMEDY,))


def _user_namespaces() -> Probe:
    outcome = essentials("rootless")
    remedies = user_namespace_remedies(outcome.step, outcome.errno, Circumstances.here())
    return _probe("user namespaces", outcome, "root is needed", remedies)


def _packet_sockets(mode: Mode | None) -> Probe:
    def open_one(steps: Steps) -> str:
        steps("open a packet socket (CAP_NET_RAW)")
        namespace = linux.open_own_netns()
        RawSocket(namespace, "lo", "lo", listen=False).close()
        os.close(namespace)
        return "CAP_NET_RAW in a network namespace of our own"

    return _probe(
        "packet sockets",
        _tried(mode, open_one),
        _NOTHING_RUNS,
        ("In a container: `--cap-add NET_RAW`.", "Else `sudo modprobe af_packet`."),
    )


def _bounded_tmpfs(mode: Mode | None) -> Probe:
    files = 4

    def fill_one(steps: Steps) -> str:
        steps("mount a tmpfs with a size and a number of files")
        linux.mount("tmpfs", WORKSPACE, "tmpfs", linux.MS_NOSUID, f"size=64k,nr_inodes={files}")
        steps("fill it with files")
        for number in range(files):
            try:
                os.close(os.open(f"{WORKSPACE}/{number}", os.O_WRONLY | os.O_CREAT))
            except OSError:
                return "limits size and number of files"
        raise Refused(Outcome(False, "it takes more files than its limit", steps.current))

    return _probe(
        "bounded tmpfs",
        _tried(mode, fill_one),
        "a program could fill the machine's memory with files",
        (CONTAINER_REMEDY,),
    )


def _sysfs(mode: Mode | None) -> Probe:
    def look_at_one(steps: Steps) -> str:
        steps("mount a sysfs of our network namespace")
        flags = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
        linux.mount("sysfs", WORKSPACE, "sysfs", flags)
        steps("read /sys/class/net")
        shown = os.listdir(f"{WORKSPACE}/class/net")
        if "lo" not in shown or len(shown) > 1 + len(_FALLBACK_DEVICES.intersection(shown)):
            raise Refused(Outcome(False, f"it shows {', '.join(shown)}", steps.current))
        return "shows a namespace its own interfaces"

    return _probe(
        "sysfs",
        _tried(mode, look_at_one),
        "programs cannot read addresses from /sys/class/net",
        (CONTAINER_REMEDY,),
    )


# Devices that some kernels put into every new namespace (net.core.fb_tunnels_only_for_init_net).
_FALLBACK_DEVICES: Final = frozenset(
    {"tunl0", "gre0", "gretap0", "erspan0", "sit0", "ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0"}
)


def _uid_of_its_own(mode: Mode | None) -> Probe:
    def be_a_stranger(steps: Steps) -> str:
        steps("make a user namespace for programs")
        uid = outside_uid(mode)
        with_hosts = namespaces.guarded(1, uid)
        steps("open a packet socket as a program")
        assert with_hosts.user is not None
        linux.setns(with_hosts.user, linux.CLONE_NEWUSER)
        linux.setns(with_hosts.hosts[0], linux.CLONE_NEWNET)
        RawSocket(with_hosts.hosts[0], "lo", "lo", listen=False).close()
        outside = "nobody" if uid else "who you are"
        return f"programs are uid 0 to themselves, and {outside} to the machine"

    return _probe(
        "nested user namespaces",
        _tried(mode, be_a_stranger),
        _NO_STRANGERS,
        (
            "See `sysctl user.max_user_namespaces user.max_net_namespaces`: both count per user.",
            CONTAINER_REMEDY,
        ),
    )


def _wait_states(mode: Mode | None) -> Probe:
    def look_at_a_stranger(steps: Steps) -> str:
        steps("start a program in a user namespace of its own")
        user = namespaces.guarded(1, outside_uid(mode)).user
        lock, key = os.pipe()
        started, starting = os.pipe()
        program = os.fork()
        if program == 0:
            try:
                assert user is not None
                linux.setns(user, linux.CLONE_NEWUSER)
                os.setresuid(0, 0, 0)
                os.dup2(lock, 0)
                # Executing makes it visible again; the pipe, closed by that, says when.
                os.execv("/bin/cat", ["cat"])
            finally:
                os._exit(1)
        os.close(starting)
        os.read(started, 1)
        steps("read /proc/PID/syscall of a program")
        with open(f"/proc/{program}/syscall") as file:
            file.read()
        os.close(key)
        return "shows in which call a program waits"

    return _probe(
        "wait states",
        _tried(mode, look_at_a_stranger),
        "readiness and idleness are told less surely",
        ("In a container: `--cap-add SYS_PTRACE`.", "See `sysctl kernel.yama.ptrace_scope`."),
    )


def _pseudo_terminals() -> Probe:
    def open_one(steps: Steps) -> str:
        steps("open a pseudo-terminal")
        ours, theirs = os.openpty()
        os.write(theirs, b"heard\n")
        steps("read from it")
        os.read(ours, 16)
        return f"as {os.ttyname(theirs)}"

    return _probe(
        "pseudo-terminals",
        attempt(open_one),
        _NOTHING_RUNS,
        ("Mount devpts on /dev/pts; in a chroot, bind it there.",),
    )


# Fails every system call whose first argument is 0x12345678 with ENOTNAM, whatever the machine:
# load the argument's low half; equal? return that error; else allow. See seccomp(2).
_PROBING_FILTER: Final = b"".join(
    struct.pack("=HBBI", *instruction)
    for instruction in (
        (0x20, 0, 0, 16),
        (0x15, 0, 1, 0x1234_5678),
        (0x06, 0, 0, 0x0005_0000 | 118),
        (0x06, 0, 0, 0x7FFF_0000),
    )
)
_ENOTNAM: Final = 118
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2


def _seccomp() -> Probe:
    def install_one(steps: Steps) -> str:
        steps("install a filter")
        libc = ctypes.CDLL(None, use_errno=True)
        code = ctypes.create_string_buffer(_PROBING_FILTER, len(_PROBING_FILTER))
        # struct sock_fprog: an unsigned short, the number of instructions, and their address.
        program = struct.pack("@HP", len(_PROBING_FILTER) // 8, ctypes.addressof(code))
        for arguments in (
            (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
            (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0),
        ):
            if libc.prctl(*arguments) < 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
        steps("have it refuse a call")
        try:
            os.close(0x1234_5678)
        except OSError as error:
            if error.errno == _ENOTNAM:
                return "filters system calls"
        raise Refused(Outcome(False, "the filter does nothing", steps.current))

    return _probe(
        "seccomp",
        attempt(install_one),
        _NO_STRANGERS,
        ("The kernel needs CONFIG_SECCOMP_FILTER.",),
    )


def _cgroups() -> Probe:
    def make_groups(steps: Steps) -> str:
        steps("make a control group")
        found = cgroups.available()
        if not {"memory", "pids"} <= found.keys():
            only = f"only for {', '.join(found)}" if found else "none can be made"
            raise Refused(Outcome(False, only, steps.current))
        return ", ".join(f"{name} (v{version})" for name, version in found.items())

    return _probe(
        "cgroups",
        attempt(make_groups),
        "rlimits alone limit memory and processes",
        (
            "Run it with `sudo`.",
            "With systemd: `systemd-run --user --scope --property=Delegate=yes l2harness …`.",
        ),
    )


def _installed(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{_SBIN}")


def _packages(debian: str, other: str) -> tuple[str, ...]:
    return (
        f"`sudo apt-get install {debian}` (Debian, Ubuntu), `sudo dnf install {other}` (Fedora), "
        f"`sudo pacman -S {other}` (Arch), `sudo apk add {other}` (Alpine).",
    )


def _tool(program: str, package: str) -> Probe:
    path = _installed(program)
    if path is None:
        outcome = Outcome(False, "not on PATH", program)
    else:
        try:
            status, printed = run([path, "--version"])
            outcome = Outcome(status == 0, f"{printed}, {path}", f"{program} --version")
        except OSError as error:
            outcome = Outcome(False, error.strerror or "", program, error.errno or 0)
    return _probe(package, outcome, _NO_STRANGERS, _packages(package, package))


def _bubblewrap() -> Probe:
    return _tool("bwrap", "bubblewrap")


def _nsenter() -> Probe:
    return _tool("nsenter", "util-linux")


_SANDBOX_OPTIONS: Final = (
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--new-session",
    "--clearenv",
    "--ro-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    "--ro-bind",
    "/proc/sys",
    "/proc/sys",
    "--dev",
    "/dev",
    "--size",
    "65536",
    "--perms",
    "1777",
    "--tmpfs",
    "/tmp",
    "--remount-ro",
    "/dev",
    "--cap-drop",
    "ALL",
    "--cap-add",
    "CAP_NET_RAW",
)


def _sandbox(mode: Mode | None) -> Probe:
    def run_nothing(steps: Steps) -> str:
        bwrap, nsenter = _installed("bwrap"), _installed("nsenter")
        steps("find bwrap and nsenter")
        if bwrap is None or nsenter is None:
            raise Refused(Outcome(False, "not on PATH", steps.current))
        steps("start a program in a sandbox")
        uid = outside_uid(mode)
        with_hosts = namespaces.guarded(1, uid)
        assert with_hosts.user is not None
        who = ["--setuid", "0", "--setgid", "0"] if uid else ["--preserve-credentials"]
        enter = [nsenter, f"--user=/proc/self/fd/{with_hosts.user}", *who, "--"]
        with linux.entered(with_hosts.hosts[0]):
            status, printed = run(
                [*enter, bwrap, *_SANDBOX_OPTIONS, "--", "/bin/cat", "/proc/self/status"],
                (with_hosts.user,),
            )
        if status != 0:
            raise Refused(Outcome(False, printed or f"exit status {status}", steps.current))
        if f"CapEff:\t{1 << _CAP_NET_RAW:016x}" not in printed:
            raise Refused(Outcome(False, "a program has other capabilities", steps.current))
        return "a program had CAP_NET_RAW and nothing else"

    tools = _installed("bwrap") and _installed("nsenter")
    return _probe(
        "sandbox",
        _tried(mode, run_nothing),
        _NO_STRANGERS,
        # Where they are missing, their own probes say what to do.
        ("Install bubblewrap 0.8 or newer.", CONTAINER_REMEDY) if tools else (),
    )


_CAP_NET_RAW: Final = 13
