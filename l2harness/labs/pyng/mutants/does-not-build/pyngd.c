/* Print a line for every frame that arrives, until stopped. */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ethernet.h"

static void print_mac(const char *name, const unsigned char *mac)
{
    printf("%s: %02x:%02x:%02x:%02x:%02x:%02x, ", name, mac[0], mac[1], mac[2], mac[3], mac[4],
           mac[5]);
}

int main(int argc, char **argv)
{
    unsigned char frame[2048];
    struct sockaddr_ll here = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};

    if (argc != 2) {
        fprintf(stderr, "usage: %s INTERFACE\n", argv[0]);
        return 2;
    }
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    here.sll_ifindex = if_nametoindex(argv[1]);
    if (here.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        perror(argv[1]);
        return 1;
    }
    for (;;) {
        ssize_t length = recv(fd, frame, sizeof frame, 0);
        if (length < 0) {
            perror("recv");
            return 1;
        }
        print_mac("dst", frame);
        print_mac("src", frame + 6);
        printf("type: 0x%02x%02x, payload: %.4s\n", frame[12], frame[13], frame + 14);
    }
}
