/* Send one frame that says Hi, from enp0s10 to enp0s3. */
#include "link.h"

#define INTERFACE "enp0s10"

static const unsigned char frame[] = {
    0x08, 0x00, 0x27, 0xdd, 0xd7, 0x43, /* destination: enp0s3 */
    0x08, 0x00, 0x27, 0x8e, 0x75, 0x44, /* source: enp0s10 */
    0x88, 0xb5,                         /* EtherType, the higher byte first */
    'H', 'i',
};

int main(void)
{
    int fd = open_socket(INTERFACE, 0);
    if (fd < 0)
        return 1;
    if (write(fd, frame, sizeof frame) != sizeof frame) {
        perror(INTERFACE);
        return 1;
    }
    close(fd);
    puts("Sent!");
    return 0;
}
