/* Send one frame that says Hi. */
#include "link.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Read an address of six groups, with ':' or '-' between them; -1 if the text is none. */
static int parse(const char *text, uint8_t address[6])
{
    char separator = strlen(text) == 17 ? text[2] : 0;
    if (separator != ':' && separator != '-')
        return -1;
    for (int i = 0; i < 6; i++, text += 3) {
        if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
            return -1;
        if (i < 5 && text[2] != separator)
            return -1;
        sscanf(text, "%2hhx", &address[i]);
    }
    return 0;
}

int main(int argc, char *argv[])
{
    struct {
        struct header header;
        char payload[sizeof "Hi" - 1];
    } __attribute__((packed)) frame = {
        .header.type = htons(LAB_TYPE),
        .payload = "Hi",
    };
    if (argc != 3) {
        fprintf(stderr, "Usage: %s TARGET_MAC INTERFACE\n", argv[0]);
        return 2;
    }
    if (parse(argv[1], frame.header.destination) < 0) {
        fprintf(stderr, "pyng: not a MAC address: %s\n", argv[1]);
        return 2;
    }
    int fd = link_open(argv[2], 0);
    if (fd < 0 || link_address(fd, frame.header.source) < 0)
        return 1;
    if (write(fd, &frame, sizeof frame) != sizeof frame) {
        perror(argv[2]);
        return 1;
    }
    close(fd);
    puts("Sent!");
    return 0;
}
