#include "arp.h"

int main(int argc, char *argv[])
{
    return respond(argv[argc - 2], argv[argc - 1]);
}
