/* local_writer.c - an external writer for the system tests: counts in the first bytes of a region until SIGTERM.
 *
 *     local_writer NAME EVERY_MS      EVERY_MS 0: commits once and then only beats                               */
#include <pagecast/writer.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/clock.h"

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static pc_status count_up(pc_writer *w, uint64_t count)
{
	size_t bytes = (size_t)pc_writer_payload_bytes(w);
	void *p = pc_writer_begin(w);
	if (!p) return PC_ESTALE;
	memcpy(p, &count, bytes < sizeof count ? bytes : sizeof count);
	return pc_writer_commit(w);
}

static pc_status serve(pc_writer *w, uint64_t every_ns)
{
	uint64_t count = 0, due = 0;
	pc_status s = PC_OK;
	while (!stopped && s == PC_OK) {
		uint64_t now = pc_clock_mono_ns();
		if (now >= due) {
			s = count_up(w, ++count);
			due = every_ns ? now + every_ns : UINT64_MAX;
		} else {
			s = pc_writer_beat(w);
		}
		pc_clock_sleep_ns(every_ns && every_ns < 10000000 ? every_ns : 10000000);
	}
	return s;
}

static pc_status open_patiently(const char *name, pc_writer **ret)
{
	pc_err err = {""};
	pc_status s = PC_EABSENT;
	for (int i = 0; i < 200 && !stopped && (s == PC_EABSENT || s == PC_ENOTREADY); i++) {
		s = pc_writer_open(name, NULL, ret, &err);
		if (s == PC_EABSENT || s == PC_ENOTREADY) pc_clock_sleep_ns(50000000);
	}
	if (s != PC_OK) printf("cannot write %s: %s (%s)\n", name, pc_status_name(s), err.text);
	return s;
}

int main(int argc, char **argv)
{
	pc_writer *w = NULL;
	if (argc != 3) return 2;
	(void)signal(SIGTERM, on_signal);
	if (open_patiently(argv[1], &w) != PC_OK) return 1;
	printf("writing, epoch %u\n", pc_load_acquire_u32(&pc_writer_control(w)->epoch));
	(void)fflush(stdout);
	pc_status s = serve(w, strtoull(argv[2], NULL, 10) * 1000000);
	printf("ended: %s\n", pc_status_name(s));
	pc_writer_close(&w);
	return s == PC_OK ? 0 : 1;
}
