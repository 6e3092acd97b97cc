/* Forward frames between interfaces, and learn who is where (IEEE 802.1D-2004, clause 7). */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <math.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORTS = 64, BUCKETS = 1 << 12, NOWHERE = -1, TAG = 4 };

struct entry {
    struct entry *next;
    uint8_t address[ETH_ALEN];
    int port;
    double heard;
};

static struct entry *table[BUCKETS];
static double ageing = 300;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

/* The entry of an address; a new one, of nowhere, if there is none and one is wanted. */
static struct entry *entry(const uint8_t *address, bool wanted)
{
    struct entry **bucket = &table[(address[4] << 8 | address[5]) % BUCKETS];
    for (struct entry *it = *bucket; it; it = it->next)
        if (!memcmp(it->address, address, ETH_ALEN))
            return it;
    struct entry *it = wanted ? malloc(sizeof *it) : NULL;
    if (it) {
        *it = (struct entry){.next = *bucket, .port = NOWHERE};
        memcpy(it->address, address, ETH_ALEN);
        *bucket = it;
    }
    return it;
}

static void learn(const uint8_t *address, int port)
{
    struct entry *it = address[0] & 1 ? NULL : entry(address, true);
    if (it) {
        it->port = port;
        it->heard = now();
    }
}

static int port_of(const uint8_t *address)
{
    const struct entry *it = entry(address, false);
    return it && now() - it->heard <= ageing ? it->port : NOWHERE;
}

static int open_port(const char *interface)
{
    int yes = 1;
    struct sockaddr_ll here = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    here.sll_ifindex = if_nametoindex(interface);
    struct packet_mreq all = {.mr_ifindex = here.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
    int fd = here.sll_ifindex ? socket(AF_PACKET, SOCK_RAW, 0) : -1;
    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof yes) < 0 ||
        bind(fd, (struct sockaddr *)&here, sizeof here) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0)
        return -1;
    return fd;
}

/* Read a frame as it was on the wire; 0 for one that leaves by this interface. */
static ssize_t receive(int fd, uint8_t *frame, size_t room)
{
    struct sockaddr_ll from;
    char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    struct iovec part = {frame, room - TAG};
    struct msghdr message = {
        .msg_name = &from,
        .msg_namelen = sizeof from,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t size = recvmsg(fd, &message, 0);
    if (size < ETH_HLEN || from.sll_pkttype == PACKET_OUTGOING)
        return 0;
    struct cmsghdr *it = CMSG_FIRSTHDR(&message);
    if (it && it->cmsg_level == SOL_PACKET && it->cmsg_type == PACKET_AUXDATA) {
        struct tpacket_auxdata about;
        memcpy(&about, CMSG_DATA(it), sizeof about);
        if (about.tp_status & TP_STATUS_VLAN_VALID) { /* the kernel has taken the tag out */
            uint16_t tag[] = {htons(about.tp_vlan_tpid ? about.tp_vlan_tpid : ETH_P_8021Q),
                              htons(about.tp_vlan_tci)};
            memmove(frame + 2 * ETH_ALEN + TAG, frame + 2 * ETH_ALEN, size - 2 * ETH_ALEN);
            memcpy(frame + 2 * ETH_ALEN, tag, TAG);
            size += TAG;
        }
    }
    return size;
}

int main(int argc, char *argv[])
{
    static const uint8_t reserved[] = {0x01, 0x80, 0xc2, 0x00, 0x00};
    struct pollfd ports[PORTS];
    int count = 0, first = 1;

    if (argc > 2 && !strcmp(argv[1], "--ageing")) {
        char *end;
        ageing = strtod(argv[2], &end);
        first = end > argv[2] && !*end && isfinite(ageing) && ageing >= 0 ? 3 : argc;
    }
    if (first >= argc || argc - first > PORTS) {
        fprintf(stderr, "Usage: %s [--ageing SECONDS] INTERFACE...\n", argv[0]);
        return 2;
    }
    for (; first < argc; first++) {
        ports[count] = (struct pollfd){.fd = open_port(argv[first]), .events = POLLIN};
        if (ports[count++].fd < 0) {
            perror(argv[first]);
            return 1;
        }
    }
    for (;;) {
        if (poll(ports, count, -1) < 0 && errno != EINTR) {
            perror("poll");
            return 1;
        }
        for (int in = 0; in < count; in++) {
            uint8_t frame[ETH_FRAME_LEN + 2 * TAG];
            ssize_t size = ports[in].revents ? receive(ports[in].fd, frame, sizeof frame) : 0;
            if (!size)
                continue;
            learn(frame + ETH_ALEN, in);
            if (!memcmp(frame, reserved, sizeof reserved) && frame[5] < 16)
                continue; /* for the neighbour alone */
            int known = port_of(frame);
            for (int out = 0; out < count; out++)
                if (out != in && (known == NOWHERE || known == out) &&
                    write(ports[out].fd, frame, size) < 0)
                    perror("write");
        }
    }
}
