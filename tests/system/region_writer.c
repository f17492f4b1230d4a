/* region_writer.c - a writer on a string: opens the regions named, then does what its input says, line by line.
 *
 *   write I OFFSET HEX   one commit                                    -> ok TICK
 *   random I SEED HZ N   N commits at HZ (0 = as fast as it goes), each changing a few bytes as drawn from SEED and the
 *                        tick, so that anybody can compute the payload at any tick      -> ok TICK, when done
 *   every HZ N           N rounds of one small random commit to every region            -> ok TICK of the first, when done
 *   stamp I HZ N         N commits at HZ of the wall clock in ns in the first 8 bytes   -> ok TICK
 *   flood I HZ N         the same, and every other byte changes, too       -> ok TICK
 *   flags I FLAGS        for the next commits                          -> ok
 *   quiet MS             sleep without a heartbeat                     -> ok
 *   close I              say goodbye                                   -> ok
 * Between commands every region gets its heartbeat. */
#define _GNU_SOURCE
#include <pagecast/writer.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "input.h"
#include "platform/clock.h"

#define REGIONS_MAX 512

static struct {
	pc_writer *writer;
	uint64_t tick;
} regions[REGIONS_MAX];
static int count;

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void beat(void)
{
	for (int i = 0; i < count; i++)
		if (regions[i].writer) (void)pc_writer_beat(regions[i].writer);
}

/* splitmix64: the Python side draws the same numbers. */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

/* The change that tick brings: 0 to 4 runs of up to 16 bytes. */
static void change(unsigned char *payload, uint64_t bytes, uint64_t seed, uint64_t tick)
{
	uint64_t state = seed ^ tick * UINT64_C(0x2545F4914F6CDD1D);
	for (uint64_t runs = draw(&state) % 5; runs; runs--) {
		uint64_t at = draw(&state) % bytes, length = 1 + draw(&state) % 16;
		for (uint64_t i = at; i < at + length && i < bytes; i++) payload[i] = (unsigned char)draw(&state);
	}
}

static void wait_for(uint64_t start_ns, uint64_t n, double hz)
{
	uint64_t at = hz > 0 ? start_ns + (uint64_t)(1e9 / hz * (double)n) : 0, now = now_ns(CLOCK_MONOTONIC);
	if (at > now) pc_clock_sleep_ns(at - now); /* clock_nanosleep() refuses this clock on Windows */
}

static int commit_random(int i, uint64_t seed)
{
	unsigned char *payload = pc_writer_begin(regions[i].writer);
	if (!payload) return -1;
	change(payload, pc_writer_payload_bytes(regions[i].writer), seed, ++regions[i].tick);
	return pc_writer_commit(regions[i].writer) ? -1 : 0;
}

static int run_random(int i, uint64_t seed, double hz, uint64_t n)
{
	uint64_t start_ns = now_ns(CLOCK_MONOTONIC);
	for (uint64_t k = 0; k < n; k++) {
		wait_for(start_ns, k, hz);
		if (commit_random(i, seed)) return -1;
		if (k % 64 == 0) beat();
	}
	return 0;
}

static int run_every(double hz, uint64_t n)
{
	uint64_t start_ns = now_ns(CLOCK_MONOTONIC);
	for (uint64_t k = 0; k < n; k++) {
		wait_for(start_ns, k, hz);
		for (int i = 0; i < count; i++)
			if (commit_random(i, (uint64_t)i + 1)) return -1;
	}
	return 0;
}

static int run_stamp(int i, double hz, uint64_t n, int flood)
{
	uint64_t start_ns = now_ns(CLOCK_MONOTONIC);
	for (uint64_t k = 0; k < n; k++) {
		unsigned char *payload;
		uint64_t t;
		wait_for(start_ns, k, hz);
		payload = pc_writer_begin(regions[i].writer);
		if (!payload) return -1;
		if (flood) memset(payload, (int)(k & 255), pc_writer_payload_bytes(regions[i].writer));
		t = now_ns(CLOCK_REALTIME);
		memcpy(payload, &t, sizeof t);
		regions[i].tick++;
		if (pc_writer_commit(regions[i].writer)) return -1;
	}
	return 0;
}

