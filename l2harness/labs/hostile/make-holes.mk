# Makes thousands of large files that take no room, for whoever copies the result.
#: as = ["Makefile"]
#: keeps = ["*"]
all:
	i=0; while [ $$i -lt 900 ]; do truncate -s 15M hole$$i; i=$$((i+1)); done
