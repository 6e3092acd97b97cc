#include "link.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <unistd.h>

static void print_address(const char *label, const uint8_t *a)
{
    printf("%s=%02x:%02x:%02x:%02x:%02x:%02x ", label, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int main(int argc, char *argv[])
{
    uint8_t buffer[ETH_FRAME_LEN];

    if (argc != 2) {
        fprintf(stderr, "Usage: %s INTERFACE\n", argv[0]);
        return 2;
    }
    int fd = link_open(argv[1], ETH_P_ALL);
    if (fd < 0)
        return 1;
    for (;;) {
        ssize_t length = read(fd, buffer, sizeof buffer);
        if (length < 0) {
            perror("read");
            return 1;
        }
        const struct header *header = (const struct header *)buffer;
        print_address("dst", header->destination);
        print_address("src", header->source);
        printf("type=0x%04x payload=", ntohs(header->type));
        for (ssize_t i = sizeof *header; i < length && i < 30; i++)
            putchar(isprint(buffer[i]) ? buffer[i] : '.');
        putchar('\n');
    }
}
