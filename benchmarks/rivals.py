"""What users would pick instead, where it is installed: each does the same once, and times itself.

Importing is not counted, for a process does it once. The Python ones are looked for in this
interpreter, in the one that the environment variable ``RIVALS_PYTHON`` names, and in the system's.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_TIMED = """
import logging, sys, tempfile, time
logging.disable(logging.CRITICAL)
{imports}
count = int(sys.argv[1])
begun = time.perf_counter()
{body}
print((time.perf_counter() - begun) * 1e3)
"""
_MININET = (
    """
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import Topo
setLogLevel("critical")
class Hub(Topo):
    def build(self):
        hosts = [self.addHost("h%d" % number) for number in range(count)]
        if count == 2:
            self.addLink(*hosts)
        else:
            switch = self.addSwitch("s1")
            for host in hosts:
                self.addLink(host, switch)
""",
    """
net = Mininet(topo=Hub(), controller=None, switch=LinuxBridge, build=False)
net.build()
net.start()
net.stop()
""",
)
_DUMMYNET = (
    "from dummynet import DummyNet, HostShell, ProcessMonitor",
    """
log = logging.getLogger("quiet")
monitor = ProcessMonitor(log=log)
net = DummyNet(shell=HostShell(log=log, sudo=False, process_monitor=monitor))
one, other = net.netns_add("h1"), net.netns_add("h2")
net.link_veth_add("v1", "v2")
net.link_set("h1", "v1")
net.link_set("h2", "v2")
one.up("v1")
other.up("v2")
net.cleanup()
""",
)
_MUNET = (
    "from munet.base import BaseMunet",
    """
net = BaseMunet("bench", isolated=False, pid=False, rundir=tempfile.mkdtemp())
net.add_link(net.add_host("h1"), net.add_host("h2"), "eth0", "eth0")
net.delete()
""",
)
_SCAPY = (
    "from scapy.all import Ether, Raw, conf, sendp\nconf.verb = 0",
    """
frame = Ether(dst="ff:ff:ff:ff:ff:ff", src="02:00:00:00:00:01", type=0x88B5) / Raw(bytes(46))
sendp([frame] * count, iface="eth0", verbose=False)
""",
)
_SCRIPTS = {"mininet": _MININET, "dummynet": _DUMMYNET, "munet": _MUNET, "scapy": _SCAPY}
_TRAFGEN_FRAME = "{ fill(0xff, 6), 0x02, 0, 0, 0, 0, 0x01, 0x88, 0xb5, fill(0, 46) }\n"
_TRAFGEN_TOOK = re.compile(r"(\d+) sec, (\d+) usec on CPU\d+ \(\d+ packets\)")


def missing(name: str) -> str | None:
    """Return why a rival cannot be measured here; None if it can."""
    if name == "trafgen":
        return None if shutil.which(name) else "not installed (Debian: netsniff-ng)"
    if _python_with(name) is None:
        return f"not installed ({'Debian' if name == 'mininet' else 'PyPI'}: {name})"
    if os.geteuid() != 0:
        return "needs root"
    if name == "mininet" and shutil.which("brctl") is None:
        return "its bridge needs brctl (Debian: bridge-utils)"
    return None


def took_ms(name: str, count: int) -> float:
    """
    Have a rival do its work once: a network of so many hosts up and down, or so many frames.

    Raises:
        LookupError: It failed here.
    """
    python = _python_with(name)
    assert python is not None, "ask `missing` first"
    imports, body = _SCRIPTS[name]
    script = _TIMED.format(imports=imports, body=body)
    done = subprocess.run(
        [python, "-c", script, str(count)], capture_output=True, text=True, check=False
    )
    try:
        return float(done.stdout.split()[-1])
    except (IndexError, ValueError):
        said = (done.stderr.strip().splitlines() or ["no word from it"])[-1]
        raise LookupError(f"{name} failed here: {said}") from None


def import_only(name: str) -> None:
    """Have a rival import what it needs, and do nothing."""
    python = _python_with(name)
    assert python is not None, "ask `missing` first"
    script = f"import logging, sys\n{_SCRIPTS[name][0].replace('count', '0')}"
    subprocess.run([python, "-c", script], capture_output=True, check=False)


def trafgen_per_second(frames: int) -> float:
    """Return how many frames a second trafgen sends through ``eth0``, on one core as we do."""
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as configuration:
        configuration.write(_TRAFGEN_FRAME)
        configuration.flush()
        options = ["--dev", "eth0", "--conf", configuration.name, "--num", str(frames)]
        command = ["trafgen", *options, "--cpus", "1", "--no-sock-mem"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = _TRAFGEN_TOOK.search(done.stdout + done.stderr)
    if took is None:
        raise LookupError(f"trafgen failed here: {done.stderr.strip()[-200:]}")
    return frames / (int(took[1]) + int(took[2]) / 1e6)


def _python_with(name: str) -> str | None:
    for python in (sys.executable, os.environ.get("RIVALS_PYTHON"), "/usr/bin/python3"):
        if python and Path(python).exists():
            asked = [python, "-c", f"import importlib.util as u; u.find_spec({name!r}).name"]
            if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
                return python
    return None
