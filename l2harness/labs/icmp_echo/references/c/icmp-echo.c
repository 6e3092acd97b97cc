/* Answer ICMP echo requests to one IPv4 address on one interface (RFC 791, 792, 1071). */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The checksum as it stands in a packet; 0 over bytes that hold their own. */
static uint16_t checksum(const uint8_t *data, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? data[i] : data[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons(~sum);
}

/* Length of the message in an echo request to us, behind a header of *header bytes; 0 for none. */
static size_t asked(const uint8_t *packet, size_t size, const struct in_addr *own, size_t *header)
{
    struct iphdr ip;
    if (size < sizeof ip)
        return 0;
    memcpy(&ip, packet, sizeof ip);
    size_t total = ntohs(ip.tot_len);
    *header = 4 * ip.ihl;
    if (ip.version != 4 || *header < sizeof ip || total < *header + sizeof(struct icmphdr) ||
        total > size || ip.protocol != IPPROTO_ICMP || ip.daddr != own->s_addr ||
        ntohs(ip.frag_off) & (IP_MF | IP_OFFMASK) || checksum(packet, *header))
        return 0;
    const uint8_t *message = packet + *header;
    size_t length = total - *header; /* what follows is padding */
    return message[0] == ICMP_ECHO && message[1] == 0 && !checksum(message, length) ? length : 0;
}

int main(int argc, char *argv[])
{
    struct in_addr own;
    struct sockaddr_ll here = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
    socklen_t length = sizeof here;

    if (argc != 3 || inet_pton(AF_INET, argv[2], &own) != 1) {
        fprintf(stderr, "Usage: %s INTERFACE IP\n", argv[0]);
        return 2;
    }
    here.sll_ifindex = if_nametoindex(argv[1]);
    int fd = here.sll_ifindex ? socket(AF_PACKET, SOCK_RAW, 0) : -1;
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0 ||
        getsockname(fd, (struct sockaddr *)&here, &length) < 0) {
        perror(argv[1]);
        return 1;
    }
    for (;;) {
        uint8_t frame[ETH_FRAME_LEN], reply[ETH_FRAME_LEN];
        size_t header = 0;
        ssize_t size = read(fd, frame, sizeof frame);
        if (size < ETH_HLEN) {
            perror(argv[1]);
            return 1;
        }
        size_t message = asked(frame + ETH_HLEN, size - ETH_HLEN, &own, &header);
        if (!message)
            continue;
        struct iphdr ip = {
            .version = 4,
            .ihl = 5,
            .tot_len = htons(sizeof ip + message),
            .ttl = IPDEFTTL,
            .protocol = IPPROTO_ICMP,
            .saddr = own.s_addr,
        };
        memcpy(&ip.daddr, frame + ETH_HLEN + offsetof(struct iphdr, saddr), sizeof ip.daddr);
        ip.check = checksum((uint8_t *)&ip, sizeof ip);
        uint8_t *echo = reply + ETH_HLEN + sizeof ip;
        memcpy(reply, frame + ETH_ALEN, ETH_ALEN);
        memcpy(reply + ETH_ALEN, here.sll_addr, ETH_ALEN);
        memcpy(reply + 2 * ETH_ALEN, &here.sll_protocol, sizeof here.sll_protocol);
        memcpy(reply + ETH_HLEN, &ip, sizeof ip);
        memcpy(echo, frame + ETH_HLEN + header, message);
        echo[0] = ICMP_ECHOREPLY;
        echo[2] = echo[3] = 0;
        uint16_t sum = checksum(echo, message);
        memcpy(echo + 2, &sum, sizeof sum);
        if (write(fd, reply, ETH_HLEN + sizeof ip + message) < 0)
            perror(argv[1]);
    }
}
