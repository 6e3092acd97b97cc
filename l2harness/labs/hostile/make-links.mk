# Makes links to files of the machine in place of programs while it is built.
#: as = ["Makefile"]
#: keeps = []
all:
	rm -f pyng pyngd
	ln -s /etc/shadow pyng
	ln -s ../../../../../../etc/passwd pyngd
	ln -s . loop
