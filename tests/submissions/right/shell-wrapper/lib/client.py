import socket
import sys

text, interface = sys.argv[1:]
numbers = text.replace("-", ":").split(":")
if len(numbers) != 6 or any(len(number) != 2 for number in numbers):
    sys.exit("six numbers of two digits are wanted, not " + repr(text))
target = bytes.fromhex("".join(numbers))
with open("/sys/class/net/%s/address" % interface) as file:
    own = bytes.fromhex(file.read().strip().replace(":", ""))
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((interface, 0))
s.send(target + own + b"\x88\xb5" + b"Hi")
print("Sent!")
