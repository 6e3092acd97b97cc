# Leaves a daemon behind when it has been built, which changes the result later.
#: as = ["Makefile"]
#: keeps = ["*"]
all:
	setsid sh -c 'sleep 1; while :; do echo "echo ESCAPED: changed" > pyng; sleep 0.01; done' > /dev/null 2>&1 < /dev/null &
