/* win32/main.c - where the process begins: arguments become UTF-8. */
#include "cli.h"
#include "win32/text.h"

#include <stdlib.h>

int _dowildcard = 0; /* mingw's start-up code would else replace * and ? by names of files */

int wmain(int argc, wchar_t **wide_argv);

int wmain(int argc, wchar_t **wide_argv)
{
	char **argv = calloc((size_t)argc + 1, sizeof *argv);
	if (!argv) return CLI_FAILED;
	for (int i = 0; i < argc; i++) {
		argv[i] = cli_utf8(wide_argv[i]);
		if (!argv[i]) return CLI_FAILED;
	}
	return cli_main(argc, argv); /* the arguments stay until the process ends */
}
