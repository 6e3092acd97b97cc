#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void mac(char *text, const unsigned char *a)
{
    sprintf(text, "%02X:%02X:%02X:%02X:%02X:%02X", a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int client(int fd, const char *target, const char *interface)
{
    struct ether_header header = {.ether_type = htons(0x88b5)};
    char frame[sizeof header + 2];
    struct ifreq request;
    unsigned char *d = header.ether_dhost;
    int end = 0;

    const char *format = strchr(target, '-') ? "%2hhx-%2hhx-%2hhx-%2hhx-%2hhx-%2hhx%n"
                                             : "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n";
    if (sscanf(target, format, d, d + 1, d + 2, d + 3, d + 4, d + 5, &end) != 6 || target[end]) {
        fprintf(stderr, "'%s' is not a MAC address\n", target);
        return EXIT_FAILURE;
    }
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
        die(interface);
    memcpy(header.ether_shost, request.ifr_hwaddr.sa_data, ETH_ALEN);
    memcpy(frame, &header, sizeof header);
    memcpy(frame + sizeof header, "Hi", 2);
    if (send(fd, frame, sizeof frame, 0) < 0)
        die("send");
    puts("Sent!");
    return EXIT_SUCCESS;
}

static int server(int fd, int index)
{
    struct packet_mreq all = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};
    struct sigaction action = {.sa_handler = stop};
    unsigned char frame[ETH_FRAME_LEN];
    char dst[18], src[18];

    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0)
        die("promiscuous mode");
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    while (!stopped) {
        ssize_t length = recv(fd, frame, sizeof frame, 0);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            die("recv");
        mac(dst, frame);
        mac(src, frame + 6);
        printf("dst: %s src: %s type: %04x payload: ", dst, src, frame[12] << 8 | frame[13]);
        for (int i = 14; i < length && frame[i] != 0; i++)
            putchar(frame[i] >= 32 && frame[i] < 127 ? frame[i] : '?');
        putchar('\n');
    }
    puts("Stopped.");
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    int serving = strcmp(name, "pyngd") == 0;

    if (argc != (serving ? 2 : 3)) {
        fprintf(stderr, "usage: %s%s INTERFACE\n", name, serving ? "" : " TARGET_MAC");
        return EXIT_FAILURE;
    }
    struct sockaddr_ll here = {.sll_family = AF_PACKET};
    here.sll_protocol = htons(serving ? ETH_P_ALL : 0);
    here.sll_ifindex = if_nametoindex(argv[argc - 1]);
    if (here.sll_ifindex == 0)
        die(argv[argc - 1]);
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    if (fd < 0)
        die("socket");
    if (bind(fd, (struct sockaddr *)&here, sizeof here) < 0)
        die("bind");
    return serving ? server(fd, here.sll_ifindex) : client(fd, argv[1], argv[2]);
}
