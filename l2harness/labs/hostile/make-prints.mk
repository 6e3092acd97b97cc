# Prints a gigabyte while it is built, half of it without a line end.
#: as = ["Makefile"]
#: keeps = ["*"]
all:
	yes "::error::x" | head -c 500000000
	head -c 500000000 /dev/zero
