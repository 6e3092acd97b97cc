/* What the kernel itself takes: the least that any program must do to get the same thing.
 *
 *   floor up HOSTS       make a network of that many hosts; prints how long it took, in ms
 *   floor send FRAMES    put that many 60-byte frames on a link; prints frames per second
 *
 * A host is an anonymous network namespace with one end of a veth pair in it. Two hosts share one
 * pair; more of them hang on one bridge. All interfaces are up when the clock stops. Nothing is
 * checked beyond the kernel's answers: no probe, no silence, no limits. One answer is read before
 * the next request is made.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_HOSTS = 1023, BATCH = 256, FRAME_BYTES = 60, FIRST_INDEX = 2 };

struct request {
    struct nlmsghdr header;
    struct ifinfomsg link;
    char attributes[512];
};

static void fail(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static int open_netlink(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        fail("netlink socket");
    return fd;
}

static int new_namespace(void)
{
    if (unshare(CLONE_NEWNET) < 0)
        fail("unshare");
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail("/proc/self/ns/net");
    return fd;
}

static void *end_of(struct request *request)
{
    return (char *)request + NLMSG_ALIGN(request->header.nlmsg_len);
}

static struct rtattr *put(struct request *request, int type, const void *data, int length)
{
    struct rtattr *attribute = end_of(request);
    attribute->rta_type = type;
    attribute->rta_len = RTA_LENGTH(length);
    if (length)
        memcpy(RTA_DATA(attribute), data, length);
    request->header.nlmsg_len =
        NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
    return attribute;
}

static void close_nest(struct request *request, struct rtattr *nest)
{
    nest->rta_len = (char *)end_of(request) - (char *)nest;
}

static void begin(struct request *request, int flags, int index)
{
    memset(request, 0, sizeof *request);
    request->header.nlmsg_len = NLMSG_LENGTH(sizeof request->link);
    request->header.nlmsg_type = RTM_NEWLINK;
    request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    request->link.ifi_index = index;
    request->link.ifi_flags = request->link.ifi_change = IFF_UP;
}

static void ask(int netlink, struct request *request)
{
    char answer[4096];
    if (send(netlink, request, request->header.nlmsg_len, 0) < 0)
        fail("netlink request");
    if (recv(netlink, answer, sizeof answer, 0) < 0)
        fail("netlink answer");
    struct nlmsgerr *said = NLMSG_DATA((struct nlmsghdr *)answer);
    if (said->error) {
        errno = -said->error;
        fail("netlink");
    }
}

static void make_bridge(int netlink)
{
    struct request request;
    begin(&request, NLM_F_CREATE | NLM_F_EXCL, 0);
    put(&request, IFLA_IFNAME, "hub", 4);
    struct rtattr *information = put(&request, IFLA_LINKINFO, NULL, 0);
    put(&request, IFLA_INFO_KIND, "bridge", 6);
    close_nest(&request, information);
    ask(netlink, &request);
}

/* A veth pair, its near end up: in namespace `near`, or on bridge `bridge`. */
static void make_pair(int netlink, int number, int near, int far, int bridge)
{
    struct request request;
    char name[IFNAMSIZ] = "eth0";
    begin(&request, NLM_F_CREATE | NLM_F_EXCL, 0);
    if (bridge) {
        snprintf(name, sizeof name, "p%d", number);
        put(&request, IFLA_MASTER, &bridge, sizeof bridge);
    } else {
        put(&request, IFLA_NET_NS_FD, &near, sizeof near);
    }
    put(&request, IFLA_IFNAME, name, strlen(name) + 1);
    struct rtattr *information = put(&request, IFLA_LINKINFO, NULL, 0);
    put(&request, IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = put(&request, IFLA_INFO_DATA, NULL, 0);
    struct rtattr *peer = put(&request, VETH_INFO_PEER, NULL, 0);
    memset(end_of(&request), 0, sizeof(struct ifinfomsg));
    request.header.nlmsg_len += NLMSG_ALIGN(sizeof(struct ifinfomsg));
    put(&request, IFLA_IFNAME, "eth0", 5);
    put(&request, IFLA_NET_NS_FD, &far, sizeof far);
    close_nest(&request, peer);
    close_nest(&request, data);
    close_nest(&request, information);
    ask(netlink, &request);
}

static int hosts[MOST_HOSTS], controls[MOST_HOSTS];

static void make_network(int count)
{
    struct request request;
    int home = new_namespace(), fabric = open_netlink(), bridge = 0;
    for (int i = 0; i < count; i++) {
        hosts[i] = new_namespace();
        controls[i] = open_netlink();
    }
    if (setns(home, CLONE_NEWNET) < 0)
        fail("setns");
    if (count > 2) {
        make_bridge(fabric);
        bridge = FIRST_INDEX;
    }
    for (int i = count > 2 ? 0 : 1; i < count; i++)
        make_pair(fabric, i, hosts[0], hosts[i], bridge);
    for (int i = 0; i < count; i++) {
        begin(&request, 0, FIRST_INDEX);
        if (bridge || i)
            ask(controls[i], &request);
    }
}

static double frames_per_second(long count)
{
    static unsigned char frame[FRAME_BYTES];
    static struct iovec part = {frame, sizeof frame};
    static struct mmsghdr messages[BATCH];
    make_network(2);
    if (setns(hosts[0], CLONE_NEWNET) < 0)
        fail("setns");
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll place = {.sll_family = AF_PACKET, .sll_ifindex = FIRST_INDEX};
    if (fd < 0 || bind(fd, (void *)&place, sizeof place) < 0)
        fail("packet socket");
    memset(frame, 0xff, 6);
    frame[6] = 2;
    frame[12] = 0x88;
    frame[13] = 0xb5;
    for (int i = 0; i < BATCH; i++)
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
    double begun = now_ms();
    for (long sent = 0; sent < count;) {
        int now = sendmmsg(fd, messages, count - sent < BATCH ? count - sent : BATCH, 0);
        if (now < 0 && errno != ENOBUFS)
            fail("sendmmsg");
        sent += now < 0 ? 0 : now;
    }
    return count / (now_ms() - begun) * 1e3;
}

int main(int count, char **words)
{
    struct rlimit files;
    long number = count == 3 ? atol(words[2]) : 0;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (number >= 2 && number <= MOST_HOSTS && !strcmp(words[1], "up")) {
        make_network(2); /* the first one finds everything cold */
        double begun = now_ms();
        make_network(number);
        printf("%.3f\n", now_ms() - begun);
    } else if (number >= 1 && !strcmp(words[1], "send")) {
        printf("%.0f\n", frames_per_second(number));
    } else {
        fprintf(stderr, "usage: floor up HOSTS | floor send FRAMES\n");
        return 2;
    }
}
