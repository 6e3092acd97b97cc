/* The kernel builds and takes away the Ethernet header: SOCK_DGRAM. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const unsigned char kind[] = {0, 1, 8, 0, 6, 4, 0, 1};

int main(int argc, char **argv)
{
    struct sockaddr_ll me = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP)}, peer;
    socklen_t length = sizeof me;
    in_addr_t ip;

    if (argc != 3 || inet_pton(AF_INET, argv[2], &ip) != 1 ||
        (me.sll_ifindex = if_nametoindex(argv[1])) == 0) {
        fprintf(stderr, "arp-responder: bad arguments\n");
        return 64;
    }
    int fd = socket(AF_PACKET, SOCK_DGRAM, 0);
    if (bind(fd, (void *)&me, sizeof me) || getsockname(fd, (void *)&me, &length)) {
        perror("arp-responder");
        return 1;
    }
    for (;;) {
        unsigned char arp[1500], sender[10];
        length = sizeof peer;
        ssize_t size = recvfrom(fd, arp, sizeof arp, 0, (void *)&peer, &length);
        if (size < 28 || memcmp(arp, kind, sizeof kind) || memcmp(arp + 24, &ip, 4))
            continue;
        memcpy(sender, arp + 8, 10);
        arp[7] = 2;
        memcpy(arp + 8, me.sll_addr, 6);
        memcpy(arp + 14, &ip, 4);
        memcpy(arp + 18, sender, 10);
        memcpy(peer.sll_addr, sender, 6);
        peer.sll_halen = 6;
        peer.sll_protocol = htons(ETH_P_ARP);
        sendto(fd, arp, 28, 0, (void *)&peer, sizeof peer);
    }
}
