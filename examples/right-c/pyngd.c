/* pyngd INTERFACE: print a line for every frame */
#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void print_mac(const unsigned char *mac)
{
    printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

int main(int argc, char *argv[])
{
    unsigned char frame[ETH_FRAME_LEN];

    if (argc != 2) {
        fprintf(stderr, "usage: %s INTERFACE\n", argv[0]);
        return 2;
    }
    int sock = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    if (sock < 0) {
        perror("socket");
        return 1;
    }

    struct sockaddr_ll addr;
    memset(&addr, 0, sizeof(addr));
    addr.sll_family = AF_PACKET;
    addr.sll_protocol = htons(ETH_P_ALL);
    addr.sll_ifindex = if_nametoindex(argv[1]);
    if (addr.sll_ifindex == 0) {
        perror(argv[1]);
        return 1;
    }
    if (bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        perror("bind");
        return 1;
    }

    while (1) {
        ssize_t n = recv(sock, frame, sizeof(frame), 0);
        if (n < 0) {
            perror("recv");
            return 1;
        }
        struct ether_header *header = (struct ether_header *)frame;
        printf("dst: ");
        print_mac(header->ether_dhost);
        printf(", src: ");
        print_mac(header->ether_shost);
        printf(", type: 0x%04x, payload: ", ntohs(header->ether_type));
        for (int i = ETH_HLEN; i < n && i < ETH_HLEN + 8; i++)
            putchar(isprint(frame[i]) ? frame[i] : '.');
        printf("\n");
    }
}
