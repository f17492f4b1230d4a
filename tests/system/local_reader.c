/* local_reader.c - a local reader for the system tests: one line for every change of what it sees of a region.
 *
 *     local_reader NAME [SECONDS]
 *
 * Blocks in pc_reader_wait(), so that a death is seen when it happens; looks at the heartbeat every 20 ms. When its
 * object is retired it opens the name again, as documentation tells readers to. Times are this process's own, in ms. */
#include <pagecast/reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/clock.h"

struct seen {
	uint64_t tick, first, bytes;
	uint32_t epoch;
	pc_liveness state;
};

static double now_ms(void)
{
	return (double)pc_clock_mono_ns() / 1e6;
}

/* The first eight bytes, zero-extended: what the test's writers count in. */
static pc_status look(pc_reader *r, struct seen *ret)
{
	size_t bytes = (size_t)pc_reader_payload_bytes(r);
	unsigned char *payload = malloc(bytes);
	pc_snapshot_info info = {0};
	pc_status s = payload ? pc_reader_snapshot(r, payload, bytes, &info) : PC_ENOMEM;
	memset(ret, 0, sizeof *ret);
	ret->state = pc_reader_liveness(r);
	ret->bytes = bytes;
	if (s == PC_OK) {
		ret->tick = info.tick;
		ret->epoch = info.epoch;
		memcpy(&ret->first, payload, bytes < 8 ? bytes : 8);
	}
	free(payload);
	return s;
}

static int is_same(const struct seen *a, const struct seen *b)
{
	return a->tick == b->tick && a->first == b->first && a->bytes == b->bytes && a->epoch == b->epoch &&
	       a->state == b->state;
}

static void say(const struct seen *now, pc_status s, uint32_t events)
{
	printf("%.3f tick=%llu first=%llu bytes=%llu epoch=%u state=%s read=%s events=%u\n", now_ms(),
	       (unsigned long long)now->tick, (unsigned long long)now->first, (unsigned long long)now->bytes,
	       now->epoch, pc_liveness_name(now->state), pc_status_name(s), events);
	(void)fflush(stdout);
}

static void reopen(pc_reader *r)
{
	pc_err err = {""};
	pc_status s = pc_reader_reopen(r, &err);
	printf("%.3f reopen %s %s\n", now_ms(), pc_status_name(s), err.text);
	(void)fflush(stdout);
}

static void follow(pc_reader *r, double end_ms)
{
	struct seen before = {0}, now;
	int is_first = 1;
	while (now_ms() < end_ms) {
		uint32_t events = 0;
		pc_status s = look(r, &now);
		if (is_first || !is_same(&before, &now)) say(&now, s, events);
		before = now;
		is_first = 0;
		if (now.state == PC_RETIRED || s == PC_ESTALE) reopen(r);
		if (pc_reader_wait(r, 20, &events) == PC_OK && events & PC_WAIT_DEAD) {
			(void)look(r, &now);
			say(&now, s, events);
			before = now;
		}
	}
}

int main(int argc, char **argv)
{
	pc_reader *r = NULL;
	pc_err err = {""};
	if (argc < 2) return 2;
	pc_status s = pc_reader_open_wait(argv[1], NULL, 20000, &r, &err);
	if (s != PC_OK) {
		printf("cannot open %s: %s (%s)\n", argv[1], pc_status_name(s), err.text);
		return 1;
	}
	follow(r, now_ms() + 1000.0 * (argc > 2 ? strtod(argv[2], NULL) : 600.0));
	pc_reader_close(&r);
	return 0;
}
