/* Many frames with one call, when epoll says that there are some. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MANY = 64, LONGEST = 1514, MOST = 100000 };
static unsigned char buffers[MANY][LONGEST];
static struct { unsigned char from[6]; unsigned number; } seen[MOST];

int main(int argc, char **argv)
{
    struct sockaddr_ll here = {.sll_family = AF_PACKET, .sll_protocol = htons(0x88b5)};
    int size = 500000, count = 0, s = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0), e = epoll_create1(0);
    if (argc != 2 || !(here.sll_ifindex = if_nametoindex(argv[1])))
        return fprintf(stderr, "massive: no such interface\n"), 3;
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(s, (void *)&here, sizeof here))
        return perror("bind"), 3;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    epoll_ctl(e, EPOLL_CTL_ADD, s, &event);
    struct iovec parts[MANY];
    struct mmsghdr messages[MANY];
    for (;;) {
        if (epoll_wait(e, &event, 1, -1) < 0 && errno != EINTR)
            return perror("epoll_wait"), 1;
        for (;;) {
            memset(messages, 0, sizeof messages);
            for (int i = 0; i < MANY; i++) {
                parts[i] = (struct iovec){buffers[i], LONGEST};
                messages[i].msg_hdr.msg_iov = &parts[i], messages[i].msg_hdr.msg_iovlen = 1;
            }
            int got = recvmmsg(s, messages, MANY, 0, NULL);
            if (got <= 0)
                break;
            for (int i = 0; i < got; i++) {
                unsigned number;
                if (!memcmp(buffers[i] + 14, "stop", 4))
                    goto done;
                memcpy(&number, buffers[i] + 14, 4);
                memcpy(seen[count].from, buffers[i] + 6, 6);
                seen[count++].number = ntohl(number);
            }
        }
    }
done:
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < 6; k++)
            printf("%02x%c", seen[i].from[k], k < 5 ? ':' : ',');
        printf("%u\n", seen[i].number);
    }
    return printf("total=%d\n", count), 0;
}
