"""What this machine lets us do, and what to do where it does not.

Strategy: two questions. `mode` asks, in a few milliseconds, whether a lab can be run at all, as
root or in a user namespace; `probe` asks everything, for ``l2harness doctor``. Both answer by
trying (see `trial`); sysctls are only read to explain a failure that has been met.

Both fork: call them before there are threads, and before `entry.enter`.
"""

from __future__ import annotations

import errno
import os
import shlex
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from l2harness.errors import PrivilegeError
from l2harness.network import linux
from l2harness.network.entry import WORKSPACE, Mode, current_mode
from l2harness.network.trial import Outcome, Steps, attempt, isolated


@dataclass(frozen=True, slots=True)
class Probe:
    """
    One thing that was tried.

    Attributes:
        name: What, in a few words: ``user namespaces``.
        works: Whether it can be done.
        detail: What was found; where it does not work, the step that failed, and why.
        without: What cannot be had without it, as a clause: ``nothing can be run``.
        errno: The kernel's number for the failure; 0 if there is none.
        remedies: What the user can do, a sentence each, the shortest way first.
        needed: Whether no lab can be run without it, by any way around.
    """

    name: str
    works: bool
    detail: str
    without: str
    errno: int = 0
    remedies: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Privileges:
    """
    All that was tried.

    Attributes:
        mode: How labs can be run here: a `Mode`, or a virtual machine's, ``vm:uml``; None: not at
            all.
        probes: In the order in which one builds on another.
    """

    mode: str | None
    probes: tuple[Probe, ...]

    @property
    def ready(self) -> bool:
        """Whether labs can be run here, and strangers' programs in their sandbox."""
        return self.mode is not None and all(it.works for it in self.probes if it.needed)

    def __getitem__(self, name: str) -> Probe:
        """Return the probe of that name; KeyError if there is none."""
        for probe in self.probes:
            if probe.name == name:
                return probe
        raise KeyError(name)


def mode() -> Mode | None:
    """
    Return how labs can be run here: ``root``, ``rootless``, or None for neither.

    Tries all that the harness does to itself at its start, in some 3 ms.
    """
    return _best_way()[0]


def require_mode() -> Mode:
    """
    Return how labs can be run here.

    Raises:
        PrivilegeError: Neither way works; with what would help.
    """
    way, outcome = _best_way()
    if way is None:
        raise _refusal(outcome.step, outcome.errno, outcome.detail)
    return way


def _best_way() -> tuple[Mode | None, Outcome]:
    """Return the first way that works, or None, and how the last trial went."""
    outcome = Outcome(True, "inside already")
    if (inside := current_mode()) is not None:
        return inside, outcome
    for way in ways():
        outcome = essentials(way)
        if outcome.works:
            return way, outcome
    return None, outcome


def probe() -> Privileges:
    """Try everything that labs and their sandbox need; about 100 ms."""
    from l2harness.network import probes

    return probes.all_of_them()


def explain(error: OSError) -> PrivilegeError:
    """Return what to raise when entering namespaces without root has failed with ``error``."""
    step = f"write {os.path.basename(error.filename)}" if error.filename else "unshare"
    return _refusal(step, error.errno or 0, error.strerror or str(error))


def _refusal(step: str, number: int, detail: str) -> PrivilegeError:
    return PrivilegeError(
        f"this machine gives neither root nor a user namespace ({step}: {detail})",
        " ".join(user_namespace_remedies(step, number, Circumstances.here())),
    )


def ways() -> tuple[Mode, ...]:
    """Return the ways to try, the better first: an unprivileged user has only one."""
    return ("root", "rootless") if os.geteuid() == 0 else ("rootless",)


