/* preforged.c - the master's command line. */
#include "config.h"

#include <stdio.h>

int main(void)
{
	puts("preforged " PACKAGE_VERSION);
	return 0;
}
