#include "collect.h"

int main(int argc, char *argv[])
{
    return collect(argv[argc - 1]);
}
