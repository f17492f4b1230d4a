/* bench_local - what the local side costs, as ratios to the physical limit taken in the same run; prints Markdown.
 *
 * Every pair is measured interleaved, round by round, and compared by medians: absolute figures of a shared machine are
 * noise, ratios are not. Run the release preset. `--moment`: each thing once or twice, to see that all of it works; its
 * figures mean nothing.                                                                                                 */
#define _GNU_SOURCE
#include <errno.h>
#include <pagecast/reader.h>
#include <pagecast/writer.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS  31 /* at most */
#define KEEP(p) __asm__ volatile("" : : "r"(p) : "memory")

static const size_t sizes[] = {64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};
#define SIZES (sizeof sizes / sizeof *sizes)

/* How much of everything. */
static struct {
	int rounds;
	unsigned operations_bytes; /* copied per round */
	uint64_t contend_ns;
	size_t wakes, deaths, large_deaths;
} scale = {ROUNDS, 4u << 20, 250000000, 1000, 300, 10};
static const int liveness_times[2] = {200000, 1000};
static bool is_moment;

static char region_name[64];
static uint64_t *cells; /* shared with children */

static uint64_t now_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void sleep_us(long us)
{
	struct timespec t = {us / 1000000, us % 1000000 * 1000};
	(void)nanosleep(&t, NULL);
}

static void pin(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	(void)sched_setaffinity(0, sizeof set, &set);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double at_share(double *v, size_t n, double share)
{
	qsort(v, n, sizeof *v, by_value);
	return v[(size_t)((double)(n - 1) * share)];
}

static void must(pc_status s, const char *what, const pc_err *err)
{
	if (s == PC_OK) return;
	(void)fprintf(stderr, "bench_local: %s: %s %s\n", what, pc_status_name(s), err ? err->text : "");
	exit(1);
}

static pc_owner *own(size_t bytes, uint32_t slots)
{
	pc_region_options o = {
	        .struct_size = sizeof o, .name = region_name, .payload_bytes = bytes, .slot_count = slots};
	pc_owner *owner = NULL;
	pc_err err = {""};
	must(pc_owner_open(&o, &owner, NULL, &err), "own", &err);
	return owner;
}

static pc_writer *attach_writer(void)
{
	pc_writer *w = NULL;
	pc_err err = {""};
	must(pc_writer_open(region_name, NULL, &w, &err), "write", &err);
	return w;
}

static pc_reader *attach_reader(void)
{
	pc_reader *r = NULL;
	pc_err err = {""};
	must(pc_reader_open(region_name, NULL, &r, &err), "read", &err);
	return r;
}

static pid_t start(void (*body)(void))
{
	pid_t pid = fork();
	if (!pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin(0);
		body();
		_exit(0);
	}
	while (!pc_load_acquire_u64(&cells[0])) sleep_us(50);
	return pid;
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	cells[0] = 0;
}

/* ---- reading and committing against memcpy ------------------------------------------------------------------- */

/* The four things timed; each does one operation on the same bytes. */
struct subject {
	pc_reader *r;
	pc_writer *w;
	pc_view view;
	unsigned char *buffer, *payload;
	size_t bytes;
};

static void copy_out(struct subject *s)
{
	memcpy(s->buffer, s->view.data, s->bytes);
	KEEP(s->buffer);
}

static void snapshot(struct subject *s)
{
	must(pc_reader_snapshot(s->r, s->buffer, s->bytes, NULL), "snapshot", NULL);
}

static void snapshot_info(struct subject *s)
{
	pc_snapshot_info info;
	must(pc_reader_snapshot(s->r, s->buffer, s->bytes, &info), "snapshot", NULL);
	KEEP(&info);
}

static void copy_in(struct subject *s)
{
	memcpy(s->payload, s->buffer, s->bytes);
	KEEP(s->payload);
}

static void commit(struct subject *s)
{
	must(pc_writer_write(s->w, 0, s->buffer, s->bytes), "commit", NULL);
}

static double time_one(void (*what)(struct subject *), struct subject *s, unsigned times)
{
	uint64_t start_ns = now_ns();
	for (unsigned i = 0; i < times; i++) what(s);
	return (double)(now_ns() - start_ns) / times;
}

static void compare(size_t bytes)
{
	static void (*const what[])(struct subject *) = {copy_out, snapshot, snapshot_info, copy_in, commit};
	double ns[5][ROUNDS], m[5];
	pc_owner *owner = own(bytes, PC_SLOTS_AUTO);
	struct subject s = {.bytes = bytes};
	unsigned times = (unsigned)(scale.operations_bytes / (bytes + 200)) + 1;
	s.w = attach_writer();
	s.r = attach_reader();
	s.buffer = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
	/* The limit for a commit: one copy into shared memory, in a mapping of its own. */
	s.payload = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!s.buffer || s.payload == MAP_FAILED) exit(1);
	memset(s.buffer, 1, bytes);
	commit(&s);
	must(pc_reader_view(s.r, &s.view), "view", NULL);
	for (int round = 0; round < scale.rounds; round++)
		for (int k = 0; k < 3; k++) ns[k][round] = time_one(what[k], &s, times);
	for (int round = 0; round < scale.rounds; round++)
		for (int k = 3; k < 5; k++) ns[k][round] = time_one(what[k], &s, times);
	for (int k = 0; k < 5; k++) m[k] = at_share(ns[k], (size_t)scale.rounds, 0.5);
	printf("| %zu | %u | %.1f | %.1f | %+.1f | %.2f | %.1f | %.1f | %.1f | %.2f |\n", bytes,
	       pc_reader_control(s.r)->slot_count, m[0], m[1], m[1] - m[0], m[1] / m[0], m[2], m[3], m[4], m[4] / m[3]);
	free(s.buffer);
	(void)munmap(s.payload, bytes);
	pc_reader_close(&s.r);
	pc_writer_close(&s.w);
	pc_owner_close(&owner, 0);
}

