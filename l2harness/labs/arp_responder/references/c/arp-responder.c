/* Answer ARP requests for one IPv4 address on one interface, until stopped (RFC 826). */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct frame {
    struct ether_header header;
    struct ether_arp arp;
} __attribute__((packed));

static int asks_for(const struct frame *frame, const struct in_addr *ip)
{
    const struct arphdr *kind = &frame->arp.ea_hdr;
    return ntohs(kind->ar_hrd) == ARPHRD_ETHER && ntohs(kind->ar_pro) == ETHERTYPE_IP &&
           kind->ar_hln == ETH_ALEN && kind->ar_pln == sizeof *ip &&
           ntohs(kind->ar_op) == ARPOP_REQUEST && memcmp(frame->arp.arp_tpa, ip, sizeof *ip) == 0;
}

int main(int argc, char *argv[])
{
    struct in_addr ip;
    struct sockaddr_ll here = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP)};
    socklen_t length = sizeof here;

    if (argc != 3 || inet_pton(AF_INET, argv[2], &ip) != 1) {
        fprintf(stderr, "Usage: %s INTERFACE IP\n", argv[0]);
        return 2;
    }
    here.sll_ifindex = if_nametoindex(argv[1]);
    int fd = here.sll_ifindex ? socket(AF_PACKET, SOCK_RAW, 0) : -1;
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0 ||
        getsockname(fd, (struct sockaddr *)&here, &length) < 0) {
        perror(argv[1]);
        return 1;
    }
    for (;;) {
        struct frame frame;
        ssize_t size = read(fd, &frame, sizeof frame);
        if (size < 0) {
            perror(argv[1]);
            return 1;
        }
        if (size < (ssize_t)sizeof frame || !asks_for(&frame, &ip))
            continue;
        struct ether_arp *arp = &frame.arp;
        memcpy(arp->arp_tha, arp->arp_sha, ETH_ALEN + sizeof ip); /* the asker, MAC and IP */
        memcpy(arp->arp_sha, here.sll_addr, ETH_ALEN);
        memcpy(arp->arp_spa, &ip, sizeof ip);
        arp->ea_hdr.ar_op = htons(ARPOP_REPLY);
        memcpy(frame.header.ether_dhost, arp->arp_tha, ETH_ALEN);
        memcpy(frame.header.ether_shost, here.sll_addr, ETH_ALEN);
        if (write(fd, &frame, sizeof frame) < 0)
            perror(argv[1]);
    }
}
