/* daemon/win32/main.c - where the process begins: arguments become UTF-8, `service` is a matter of Windows. */
#include "daemon/main.h"

#include "daemon/os.h"
#include "daemon/win32/service.h"
#include "daemon/win32/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char pcd_usage_of_system[] =
        "Ctrl-C, Ctrl-Break and the end of the console end the daemon, 'pagecast reload' lets it read CONFIG\n"
        "again. 'pagecastd service --help' is about running it as a service of Windows.\n";

int _dowildcard = 0; /* mingw's start-up code would else replace * and ? by names of files */

int wmain(int argc, wchar_t **wide_argv);

int wmain(int argc, wchar_t **wide_argv)
{
	char **argv = calloc((size_t)argc + 1, sizeof *argv);
	if (!argv) return 1;
	for (int i = 0; i < argc; i++) {
		argv[i] = pcd_utf8(wide_argv[i]);
		if (!argv[i]) return 1;
	}
	pcd_os_prepare();
	/* The arguments stay until the process ends. */
	return argc > 1 && !strcmp(argv[1], "service") ? pcd_service_command(argc - 2, argv + 2) : pcd_main(argc, argv);
}