/* ---- against a writer at full speed ------------------------------------------------------------------------- */

static void write_at_full_speed(void)
{
	pc_writer *w = attach_writer();
	size_t bytes = (size_t)pc_writer_payload_bytes(w);
	unsigned char *p = calloc(1, bytes);
	pc_store_release_u64(&cells[0], 1);
	while (p) (void)pc_writer_write(w, 0, p, bytes);
}

static void contend(size_t bytes, uint32_t slots)
{
	pc_owner *owner = own(bytes, slots);
	pid_t pid = start(write_at_full_speed);
	pc_reader *r = attach_reader();
	unsigned char *p = malloc(bytes);
	uint64_t reads = 0, copies = 0, busy = 0, worst = 0, first = pc_reader_control(r)->tick, start_ns = now_ns();
	pc_snapshot_info info = {0};
	double seconds;
	if (!p) exit(1);
	while (now_ns() - start_ns < scale.contend_ns || !reads) {
		if (pc_reader_snapshot(r, p, bytes, &info) != PC_OK) {
			busy++;
			continue;
		}
		reads++;
		copies += info.attempts;
		if (info.attempts > worst) worst = info.attempts;
	}
	seconds = (double)(now_ns() - start_ns) / 1e9;
	printf("| %zu | %u | %.2f M/s | %.2f M/s | %.3f | %llu | %llu |\n", bytes, slots,
	       (double)(info.tick - first) / seconds / 1e6, (double)reads / seconds / 1e6,
	       (double)copies / (double)reads, (unsigned long long)worst, (unsigned long long)busy);
	end(pid);
	free(p);
	pc_reader_close(&r);
	pc_owner_close(&owner, 0);
}

/* ---- waking ---------------------------------------------------------------------------------------------------- */

static void print_latency(const char *what, double *us, size_t n)
{
	double p50 = at_share(us, n, 0.5), p90 = at_share(us, n, 0.9), p99 = at_share(us, n, 0.99);
	printf("| %s | %zu | %.1f | %.1f | %.1f | %.1f |\n", what, n, p50, p90, p99, us[n - 1]);
}

static void commit_now_and_then(void)
{
	pc_writer *w = attach_writer();
	pc_store_release_u64(&cells[0], 1);
	for (;;) {
		uint64_t stamp;
		sleep_us(2500);
		stamp = now_ns();
		(void)pc_writer_write(w, 0, &stamp, sizeof stamp);
	}
}

static void wake_latency(size_t n)
{
	pc_owner *owner = own(sizeof(uint64_t), 1);
	pid_t pid = start(commit_now_and_then);
	pc_reader *r = attach_reader();
	double *us = calloc(n, sizeof *us);
	for (size_t i = 0; us && i < n;) {
		uint32_t events = 0;
		uint64_t stamp = 0, woken;
		must(pc_reader_wait(r, 5000, &events), "wait", NULL);
		woken = now_ns();
		if (pc_reader_snapshot(r, &stamp, sizeof stamp, NULL) == PC_OK && stamp)
			us[i++] = (double)(woken - stamp) / 1e3;
	}
	if (us) print_latency("commit -> blocked reader awake", us, n);
	end(pid);
	free(us);
	pc_reader_close(&r);
	pc_owner_close(&owner, 0);
}

static void beat_for_ever(void)
{
	pc_writer *w = attach_writer();
	size_t ballast_bytes = (size_t)pc_load_acquire_u64(&cells[1]);
	char *ballast = ballast_bytes ? malloc(ballast_bytes) : NULL;
	if (ballast) memset(ballast, 1, ballast_bytes);
	KEEP(ballast);
	pc_store_release_u64(&cells[0], 1);
	for (;;) {
		(void)pc_writer_beat(w);
		sleep_us(50000);
	}
}

