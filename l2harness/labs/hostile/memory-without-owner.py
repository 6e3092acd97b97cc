#!/usr/bin/env python3
# Takes memory that belongs to no process: anonymous files, System V segments and queues.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "held: a queue"
#: ends = ["exited"]
from trying import attempt, call

attempt("an anonymous file", call, "memfd_create", b"mine", 0)
attempt("a segment", call, "shmget", 0, 1 << 30, 0o1600)
attempt("semaphores", call, "semget", 0, 32000, 0o1600)
attempt("a queue", call, "msgget", 0, 0o1600)
