#include <linux/if_ether.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    struct {
        struct ethhdr header;
        char payload[2];
    } __attribute__((packed)) frame = {
        .header = {
            .h_dest = {0x08, 0x00, 0x27, 0xdd, 0xd7, 0x43},
            .h_source = {0x08, 0x00, 0x27, 0x8e, 0x75, 0x44},
            .h_proto = htons(0x88b5),
        },
        .payload = {'H', 'i'},
    };
    /* Not bound: the address says where it goes. */
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex("enp0s10")};
    int fd = socket(AF_PACKET, SOCK_RAW, 0);

    if (fd < 0 || sendto(fd, &frame, sizeof frame, 0, (void *)&to, sizeof to) < 0) {
        perror("client");
        return 1;
    }
    return close(fd);
}
