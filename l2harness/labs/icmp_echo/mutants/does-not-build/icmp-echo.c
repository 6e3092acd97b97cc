#include "checksum.h"

int main(int argc, char *argv[])
{
    return echo(argv[argc - 2], argv[argc - 1]);
}
