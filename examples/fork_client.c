/* fork_client.c - the client of the tutorial: opens the section by name, maps it, reads the struct. Win32 calls and
 * printf, nothing else. It cannot know whether the server still lives: that is where fork_client_live.c goes on.
 *
 *     fork_client [--name NAME] [--once | --follow] [--seconds N]                                                */
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

/* The section, waited for since the server may start later; says what is missing. */
static HANDLE open_section(const char *name)
{
	HANDLE section = NULL;
	for (int tenth = 0; !section && !stopped && tenth < 50; tenth++) {
		section = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
		if (section || GetLastError() != ERROR_FILE_NOT_FOUND) break;
		if (tenth == 2) fprintf(stderr, "waiting for somebody to create %s ...\n", name);
		Sleep(100);
	}
	if (section) return section;
	if (GetLastError() == ERROR_FILE_NOT_FOUND)
		fprintf(stderr, "nobody has created %s: start fork_server, or pagecastd config/demo.yaml\n", name);
	else if (GetLastError() == ERROR_ACCESS_DENIED)
		fprintf(stderr, "%s may not be read by this user (error 5)\n", name);
	else
		fprintf(stderr, "OpenFileMapping %s: error %lu\n", name, (unsigned long)GetLastError());
	return NULL;
}

static const struct fork_server *map_section(HANDLE section, const char *name)
{
	const void *s = MapViewOfFile(section, FILE_MAP_READ, 0, 0, sizeof(struct fork_server));
	if (!s && GetLastError() == ERROR_ACCESS_DENIED)
		fprintf(stderr, "%s is smaller than the struct (error 5)\n", name);
	else if (!s)
		fprintf(stderr, "MapViewOfFile %s: error %lu\n", name, (unsigned long)GetLastError());
	return (const struct fork_server *)s;
}

static void print(const struct fork_server *s)
{
	printf("a=%s b=%g c=%g buffer=%.*s\n", s->a ? "true" : "false", (double)s->b, s->c, (int)sizeof s->buffer,
	       s->buffer);
	fflush(stdout);
}

/* Print whenever a byte changes. A struct that is read while it is written may be half old, half new. */
static void follow(const struct fork_server *s, long seconds)
{
	struct fork_server seen;
	memcpy(&seen, s, sizeof seen);
	for (long tenth = 0; !stopped && (seconds < 0 || tenth < 10 * seconds); tenth++) {
		Sleep(100);
		if (!memcmp(&seen, s, sizeof seen)) continue;
		memcpy(&seen, s, sizeof seen);
		print(&seen);
	}
}

int main(int argc, char **argv)
{
	const char *name = FORK_SERVER_NAME;
	bool on = false;
	long seconds = -1;
	HANDLE section;
	const struct fork_server *s;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--follow"))
			on = true;
		else if (!strcmp(argv[i], "--name") && i + 1 < argc)
			name = argv[++i];
		else if (!strcmp(argv[i], "--seconds") && i + 1 < argc)
			seconds = strtol(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--once") != 0) {
			fprintf(stderr, "usage: fork_client [--name NAME] [--once | --follow] [--seconds N]\n");
			return 2;
		}
	}
	(void)signal(SIGINT, stop);

	section = open_section(name);
	if (!section) return 1;
	s = map_section(section, name);
	if (s) print(s);
	if (s && on) follow(s, seconds);
	if (s) UnmapViewOfFile(s);
	CloseHandle(section);
	return s ? 0 : 1;
}
