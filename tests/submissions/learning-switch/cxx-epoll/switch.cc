// C++, epoll with edges, sockets read until they are empty, a map for the table.
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <linux/if_packet.h>
#include <map>
#include <net/ethernet.h>
#include <net/if.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using Clock = std::chrono::steady_clock;
using Address = std::array<unsigned char, 6>;
struct Entry { int port; Clock::time_point heard; };

static bool next(int fd, std::string &frame, bool &ours)
{
    char room[1600], control[256];
    sockaddr_ll from{};
    iovec part{room, sizeof room};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT);
    if (size < 0)
        return false;
    frame.assign(room, size);
    ours = from.sll_pkttype == PACKET_OUTGOING;
    for (auto *it = CMSG_FIRSTHDR(&message); it; it = CMSG_NXTHDR(&message, it)) {
        tpacket_auxdata aux;
        std::memcpy(&aux, CMSG_DATA(it), sizeof aux);
        if (it->cmsg_type == PACKET_AUXDATA && (aux.tp_status & TP_STATUS_VLAN_VALID)) {
            uint16_t tag[] = {htons(aux.tp_vlan_tpid), htons(aux.tp_vlan_tci)};
            frame.insert(12, reinterpret_cast<char *>(tag), 4);
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    std::vector<std::string> names(argv + 1, argv + argc);
    std::chrono::duration<double> ageing(300);
    if (names.size() > 1 && names[0] == "--ageing") {
        try {
            ageing = std::chrono::duration<double>(std::stod(names[1]));
        } catch (const std::exception &) {
            std::cerr << names[1] << ": no time\n";
            return 2;
        }
        names.erase(names.begin(), names.begin() + 2);
    }
    if (names.empty()) {
        std::cerr << "no interfaces\n";
        return 2;
    }
    std::vector<int> ports;
    int queue = epoll_create1(0), yes = 1;
    for (const auto &name : names) {
        int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes);
        setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof yes);
        sockaddr_ll at{};
        at.sll_family = AF_PACKET;
        at.sll_protocol = htons(ETH_P_ALL);
        at.sll_ifindex = if_nametoindex(name.c_str());
        packet_mreq mode{};
        mode.mr_ifindex = at.sll_ifindex;
        mode.mr_type = PACKET_MR_PROMISC;
        if (!at.sll_ifindex || bind(fd, reinterpret_cast<sockaddr *>(&at), sizeof at)) {
            std::cerr << name << ": " << std::strerror(errno) << "\n";
            return 1;
        }
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mode, sizeof mode);
        // What it heard before it was bound may have come in anywhere.
        bool ours = false;
        for (std::string frame; next(fd, frame, ours);) {
        }
        epoll_event event{EPOLLIN | EPOLLET, {}};
        event.data.u32 = ports.size();
        epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event);
        ports.push_back(fd);
    }
    std::map<Address, Entry> table;
    const Address reserved{1, 0x80, 0xc2, 0, 0, 0};
    for (;;) {
        epoll_event events[8];
        int count = epoll_wait(queue, events, 8, -1);
        for (int i = 0; i < count; i++) {
            int in = events[i].data.u32;
            bool ours = false;
            for (std::string frame; next(ports[in], frame, ours);) {
                Address to, by;
                std::memcpy(to.data(), frame.data(), 6);
                std::memcpy(by.data(), frame.data() + 6, 6);
                auto now = Clock::now();
                if (!(by[0] & 1))
                    table[by] = {in, now};
                if (ours || (!std::memcmp(to.data(), reserved.data(), 5) && to[5] < 16))
                    continue;
                auto known = table.find(to);
                if (known != table.end() && now - known->second.heard > ageing) {
                    table.erase(known);
                    known = table.end();
                }
                for (int out = 0; out < int(ports.size()); out++)
                    if (out != in && (known == table.end() || known->second.port == out))
                        send(ports[out], frame.data(), frame.size(), 0);
            }
        }
    }
}
