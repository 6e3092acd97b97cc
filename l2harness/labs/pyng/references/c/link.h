/* What both programs need: a raw socket on one interface, and its address. */
#ifndef LINK_H
#define LINK_H

#include <stdint.h>

#define LAB_TYPE 0x88b5

struct header {
    uint8_t destination[6];
    uint8_t source[6];
    uint16_t type;
} __attribute__((packed));

/* Open a raw socket on an interface; what cannot be done is said on stderr, and -1 comes back. */
int link_open(const char *interface, int protocol);

/* The address of the interface that the socket is bound to. */
int link_address(int fd, uint8_t address[6]);

#endif
