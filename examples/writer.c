/* writer.c - a program of your own as the writer of a region: begin, change, commit.
 *
 *     writer [--name NAME] [--seconds N]
 *
 * The region has `writer: external` in pagecastd's configuration, as fork_server in config/demo.yaml.          */
#include <pagecast/win32.h> /* for Sleep() alone */
#include <pagecast/writer.h>

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

/* Ten commits a second. Readers see each of them whole or not at all, also if we are killed on the way. */
static pc_status write_values(pc_writer *writer, long seconds)
{
	for (long count = 0; !stopped && (seconds < 0 || count < 10 * seconds); count++) {
		struct fork_server *s = (struct fork_server *)pc_writer_begin(writer); /* holds the newest values */
		if (!s) return PC_ESTALE;
		s->a = !s->a;
		s->b = (float)count / 10;
		s->c += 0.001;
		(void)snprintf(s->buffer, sizeof s->buffer, "no. %ld", count % 10000);
		if (pc_writer_commit(writer) != PC_OK) return PC_ESTALE; /* also the heartbeat */
		Sleep(100);
	}
	return PC_OK;
}

int main(int argc, char **argv)
{
	const char *name = FORK_SERVER_NAME;
	long seconds = -1;
	pc_writer *writer = NULL;
	pc_status status;
	pc_err err;
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 < argc && !strcmp(argv[i], "--name")) {
			name = argv[i + 1];
		} else if (i + 1 < argc && !strcmp(argv[i], "--seconds")) {
			seconds = strtol(argv[i + 1], NULL, 10);
		} else {
			fprintf(stderr, "usage: writer [--name NAME] [--seconds N]\n");
			return 2;
		}
	}
	(void)signal(SIGINT, stop);
	(void)signal(SIGTERM, stop);
	status = pc_writer_open(name, NULL, &writer, &err);
	if (status != PC_OK) {
		fprintf(stderr, "%s: %s\n", name, err.text);
		return 1;
	}
	if (pc_writer_payload_bytes(writer) < sizeof(struct fork_server)) {
		fprintf(stderr, "%s is smaller than the struct\n", name);
		status = PC_EINVAL;
	} else {
		status = write_values(writer, seconds);
		if (status != PC_OK) fprintf(stderr, "%s: %s\n", name, pc_status_text(status));
	}
	pc_writer_close(&writer); /* tells the readers: closed, not dead */
	return status == PC_OK ? 0 : 1;
}
