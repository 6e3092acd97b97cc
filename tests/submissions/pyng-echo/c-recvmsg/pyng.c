/* The kernel's own time stamp says when an answer came. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timespec t) { return t.tv_sec + t.tv_nsec / 1e9; }
static double now(void) { struct timespec t; clock_gettime(CLOCK_REALTIME, &t); return seconds(t); }

int main(int argc, char **argv)
{
    unsigned char f[64] = {0}, g[2048];
    unsigned m[6];
    char rest;
    struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_protocol = htons(0x88b5)};
    socklen_t size = sizeof a;
    int s = socket(AF_PACKET, SOCK_RAW, 0), one = 1, lost = 0;
    if (argc != 5 || sscanf(argv[1], "%2x:%2x:%2x:%2x:%2x:%2x%c", m, m+1, m+2, m+3, m+4, m+5, &rest) != 6)
        return fprintf(stderr, "pyng MAC INTERFACE COUNT TIMEOUT\n"), 64;
    a.sll_ifindex = if_nametoindex(argv[2]);
    if (!a.sll_ifindex || bind(s, (void *)&a, sizeof a) || getsockname(s, (void *)&a, &size))
        return perror(argv[2]), 65;
    setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    for (int i = 0; i < 6; i++)
        f[i] = m[i], f[6 + i] = a.sll_addr[i];
    f[12] = 0x88, f[13] = 0xb5;
    for (int k = 1; k <= atoi(argv[3]); k++) {
        double begin = now(), took = -1;
        snprintf((char *)f + 14, 40, "%d %d %.9f", k, getpid(), begin);
        send(s, f, sizeof f, 0);
        for (double left; took < 0 && (left = begin + atof(argv[4]) / 1e3 - now()) > 0;) {
            struct timeval limit = {left, (left - (int)left) * 1e6 + 1};
            char space[256];
            struct iovec v = {g, sizeof g};
            struct msghdr h = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
            setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
            ssize_t n = recvmsg(s, &h, 0);
            if (n < (ssize_t)sizeof f || memcmp(g, f + 6, 6) || memcmp(g + 6, f, 6) || memcmp(g + 12, f + 12, 52))
                continue;
            struct cmsghdr *c = CMSG_FIRSTHDR(&h);
            took = seconds(*(struct timespec *)CMSG_DATA(c)) - begin;
        }
        if (took < 0)
            lost++, printf("%d\ttimeout\n", k);
        else
            printf("%d\t%.0f us\n", k, took * 1e6);
    }
    return !!lost;
}
