/* Forward frames between interfaces. */
#include "table.h"

int main(void)
{
    return forward();
}
