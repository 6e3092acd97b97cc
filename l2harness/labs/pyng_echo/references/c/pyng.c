/* Send requests, one after the other, and print how long the answer to each takes. */
#include "link.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD_BYTES 12 /* eight that nobody else has, and the number of the request */

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

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

static int answers(const struct frame *seen, ssize_t length, const struct frame *request)
{
    return length >= HEADER_BYTES + PAYLOAD_BYTES && seen->type == request->type
        && memcmp(seen->destination, request->source, 6) == 0
        && memcmp(seen->source, request->destination, 6) == 0
        && memcmp(seen->payload, request->payload, PAYLOAD_BYTES) == 0;
}

/* Send a request; return how long its answer takes, -1 if it does not come in time. */
static double round_trip_ms(int fd, const struct frame *request, double timeout_ms)
{
    double start = now_ms(), left;
    if (write(fd, request, HEADER_BYTES + PAYLOAD_BYTES) < 0)
        perror("write");
    while ((left = start + timeout_ms - now_ms()) > 0) {
        struct pollfd it = {.fd = fd, .events = POLLIN};
        if (poll(&it, 1, (int)left + 1) <= 0)
            continue;
        struct frame seen;
        ssize_t length = read(fd, &seen, sizeof seen);
        double took = now_ms() - start;
        if (answers(&seen, length, request))
            return took;
    }
    return -1;
}

int main(int argc, char *argv[])
{
    struct frame request = {.type = htons(LAB_TYPE)};
    if (argc != 5) {
        fprintf(stderr, "Usage: %s TARGET_MAC INTERFACE COUNT TIMEOUT_MS\n", argv[0]);
        return 2;
    }
    if (parse(argv[1], request.destination) < 0) {
        fprintf(stderr, "pyng: not a MAC address: %s\n", argv[1]);
        return 2;
    }
    int fd = link_open(argv[2]);
    if (fd < 0 || link_address(fd, request.source) < 0)
        return 2;
    if (getrandom(request.payload, 8, 0) != 8)
        return 2;
    int missing = 0;
    for (int number = 1; number <= atoi(argv[3]); number++) {
        uint32_t sent = htonl(number);
        memcpy(request.payload + 8, &sent, sizeof sent);
        double took = round_trip_ms(fd, &request, atof(argv[4]));
        if (took < 0) {
            missing++;
            printf("%d timeout\n", number);
        } else {
            printf("%d %.3f ms\n", number, took);
        }
        fflush(stdout);
    }
    close(fd);
    return missing ? 1 : 0;
}
