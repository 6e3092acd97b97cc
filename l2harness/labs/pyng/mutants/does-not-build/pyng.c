/* Send one frame that says Hi. */
#include <arpa/inet.h>
#include <ctype.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "ethernet.h"

static int parse_mac(const char *text, unsigned char mac[6])
{
    if (strlen(text) != 17 || (text[2] != ':' && text[2] != '-'))
        return -1;
    for (int i = 0; i < 17; i++)
        if (i % 3 == 2 ? text[i] != text[2] : !isxdigit((unsigned char)text[i]))
            return -1;
    for (int i = 0; i < 6; i++)
        mac[i] = strtoul(text + 3 * i, NULL, 16);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned char target[6];
    unsigned char frame[14 + sizeof "Hi" - 1];
    uint16_t type = htons(0x88b5);
    struct ifreq request = {0};
    struct sockaddr_ll to = {.sll_family = AF_PACKET};

    if (argc != 3) {
        fprintf(stderr, "usage: %s TARGET_MAC INTERFACE\n", argv[0]);
        return 2;
    }
    if (parse_mac(argv[1], target) < 0) {
        fprintf(stderr, "%s: not a MAC address: %s\n", argv[0], argv[1]);
        return 1;
    }
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (fd < 0) {
        perror("socket");
        return 1;
    }
    strncpy(request.ifr_name, argv[2], IFNAMSIZ - 1);
    if (ioctl(fd, SIOCGIFHWADDR, &request) < 0) {
        perror(argv[2]);
        return 1;
    }
    memcpy(frame, target, 6);
    memcpy(frame + 6, request.ifr_hwaddr.sa_data, 6);
    memcpy(frame + 12, &type, 2);
    memcpy(frame + 14, "Hi", sizeof "Hi" - 1);

    to.sll_ifindex = if_nametoindex(argv[2]);
    if (sendto(fd, frame, sizeof frame, 0, (struct sockaddr *)&to, sizeof to) < 0) {
        perror("sendto");
        return 1;
    }
    puts("Sent!");
    return 0;
}
