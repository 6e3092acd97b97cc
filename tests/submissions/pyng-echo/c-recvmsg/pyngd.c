#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* SOCK_DGRAM: the kernel writes the header. */
int main(int argc, char **argv)
{
    struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_protocol = htons(0x88b5)};
    unsigned char buffer[4096];
    int s = socket(AF_PACKET, SOCK_DGRAM, 0), e = epoll_create1(0);
    if (argc < 2 || !(a.sll_ifindex = if_nametoindex(argv[1])) || bind(s, (void *)&a, sizeof a))
        return perror("pyngd"), 1;
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(e, EPOLL_CTL_ADD, s, &event);
    for (;;) {
        if (epoll_wait(e, &event, 1, -1) < 1)
            continue;
        socklen_t size = sizeof a;
        ssize_t n = recvfrom(s, buffer, sizeof buffer, 0, (void *)&a, &size);
        if (a.sll_pkttype == PACKET_HOST)
            sendto(s, buffer, n, 0, (void *)&a, size);
    }
}