/* Killed by a third process, so that the reader really sleeps. */
static double one_death(pc_reader *r)
{
	pid_t pid = start(beat_for_ever), killer = fork();
	uint32_t events = 0;
	uint64_t woken;
	if (!killer) {
		pin(0);
		sleep_us(3000);
		pc_store_release_u64(&cells[2], now_ns());
		(void)kill(pid, SIGKILL);
		_exit(0);
	}
	while (!(events & PC_WAIT_DEAD)) must(pc_reader_wait(r, 20000, &events), "wait", NULL);
	woken = now_ns();
	(void)waitpid(killer, NULL, 0);
	end(pid);
	return (double)(woken - pc_load_acquire_u64(&cells[2])) / 1e3;
}

static void death_latency(const char *what, size_t n, uint64_t ballast_bytes)
{
	pc_owner *owner = own(sizeof(uint64_t), 1);
	pc_reader *r = attach_reader();
	double *us = calloc(n, sizeof *us);
	cells[1] = ballast_bytes;
	for (size_t i = 0; us && i < n; i++) us[i] = one_death(r);
	if (us) print_latency(what, us, n);
	free(us);
	pc_reader_close(&r);
	pc_owner_close(&owner, 0);
}

/* ---- liveness --------------------------------------------------------------------------------------------------- */

static void liveness_cost(void)
{
	const int times = liveness_times[is_moment];
	pc_owner *owner = own(64, 1);
	pc_writer *w = attach_writer();
	pc_reader *r = attach_reader();
	const pc_control *c = pc_reader_control(r);
	double full[ROUNDS], word[ROUNDS], clock[ROUNDS];
	for (int round = 0; round < scale.rounds; round++) {
		uint64_t start_ns = now_ns(), sum = 0;
		(void)pc_writer_beat(w);
		for (int i = 0; i < times; i++) sum += (uint64_t)pc_reader_liveness(r);
		full[round] = (double)(now_ns() - start_ns) / times;
		start_ns = now_ns();
		for (int i = 0; i < times; i++) {
			sum += (uint64_t)pc_control_writer_died(c, c->liveness_offset);
			KEEP(c);
		}
		word[round] = (double)(now_ns() - start_ns) / times;
		start_ns = now_ns();
		for (int i = 0; i < times; i++) sum += now_ns();
		clock[round] = (double)(now_ns() - start_ns) / times;
		KEEP(&sum);
	}
	printf("| pc_reader_liveness() | %.1f |\n", at_share(full, (size_t)scale.rounds, 0.5));
	printf("| pc_control_writer_died() | %.2f |\n", at_share(word, (size_t)scale.rounds, 0.5));
	printf("| (clock_gettime alone) | %.1f |\n", at_share(clock, (size_t)scale.rounds, 0.5));
	pc_reader_close(&r);
	pc_writer_close(&w);
	pc_owner_close(&owner, 0);
}

int main(int argc, char **argv)
{
	is_moment = argc == 2 && !strcmp(argv[1], "--moment");
	if (argc > 1 && !is_moment) {
		(void)fprintf(stderr, "usage: bench_local [--moment]\n");
		return 2;
	}
	if (is_moment) {
		scale.rounds = 3;
		scale.operations_bytes = 16384;
		scale.contend_ns = 5000000;
		scale.wakes = 20;
		scale.deaths = scale.large_deaths = 2;
	}
	cells = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (cells == MAP_FAILED) return 1;
	(void)snprintf(region_name, sizeof region_name, "bench-local-%d", (int)getpid());
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	pin(sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0);
	puts("Times in ns, medians of interleaved rounds; x = ratio to one memcpy of the same bytes.\n");
	puts("| bytes | K | memcpy | read | diff | x | read + info | memcpy in | commit | x |");
	puts("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
	for (size_t i = 0; i < SIZES; i++) compare(sizes[i]);
	puts("\nAgainst a writer at full speed in another process:\n");
	puts("| bytes | K | commits | reads | copies per read | worst | gave up |\n|--:|--:|--:|--:|--:|--:|--:|");
	for (size_t i = 0; i < SIZES; i++) {
		contend(sizes[i], 1);
		contend(sizes[i], 4);
	}
	puts("\n| latency, us | n | p50 | p90 | p99 | max |\n|:--|--:|--:|--:|--:|--:|");
	wake_latency(scale.wakes);
	death_latency("kill -9 -> blocked reader awake", scale.deaths, 0);
	death_latency(is_moment ? "the same, writer with 1 MiB resident" : "the same, writer with 1 GiB resident",
	              scale.large_deaths, UINT64_C(1) << (is_moment ? 20 : 30));
	puts("\n| liveness | ns |\n|:--|--:|");
	liveness_cost();
	return 0;
}
