# Makes directories inside each other, too deep for whoever walks the result.
#: as = ["Makefile"]
#: keeps = ["*"]
all:
	-python3 -c 'import os; [(os.mkdir("d" * 99), os.chdir("d" * 99)) for _ in range(1500)]'
