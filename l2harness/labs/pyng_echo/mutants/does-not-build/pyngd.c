#include "echo.h"

int main(int argc, char *argv[])
{
    return answer(argc, argv);
}
