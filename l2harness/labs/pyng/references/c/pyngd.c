/* Print a line for every frame that arrives, until stopped. */
#include "link.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <unistd.h>

static void print_address(const char *label, const uint8_t *a)
{
    printf("%s: %02x:%02x:%02x:%02x:%02x:%02x, ", label, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int main(int argc, char *argv[])
{
    union {
        struct header header;
        uint8_t bytes[ETH_FRAME_LEN];
    } frame;

    if (argc != 2) {
        fprintf(stderr, "Usage: %s INTERFACE\n", argv[0]);
        return 2;
    }
    int fd = link_open(argv[1], ETH_P_ALL);
    if (fd < 0)
        return 1;
    ssize_t length;
    while ((length = read(fd, &frame, sizeof frame)) >= (ssize_t)sizeof frame.header) {
        print_address("dst", frame.header.destination);
        print_address("src", frame.header.source);
        printf("type: 0x%04x, payload: ", ntohs(frame.header.type));
        for (ssize_t i = sizeof frame.header; i < length && i < (ssize_t)sizeof frame.header + 4; i++)
            printf(isalnum(frame.bytes[i]) ? "%c" : "\\x%02x", frame.bytes[i]);
        puts("...");
    }
    perror(argv[1]);
    return 1;
}
