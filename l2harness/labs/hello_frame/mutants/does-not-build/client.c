#include "frame.h"

int main(void)
{
    return send_frame("enp0s10");
}
