/* Receive frames until one says stop, then print the sender and the number of each. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LAB_TYPE 0x88b5 /* set aside for experiments (IEEE Std 802, local experimental) */

struct frame {
    uint8_t destination[6];
    uint8_t source[6];
    uint16_t type;
    uint32_t number; /* high byte first */
    uint8_t rest[1496];
} __attribute__((packed));

struct seen {
    uint8_t source[6];
    uint32_t number;
};

/* Open a raw socket for frames of our type, with as much room for waiting ones as we get. */
static int open_socket(const char *interface)
{
    struct sockaddr_ll here = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(LAB_TYPE),
        .sll_ifindex = if_nametoindex(interface),
    };
    int room = 8 << 20; /* bytes; the kernel gives what net.core.rmem_max allows */
    if (here.sll_ifindex == 0) {
        perror(interface);
        return -1;
    }
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (fd < 0) {
        perror("socket");
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        perror("bind");
        return -1;
    }
    return fd;
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "Usage: %s INTERFACE\n", argv[0]);
        return 2;
    }
    int fd = open_socket(argv[1]);
    if (fd < 0)
        return 1;
    struct frame frame;
    struct seen *seen = NULL;
    size_t count = 0, room = 0;
    for (;;) {
        ssize_t length = read(fd, &frame, sizeof frame);
        if (length < (ssize_t)offsetof(struct frame, rest))
            continue;
        if (memcmp(&frame.number, "stop", 4) == 0)
            break;
        if (count == room) {
            room = room ? 2 * room : 1024;
            seen = realloc(seen, room * sizeof *seen);
            if (seen == NULL)
                return 1;
        }
        memcpy(seen[count].source, frame.source, 6);
        seen[count++].number = ntohl(frame.number);
    }
    close(fd);
    for (size_t i = 0; i < count; i++) {
        uint8_t *s = seen[i].source;
        printf("%02x:%02x:%02x:%02x:%02x:%02x %u\n", s[0], s[1], s[2], s[3], s[4], s[5], seen[i].number);
    }
    printf("total %zu\n", count);
    free(seen);
    return 0;
}
