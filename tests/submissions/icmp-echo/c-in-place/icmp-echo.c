/* Turns the request round where it lies, and mends the checksums (RFC 1624) instead of making
 * them anew; a header with options is made shorter first. */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static unsigned get(const unsigned char *at) { return at[0] << 8 | at[1]; }
static void put(unsigned char *at, unsigned value) { at[0] = value >> 8, at[1] = value; }

static unsigned sum(const unsigned char *at, unsigned length)
{
    unsigned total = 0;
    for (; length > 1; at += 2, length -= 2)
        total += get(at);
    if (length)
        total += *at << 8;
    total = (total >> 16) + (total & 0xffff);
    return (total + (total >> 16)) & 0xffff;
}

int main(int argc, char **argv)
{
    struct sockaddr_ll me = {.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IP)};
    unsigned char frame[2048], own[4], *ip = frame + 14;
    socklen_t size = sizeof me;

    if (argc != 3 || inet_pton(AF_INET, argv[2], own) != 1 ||
        !(me.sll_ifindex = if_nametoindex(argv[1]))) {
        fputs("icmp-echo: bad arguments\n", stderr);
        return 1;
    }
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (bind(fd, (void *)&me, sizeof me) || getsockname(fd, (void *)&me, &size)) {
        perror("icmp-echo");
        return 1;
    }
    for (;;) {
        int got = recv(fd, frame, sizeof frame, 0) - 14;
        int header = (ip[0] & 15) * 4, total = get(ip + 2);
        if (got < 28 || ip[0] >> 4 != 4 || header < 20 || total > got || total < header + 8)
            continue;
        unsigned char *icmp = ip + header;
        if (ip[9] != 1 || memcmp(ip + 16, own, 4) || get(ip + 6) & 0x3fff || icmp[0] != 8 || icmp[1])
            continue;
        if (sum(ip, header) != 0xffff || sum(icmp, total - header) != 0xffff)
            continue;
        icmp[0] = 0;
        unsigned mended = get(icmp + 2) + 0x0800;
        put(icmp + 2, mended > 0xffff ? mended - 0xffff : mended);
        memmove(ip + 20, icmp, total - header);
        total -= header - 20;
        ip[0] = 0x45;
        ip[8] = 64;
        put(ip + 2, total);
        memcpy(ip + 16, ip + 12, 4);
        memcpy(ip + 12, own, 4);
        put(ip + 10, 0);
        put(ip + 10, ~sum(ip, 20));
        memcpy(frame, frame + 6, 6);
        memcpy(frame + 6, me.sll_addr, 6);
        send(fd, frame, 14 + total, 0);
    }
}