def essentials(way: Mode) -> Outcome:
    """Try in a child what the harness does to itself at its start."""

    def try_them(steps: Steps) -> str:
        steps("open a raw socket (CAP_NET_RAW)")
        # Of IPv4: it needs the same capability as a packet socket, whose end would cost 15 ms.
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW).close()
        steps(f"mount a tmpfs on {WORKSPACE}")
        linux.mount("tmpfs", WORKSPACE, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV)
        return "gives network and mount namespaces, and all capabilities in them"

    return attempt(isolated(way, try_them))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """
    What helps to explain a refusal.

    Attributes:
        uid: Effective user id.
        in_container: Whether Docker or Podman say that this is one of theirs.
        sysctls: Values by their names, as in ``user.max_user_namespaces``, where they exist.
        interpreter: Path of the running Python, free of links.
    """

    uid: int
    in_container: bool
    sysctls: Mapping[str, str] = field(default_factory=dict)
    interpreter: str = "/usr/bin/python3"

    @classmethod
    def here(cls) -> Circumstances:
        """Return those of this process."""
        values = {name: _sysctl(name) for name in (_APPARMOR, _DEBIAN, _MOST)}
        return cls(
            uid=os.geteuid(),
            in_container=any(map(os.path.exists, _CONTAINER_MARKS)),
            sysctls={name: value for name, value in values.items() if value is not None},
            interpreter=os.path.realpath(sys.executable),
        )


_APPARMOR: Final = "kernel.apparmor_restrict_unprivileged_userns"
_DEBIAN: Final = "kernel.unprivileged_userns_clone"
_MOST: Final = "user.max_user_namespaces"
_CONTAINER_MARKS: Final = ("/.dockerenv", "/run/.containerenv")


def _sysctl(name: str) -> str | None:
    try:
        with open(f"/proc/sys/{name.replace('.', '/')}") as file:
            return file.read().strip()
    except OSError:
        return None


#: What a container must be started with. SYS_PTRACE shows the harness what a program waits for.
CONTAINER_REMEDY: Final = (
    "In a container: start it with `--privileged`, or with `--cap-add SYS_ADMIN "
    "--cap-add NET_ADMIN --cap-add SYS_PTRACE --security-opt seccomp=unconfined "
    "--security-opt apparmor=unconfined --security-opt systempaths=unconfined` (Docker; for "
    "Podman the last is `--security-opt unmask=ALL`)."
)


def user_namespace_remedies(
    step: str, number: int, circumstances: Circumstances
) -> tuple[str, ...]:
    """
    Return what helps where user namespaces do not work, sentences, the shortest way first.

    Args:
        step: What failed, as the trial calls it.
        number: The kernel's errno for it.
        circumstances: What is known of the machine.
    """
    reasons: list[str] = []
    sysctls = circumstances.sysctls
    refused = number in (errno.EPERM, errno.EACCES)
    if circumstances.uid != 0 and refused and sysctls.get(_APPARMOR) == "1":
        reasons.append(_apparmor_remedy(circumstances.interpreter))
    if circumstances.uid != 0 and refused and sysctls.get(_DEBIAN) == "0":
        reasons.append(f"Debian's older kernels forbid it: `sudo sysctl -w {_DEBIAN}=1`.")
    if sysctls.get(_MOST) == "0":
        reasons.append(f"This machine allows none at all: `sudo sysctl -w {_MOST}=15000`.")
    elif number == errno.ENOSPC:
        reasons.append(
            f"Too many namespaces exist, or they are nested more than 32 deep: see {_MOST}."
        )
    if number == errno.EINVAL and step == "unshare":
        reasons.append("The kernel has no user namespaces (CONFIG_USER_NS): use another one.")
    if refused and circumstances.in_container:
        reasons.append(CONTAINER_REMEDY)
    if refused and not reasons:
        reasons.append(
            "A container's filter, a chroot or a security module forbids it. " + CONTAINER_REMEDY
        )
    if circumstances.uid != 0:
        reasons.insert(0, "Run it with `sudo`, which needs no user namespace.")
    return tuple(reasons)


def _apparmor_remedy(interpreter: str) -> str:
    path = "/etc/apparmor.d/l2harness"
    profile = r"'abi <abi/4.0>,\nprofile l2harness %s flags=(unconfined) {\n  userns,\n}\n'"
    return (
        "Ubuntu gives user namespaces to nobody whom AppArmor does not know. Make this Python "
        f"known: `printf {profile} {shlex.quote(interpreter)} | sudo tee {path} && "
        f"sudo apparmor_parser -r {path}`; or lift the rule until the next boot: "
        f"`sudo sysctl -w {_APPARMOR}=0`."
    )
