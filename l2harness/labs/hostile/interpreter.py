#!/submission/pyng /submission/pyng /submission/pyng
# Names itself as its own interpreter.
#: as = ["pyng"]
#: ends = ["not started", "exited", "signalled"]
