/* Print the source address of every frame on an interface, until stopped. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "Usage: %s INTERFACE\n", argv[0]);
        return 2;
    }
    struct sockaddr_ll here = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = if_nametoindex(argv[1]),
    };
    int fd = here.sll_ifindex ? socket(AF_PACKET, SOCK_RAW, 0) : -1;
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        perror(argv[1]);
        return 1;
    }
    unsigned char frame[ETH_FRAME_LEN];
    while (read(fd, frame, sizeof frame) >= ETH_HLEN) {
        const unsigned char *source = frame + ETH_ALEN;
        for (int i = 0; i < ETH_ALEN; i++)
            printf("%02x%c", source[i], i < ETH_ALEN - 1 ? ':' : '\n');
    }
    perror(argv[1]);
    return 1;
}
