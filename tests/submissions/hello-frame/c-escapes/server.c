#include <ctype.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    unsigned char data[ETH_FRAME_LEN];
    struct sockaddr_ll here = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(0x88b5), /* only what the client sends */
        .sll_ifindex = if_nametoindex("enp0s3"),
    };
    int fd = socket(AF_PACKET, SOCK_RAW, 0);

    if (fd < 0 || bind(fd, (void *)&here, sizeof here) < 0) {
        perror("server");
        return 1;
    }
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    while (poll(&waiting, 1, 250) == 0)
        ;
    ssize_t length = recv(fd, data, sizeof data, 0);
    printf("received %zd bytes\n\"", length);
    for (ssize_t i = 0; i < length; i++)
        printf(isalnum(data[i]) ? "%c" : "\\x%02x", data[i]);
    printf("\"\n");
    return 0; /* which closes the socket */
}
