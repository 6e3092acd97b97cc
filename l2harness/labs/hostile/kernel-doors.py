#!/usr/bin/env python3
# Knocks at every door of the kernel that has been found open before.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "held: keyring"
#: ends = ["exited"]
import os

from trying import attempt, call

attempt("bpf", call, "bpf", 0, bytes(128), 128)
attempt("perf", call, "perf_event_open", bytes(128), 0, -1, -1, 0)
attempt("userfaultfd", call, "userfaultfd", 0)
attempt("io_uring", call, "io_uring_setup", 8, bytes(128))
attempt("aio", call, "io_setup", 60000, bytes(8))
attempt("a handle", call, "open_by_handle_at", -100, bytes(24), 0)
attempt("personality", call, "personality", 0x0400000 | 0x0008)
attempt("move pages", call, "move_pages", 0, 0, 0, 0, 0, 0)
attempt("messages of the kernel", call, "syslog", 3, bytes(512), 512)
attempt("host name", call, "sethostname", b"owned", 5)
attempt("real time", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(50))
attempt("priority", os.setpriority, os.PRIO_PROCESS, 0, -10)
attempt("a key", call, "add_key", b"user", b"l2", b"x", 1, -3)
attempt("keyring", call, "keyctl", 0, -4, 1)
