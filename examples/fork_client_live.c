/* fork_client_live.c - where the tutorial ends: the same client linked with libpagecast. It reads whole commits only,
 * sleeps until there is one, and knows in one call whether the server lives.
 *
 *     fork_client_live [--name NAME] [--seconds N]                                                              */
#include <pagecast/reader.h>

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

/* Print the newest commit if it is another than number `seen`; returns its number. */
static uint64_t print_newest(pc_reader *reader, uint64_t seen)
{
	struct fork_server s;
	pc_snapshot_info info;
	if (pc_reader_snapshot(reader, &s, sizeof s, &info) != PC_OK || info.tick == seen) return seen;
	printf("#%-4llu a=%s b=%g c=%g buffer=%.*s\n", (unsigned long long)info.tick, s.a ? "true" : "false",
	       (double)s.b, s.c, (int)sizeof s.buffer, s.buffer);
	return info.tick;
}

static void follow(pc_reader *reader, long seconds)
{
	pc_liveness was = PC_ABSENT, now;
	uint64_t seen = UINT64_MAX;
	uint32_t events;
	for (long fifth = 0; !stopped && (seconds < 0 || fifth < 5 * seconds); fifth++) {
		now = pc_reader_liveness(reader); /* the one call */
		if (now != was) printf("%s\n", pc_liveness_name(now));
		was = now;
		seen = print_newest(reader, seen);
		fflush(stdout);
		/* A server that said goodbye may come back under the same name as another object. */
		if (now == PC_CLOSED || now == PC_RETIRED) (void)pc_reader_reopen(reader, NULL);
		/* Wakes at once for data and for a death; a server that hangs wakes nobody, so look now and then. */
		(void)pc_reader_wait(reader, 200, &events);
	}
}

int main(int argc, char **argv)
{
	const char *name = FORK_SERVER_NAME;
	long seconds = -1;
	pc_reader *reader = NULL;
	pc_err err;
	pc_status status;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--name")) name = argv[i + 1];
		if (!strcmp(argv[i], "--seconds")) seconds = strtol(argv[i + 1], NULL, 10);
	}
	(void)signal(SIGINT, stop);
	status = pc_reader_open_wait(name, NULL, 5000, &reader, &err);
	if (status != PC_OK) {
		fprintf(stderr, "%s: %s. Is it a region of a running pagecastd?\n", name, err.text);
		return 1;
	}
	if (pc_reader_payload_bytes(reader) < sizeof(struct fork_server)) {
		fprintf(stderr, "%s is smaller than the struct\n", name);
		pc_reader_close(&reader);
		return 1;
	}
	follow(reader, seconds);
	pc_reader_close(&reader);
	return 0;
}