static int write_hex(int i, uint64_t offset, const char *hex)
{
	static unsigned char data[1 << 20];
	size_t bytes = strlen(hex) / 2;
	for (size_t k = 0; k < bytes && k < sizeof data; k++) {
		char digits[3] = {hex[2 * k], hex[2 * k + 1], 0};
		data[k] = (unsigned char)strtoul(digits, NULL, 16);
	}
	regions[i].tick++;
	return pc_writer_write(regions[i].writer, offset, data, bytes) ? -1 : 0;
}

static int obey(char *line)
{
	char word[16] = "", *at = line;
	int used = 0, i = 0;
	double a[4] = {0};
	if (sscanf(line, "%15s%n", word, &used) != 1) return -1;
	at += used;
	if (!strcmp(word, "write")) {
		unsigned long long offset = 0;
		if (sscanf(at, "%d %llu %n", &i, &offset, &used) != 2 || i >= count) return -1;
		at[strcspn(at, "\n")] = '\0';
		if (write_hex(i, offset, at + used)) return -1;
		return printf("ok %llu\n", (unsigned long long)regions[i].tick) < 0 || fflush(stdout);
	}
	(void)sscanf(at, "%lf %lf %lf %lf", &a[0], &a[1], &a[2], &a[3]);
	i = (int)a[0];
	if (!strcmp(word, "every")) {
		if (run_every(a[0], (uint64_t)a[1])) return -1;
		i = 0;
	} else if (i < 0 || i >= count) {
		return -1;
	} else if (!strcmp(word, "random")) {
		if (run_random(i, (uint64_t)a[1], a[2], (uint64_t)a[3])) return -1;
	} else if (!strcmp(word, "stamp") || !strcmp(word, "flood")) {
		if (run_stamp(i, a[1], (uint64_t)a[2], word[0] == 'f')) return -1;
	} else if (!strcmp(word, "flags")) {
		pc_writer_set_flags(regions[i].writer, (uint32_t)a[1]);
	} else if (!strcmp(word, "quiet")) {
		usleep((useconds_t)(a[0] * 1000));
		i = 0;
	} else if (!strcmp(word, "close")) {
		pc_writer_close(&regions[i].writer);
	} else {
		return -1;
	}
	return printf("ok %llu\n", (unsigned long long)regions[i].tick) < 0 || fflush(stdout);
}

int main(int argc, char **argv)
{
	static char line[1 << 21];
	pc_err err = {{0}};
	size_t have = 0;
	for (count = 0; count + 1 < argc && count < REGIONS_MAX; count++) {
		if (pc_writer_open(argv[count + 1], NULL, &regions[count].writer, &err) != PC_OK) {
			printf("%s: %s\n", argv[count + 1], err.text);
			return 1;
		}
		regions[count].tick = pc_load_relaxed_u64(&pc_writer_control(regions[count].writer)->tick);
	}
	puts("ready");
	(void)fflush(stdout);
	for (;;) {
		char *end;
		int n;
		beat();
		n = pc_input_read(line + have, sizeof line - 1 - have, 50);
		if (n < 0) continue;
		if (n == 0) break;
		have += (size_t)n;
		line[have] = '\0';
		while ((end = memchr(line, '\n', have)) != NULL) {
			size_t bytes = (size_t)(end - line) + 1;
			*end = '\0';
			if (obey(line)) {
				puts("failed");
				(void)fflush(stdout);
			}
			memmove(line, line + bytes, have - bytes);
			have -= bytes;
		}
	}
	for (int i = 0; i < count; i++) pc_writer_close(&regions[i].writer);
	return 0;
}
