/* Print the first frame that comes to enp0s3, each byte as two digits. */
#include "link.h"

#define INTERFACE "enp0s3"

int main(void)
{
    unsigned char data[ETH_FRAME_LEN];
    int fd = open_socket(INTERFACE, ETH_P_ALL);
    if (fd < 0)
        return 1;
    ssize_t length = read(fd, data, sizeof data);
    if (length < 0) {
        perror(INTERFACE);
        return 1;
    }
    close(fd);
    for (ssize_t i = 0; i < length; i++)
        printf("%02x%c", data[i], i + 1 < length ? ' ' : '\n');
    return 0;
}
