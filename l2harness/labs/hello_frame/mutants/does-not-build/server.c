#include "frame.h"

int main(void)
{
    return print_frame("enp0s3");
}
