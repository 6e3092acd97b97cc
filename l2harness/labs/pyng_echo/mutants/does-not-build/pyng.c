#include "echo.h"

int main(int argc, char *argv[])
{
    return ask(argc, argv);
}
