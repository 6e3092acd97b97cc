/* select(), a fixed table, and a sweep through it every second, or more often. */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct { unsigned char mac[6]; int used, port; double until; } table[1000];
static volatile sig_atomic_t over;

static void stop(int number) { (void)number; over = 1; }
static double clock_s(void) { struct timespec t; clock_gettime(CLOCK_BOOTTIME, &t); return t.tv_sec + t.tv_nsec * 1e-9; }

static int find(const unsigned char *mac)
{
    for (int i = 0; i < 1000; i++)
        if (table[i].used && !memcmp(table[i].mac, mac, 6))
            return i;
    return -1;
}

static void learn(const unsigned char *mac, int port, double ageing)
{
    int i = find(mac);
    for (int free = 0; i < 0 && free < 1000; free++)
        if (!table[free].used)
            i = free;
    if (i < 0)
        return;
    memcpy(table[i].mac, mac, 6);
    table[i].used = 1;
    table[i].port = port;
    table[i].until = clock_s() + ageing;
}

int main(int argc, char **argv)
{
    double ageing = 300, swept = 0;
    int fds[16], n = 0, max = 0, on = 1;

    if (argc > 1 && !strcmp(argv[1], "--ageing")) {
        char *rest = "";
        ageing = argc > 2 ? strtod(argv[2], &rest) : 0;
        if (*rest || ageing <= 0)
            errx(64, "--ageing needs a number of seconds");
        argv += 2, argc -= 2;
    }
    if (argc < 2 || argc > 17)
        errx(64, "which interfaces?");
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    for (n = 0; argv[n + 1]; n++) {
        struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = if_nametoindex(argv[n + 1])};
        struct packet_mreq mode = {.mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
        fds[n] = socket(AF_PACKET, SOCK_RAW, 0);
        if (!at.sll_ifindex || bind(fds[n], (void *)&at, sizeof at) < 0)
            err(1, "%s", argv[n + 1]);
        setsockopt(fds[n], SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mode, sizeof mode);
        setsockopt(fds[n], SOL_PACKET, PACKET_AUXDATA, &on, sizeof on);
        max = fds[n] > max ? fds[n] : max;
    }
    while (!over) {
        struct timeval tick = {.tv_usec = 250000};
        fd_set set;
        FD_ZERO(&set);
        for (int i = 0; i < n; i++)
            FD_SET(fds[i], &set);
        int ready = select(max + 1, &set, NULL, NULL, &tick);
        if (clock_s() - swept > 0.25) {
            swept = clock_s();
            for (int i = 0; i < 1000; i++)
                table[i].used &= table[i].until > swept;
        }
        for (int i = 0; ready > 0 && i < n; i++) {
            if (!FD_ISSET(fds[i], &set))
                continue;
            unsigned char raw[2000], *frame = raw + 4;
            char space[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
            struct sockaddr_ll from;
            struct iovec into = {frame, sizeof raw - 4};
            struct msghdr m = {&from, sizeof from, &into, 1, space, sizeof space, 0};
            ssize_t size = recvmsg(fds[i], &m, MSG_DONTWAIT);
            if (size < 14 || from.sll_pkttype == PACKET_OUTGOING)
                continue;
            for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
                struct tpacket_auxdata *aux = (void *)CMSG_DATA(c);
                if (c->cmsg_type == PACKET_AUXDATA && aux->tp_status & TP_STATUS_VLAN_VALID) {
                    memmove(raw, frame, 12);
                    unsigned short tag[2] = {htons(aux->tp_vlan_tpid), htons(aux->tp_vlan_tci)};
                    memcpy(raw + 12, tag, 4);
                    frame = raw, size += 4;
                }
            }
            if (!(frame[6] & 1))
                learn(frame + 6, i, ageing);
            if (!memcmp(frame, "\x01\x80\xc2\x00\x00", 5) && frame[5] < 0x10)
                continue;
            int known = find(frame);
            for (int j = 0; j < n; j++)
                if (j != i && (known < 0 || table[known].port == j))
                    send(fds[j], frame, size, 0);
        }
    }
    return 0;
}
