/* What both programs need: a raw socket on one interface, and its address. */
#include "link.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int link_open(const char *interface)
{
    struct sockaddr_ll here = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(LAB_TYPE),
        .sll_ifindex = if_nametoindex(interface),
    };
    if (here.sll_ifindex == 0) {
        perror(interface);
        return -1;
    }
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (fd < 0) {
        perror("socket");
        return -1;
    }
    if (bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        perror("bind");
        close(fd);
        return -1;
    }
    return fd;
}

int link_address(int fd, uint8_t address[6])
{
    struct sockaddr_ll here;
    socklen_t length = sizeof here;
    if (getsockname(fd, (struct sockaddr *)&here, &length) < 0 || here.sll_halen != 6)
        return -1;
    memcpy(address, here.sll_addr, 6);
    return 0;
}
