/* pyng TARGET_MAC INTERFACE: send one frame that says Hi */
#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LAB_TYPE 0x88b5

/* "08:00:27:dd:d7:43" or with dashes; returns 0 when it is an address */
static int parse_mac(const char *s, unsigned char *mac)
{
    if (strlen(s) != 17 || (s[2] != ':' && s[2] != '-'))
        return -1;
    for (int i = 0; i < 17; i++) {
        if (i % 3 == 2) {
            if (s[i] != s[2])
                return -1;
        } else if (!isxdigit((unsigned char)s[i])) {
            return -1;
        }
    }
    for (int i = 0; i < ETH_ALEN; i++)
        mac[i] = (unsigned char)strtol(s + 3 * i, NULL, 16);
    return 0;
}

int main(int argc, char *argv[])
{
    unsigned char frame[ETH_HLEN + 2];
    struct ether_header *header = (struct ether_header *)frame;

    if (argc != 3) {
        fprintf(stderr, "usage: %s TARGET_MAC INTERFACE\n", argv[0]);
        return 2;
    }
    if (parse_mac(argv[1], header->ether_dhost) != 0) {
        fprintf(stderr, "%s: bad MAC address: '%s'\n", argv[0], argv[1]);
        return 1;
    }

    int sock = socket(AF_PACKET, SOCK_RAW, 0);
    if (sock < 0) {
        perror("socket");
        return 1;
    }

    /* our own address */
    struct ifreq ifr;
    memset(&ifr, 0, sizeof(ifr));
    strncpy(ifr.ifr_name, argv[2], IFNAMSIZ - 1);
    if (ioctl(sock, SIOCGIFHWADDR, &ifr) < 0) {
        perror(argv[2]);
        return 1;
    }
    memcpy(header->ether_shost, ifr.ifr_hwaddr.sa_data, ETH_ALEN);

    header->ether_type = htons(LAB_TYPE);
    memcpy(frame + ETH_HLEN, "Hi", 2);

    struct sockaddr_ll addr;
    memset(&addr, 0, sizeof(addr));
    addr.sll_family = AF_PACKET;
    addr.sll_ifindex = if_nametoindex(argv[2]);
    addr.sll_halen = ETH_ALEN;
    memcpy(addr.sll_addr, header->ether_dhost, ETH_ALEN);
    if (sendto(sock, frame, sizeof(frame), 0, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        perror("sendto");
        return 1;
    }
    close(sock);
    printf("Sent!\n");
    return 0;
}
