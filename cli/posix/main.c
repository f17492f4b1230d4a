/* posix/main.c - where the process begins. */
#include "cli.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
