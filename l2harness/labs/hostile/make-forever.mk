# Builds for ever.
#: as = ["Makefile"]
#: keeps = ["*"]
all:
	while :; do :; done
