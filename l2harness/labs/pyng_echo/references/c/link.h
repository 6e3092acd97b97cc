/* What both programs need: frames, a raw socket on one interface, and its address. */
#ifndef LINK_H
#define LINK_H

#include <stdint.h>

#define LAB_TYPE 0x88b5 /* set aside for experiments (IEEE Std 802, local experimental) */
#define LONGEST 1500    /* bytes of payload */

struct frame {
    uint8_t destination[6];
    uint8_t source[6];
    uint16_t type; /* high byte first */
    uint8_t payload[LONGEST];
} __attribute__((packed));

#define HEADER_BYTES 14

/* Open a raw socket that sends on an interface, and hears frames of our type there; or say what
   is wrong, and return -1. */
int link_open(const char *interface);

/* Ask for the address of the interface that a socket is bound to; -1 if it has none. */
int link_address(int fd, uint8_t address[6]);

#endif
