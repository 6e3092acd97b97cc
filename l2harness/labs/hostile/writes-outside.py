#!/usr/bin/env python3
# Writes wherever something is: programs, settings, devices, the kernel's switches.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "held: append to /bin/sh"
#: ends = ["exited"]
from trying import attempt

for path in (
    "/owned", "/usr/owned", "/usr/bin/owned", "/etc/owned", "/etc/passwd", "/etc/ld.so.preload",
    "/dev/owned", "/dev/sda", "/dev/mem", "/dev/kmsg", "/run/owned", "/var/tmp/owned",
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/drop_caches",
    "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/disable_ipv6",
    "/proc/sysrq-trigger", "/proc/self/setgroups", "/proc/irq/default_smp_affinity",
    "/sys/class/net/eth0/mtu", "/sys/class/net/eth0/tx_queue_len", "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup/cgroup.procs", "/sys/power/state",
):
    attempt(f"write to {path}", open, path, "w")
for path in ("/bin/sh", "/proc/1/mem", "/proc/1/oom_score_adj", "/proc/1/coredump_filter"):
    attempt(f"append to {path}", open, path, "ab")
attempt("append to /bin/sh", open, "/bin/sh", "ab")
