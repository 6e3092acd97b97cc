#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/ioctl.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_ether.h>

struct frame {
    unsigned char dst[6];
    unsigned char src[6];
    unsigned short type;
    char payload[2];
} __attribute__((packed));

int read_mac(char *s, unsigned char *mac)
{
    int i;
    char sep = s[2];

    if (strlen(s) != 17 || (sep != ':' && sep != '-'))
        return 0;
    for (i = 0; i < 6; i++) {
        if (!isxdigit(s[3*i]) || !isxdigit(s[3*i+1]))
            return 0;
        if (i < 5 && s[3*i+2] != sep)
            return 0;
        mac[i] = strtol(&s[3*i], NULL, 16);
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct frame f;
    struct ifreq ifr;
    struct sockaddr_ll sll;
    int s;

    if (!read_mac(argv[1], f.dst)) {
        printf("wrong mac address %s\n", argv[1]);
        exit(1);
    }

    s = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    if (s == -1) {
        perror("socket");
        exit(1);
    }
    memset(&ifr, 0, sizeof(ifr));
    strncpy(ifr.ifr_name, argv[2], IFNAMSIZ-1);
    if (ioctl(s, SIOCGIFHWADDR, &ifr) == -1) {
        perror("ioctl");
        exit(1);
    }
    memcpy(f.src, ifr.ifr_hwaddr.sa_data, 6);
    f.type = 0x88b5;
    memcpy(f.payload, "Hi", 2);

    memset(&sll, 0, sizeof(sll));
    sll.sll_family = AF_PACKET;
    if (ioctl(s, SIOCGIFINDEX, &ifr) == -1) {
        perror("ioctl");
        exit(1);
    }
    sll.sll_ifindex = ifr.ifr_ifindex;
    if (sendto(s, &f, sizeof(f), 0, (struct sockaddr *)&sll, sizeof(sll)) == -1) {
        perror("sendto");
        exit(1);
    }
    printf("Sent!\n");
    close(s);
    return 0;
}
