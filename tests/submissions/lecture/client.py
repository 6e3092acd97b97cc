import socket

ETH_P_ALL = 3

interface = 'enp0s10'

dst = b'\x08\x00\x27\xdd\xd7\x43' # destination MAC address
src = b'\x08\x00\x27\x8e\x75\x44' # source MAC address
proto = b'\x88\xb5' # ethernet frame type
payload = 'Hi'.encode() # payload

s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
s.bind((interface, 0))

s.sendall(dst + src + proto + payload)

s.close()
