# Uses the network, raw sockets and files of the machine while it is built.
#: as = ["Makefile"]
#: keeps = ["*"]
all:
	-python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print("ESCAPED: raw socket")'
	-python3 -c 'import socket; socket.create_connection(("1.1.1.1", 53), 1); print("ESCAPED: network")'
	-grep -r canary /home /root /tmp /var /dev/shm /etc && echo ESCAPED: found
	-cat /etc/shadow && echo ESCAPED: shadow
	-touch /usr/owned /etc/owned /owned && echo ESCAPED: wrote
	-ls /sys/class/net && echo ESCAPED: interfaces
