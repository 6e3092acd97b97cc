/* What both programs need: a raw socket on one interface. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Open it for frames of one protocol, 0 for none; -1 and a word on stderr if that cannot be. */
static int open_socket(const char *interface, int protocol)
{
    struct sockaddr_ll here = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(protocol),
        .sll_ifindex = if_nametoindex(interface),
    };
    int fd = here.sll_ifindex ? socket(AF_PACKET, SOCK_RAW, 0) : -1;
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        perror(interface);
        return -1;
    }
    return fd;
}
