#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    if (argc < 2 || if_nametoindex(argv[1]) == 0) {
        fprintf(stderr, "%s: there is no interface %s\n", argv[0], argc < 2 ? "named" : argv[1]);
        exit(EXIT_FAILURE);
    }
    int fd = socket(PF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    struct sockaddr_ll where = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = if_nametoindex(argv[1])};
    if (fd < 0 || bind(fd, (struct sockaddr *)&where, sizeof where) != 0) {
        perror("sniffer");
        exit(EXIT_FAILURE);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("listening on %s\n", argv[1]);
    for (;;) {
        fd_set readable;
        struct timeval second = {.tv_sec = 1};
        FD_ZERO(&readable);
        FD_SET(fd, &readable);
        if (select(fd + 1, &readable, NULL, NULL, &second) <= 0)
            continue;
        struct ether_header header;
        struct sockaddr_ll from;
        socklen_t size = sizeof from;
        /* The rest of the frame is not needed, and may be dropped. */
        recvfrom(fd, &header, sizeof header, 0, (struct sockaddr *)&from, &size);
        const unsigned char *a = header.ether_shost;
        printf("%s frame, MAC %02X-%02X-%02X-%02X-%02X-%02X\n",
               from.sll_pkttype == PACKET_OUTGOING ? "outgoing" : "incoming",
               a[0], a[1], a[2], a[3], a[4], a[5]);
    }
}
