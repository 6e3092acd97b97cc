#include "ethernet.h"

int main(int argc, char *argv[])
{
    return listen_on(argc > 1 ? argv[1] : "eth0");
}
