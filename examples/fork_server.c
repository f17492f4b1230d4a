/* fork_server.c - the server of every tutorial on file mappings: four values in a named section, then new ones once
 * a second until Enter, the end of input or Ctrl-C. Win32 calls and printf, nothing else; one source for Windows
 * and Linux.
 *
 *     fork_server [--name NAME] [--seconds N]      N: stop after that long, and leave standard input alone       */
#include <pagecast/win32.h> /* on Windows: <windows.h> */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fork_server.h"

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

static void update(struct fork_server *s, unsigned count)
{
	s->a = count % 2 == 0;
	s->b = 1.5f + (float)count;
	s->c = 3.14159 * count;
	(void)snprintf(s->buffer, sizeof s->buffer, "tick %u", count % 1000);
}

/* Create the section, or join the one that is there already. */
static HANDLE create_section(const char *name)
{
	const DWORD bytes = sizeof(struct fork_server);
	HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, bytes, name);
	if (!section)
		fprintf(stderr, "CreateFileMapping %s: error %lu\n", name, (unsigned long)GetLastError());
	else if (GetLastError() == ERROR_ALREADY_EXISTS)
		printf("%s exists already: writing into it\n", name);
	return section;
}

/* Ten short sleeps a second, so that Enter is answered soon. */
static void serve(struct fork_server *s, long seconds)
{
	for (long tenth = 0; !stopped && (seconds < 0 ? !_kbhit() : tenth < 10 * seconds); tenth++) {
		if (tenth % 10 == 0) update(s, (unsigned)(tenth / 10));
		Sleep(100);
	}
}

int main(int argc, char **argv)
{
	const char *name = FORK_SERVER_NAME;
	long seconds = -1;
	HANDLE section;
	struct fork_server *s;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--name")) name = argv[i + 1];
		if (!strcmp(argv[i], "--seconds")) seconds = strtol(argv[i + 1], NULL, 10);
	}
	(void)signal(SIGINT, stop);
	(void)signal(SIGTERM, stop);

	section = create_section(name);
	if (!section) return 1;
	s = (struct fork_server *)MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, sizeof *s);
	if (!s) {
		fprintf(stderr, "MapViewOfFile %s: error %lu\n", name, (unsigned long)GetLastError());
		CloseHandle(section);
		return 1;
	}
	printf("serving %s, process %lu%s\n", name, (unsigned long)GetCurrentProcessId(),
	       seconds < 0 ? "; Enter stops" : "");
	fflush(stdout);
	serve(s, seconds);
	UnmapViewOfFile(s);
	CloseHandle(section); /* the name goes with the last handle */
	return 0;
}
