#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_ether.h>

int main(int argc, char **argv)
{
    unsigned char b[2048];
    struct sockaddr_ll sll;
    int s, n, i;

    if (argc < 2) {
        printf("usage: %s interface\n", argv[0]);
        exit(1);
    }
    s = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    memset(&sll, 0, sizeof(sll));
    sll.sll_family = AF_PACKET;
    sll.sll_protocol = htons(ETH_P_ALL);
    sll.sll_ifindex = if_nametoindex(argv[1]);
    if (sll.sll_ifindex == 0) {
        printf("no interface %s\n", argv[1]);
        exit(1);
    }
    if (bind(s, (struct sockaddr *)&sll, sizeof(sll)) == -1) {
        perror("bind");
        exit(1);
    }
    while ((n = recv(s, b, sizeof(b), 0)) > 0) {
        printf("dst: %02x:%02x:%02x:%02x:%02x:%02x, ", b[0], b[1], b[2], b[3], b[4], b[5]);
        printf("src: %02x:%02x:%02x:%02x:%02x:%02x, ", b[6], b[7], b[8], b[9], b[10], b[11]);
        printf("type: 0x%02x%02x, payload: ", b[12], b[13]);
        for (i = 14; i < 22 && i < n; i++)
            printf("%c", b[i] > 31 && b[i] < 127 ? b[i] : '.');
        printf("\n");
    }
    return 0;
}
