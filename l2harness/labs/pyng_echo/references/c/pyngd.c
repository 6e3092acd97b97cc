/* Send the payload of every request back to where it came from, until stopped. */
#include "link.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    uint8_t own[6];
    struct frame frame;

    if (argc != 2) {
        fprintf(stderr, "Usage: %s INTERFACE\n", argv[0]);
        return 2;
    }
    int fd = link_open(argv[1]);
    if (fd < 0 || link_address(fd, own) < 0)
        return 1;
    ssize_t length;
    while ((length = read(fd, &frame, sizeof frame)) >= HEADER_BYTES) {
        if (frame.type != htons(LAB_TYPE) || memcmp(frame.destination, own, 6) != 0)
            continue;
        memcpy(frame.destination, frame.source, 6);
        memcpy(frame.source, own, 6);
        if (write(fd, &frame, length) != length)
            perror(argv[1]);
    }
    perror(argv[1]);
    return 1;
}
