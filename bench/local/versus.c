/* versus.c - measures one way (versus.h) of handing the newest value to another process; prints one line of JSON.
 *
 *   read BYTES COUNT WHERE                     time of the call that brings a value that is new into the reader's memory
 *   latency BYTES HZ SECONDS WHERE [BROKER]    from before the publishing call until a sleeping reader has the value; CPU of writer,
 *                                              reader and the broker with that process id */
#define _GNU_SOURCE
#include "versus.h"

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VALUES_MAX 100000
#define PATIENCE_S 20 /* for one value; machines stand still */

/* What the first bytes of a value say; its last byte is the number's lowest. */
typedef struct head {
	uint64_t number, made_ns;
} head;

static struct shared {
	uint32_t writer_ready, reader_ready, stop;
	uint64_t want, done;
	uint64_t count;
	double us[VALUES_MAX];
} * shared;

static size_t bytes;
static uint64_t most; /* values */
static double hz, seconds;
static unsigned char *value;

_Noreturn void versus_fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "%s: %s: %s\n", versus.name, what, why);
	_exit(1);
}

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

#define LOAD(x)     __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define STORE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELEASE)

static void publish(uint64_t number)
{
	head h = {number, 0};
	memset(value, (int)(number & 255), bytes);
	h.made_ns = now_ns();
	memcpy(value, &h, sizeof h);
	versus.publish(value);
}

/* True if @p value is whole and newer than @p last. */
static bool is_new(uint64_t last, head *ret)
{
	memcpy(ret, value, sizeof *ret);
	if (ret->number <= last) return false;
	if (!versus.may_tear && value[bytes - 1] != (ret->number & 255)) versus_fail("a value came torn", "");
	return true;
}

/* ---- the time of a read --------------------------------------------------------------------------------------- */

static void write_when_asked(void)
{
	uint64_t done = 0;
	while (!LOAD(shared->stop)) {
		if (LOAD(shared->want) == done) {
			sleep_us(20);
			continue;
		}
		done = LOAD(shared->want);
		publish(done);
		STORE(shared->done, done);
	}
}

static void read_new_ones(void)
{
	head h = {0, 0};
	for (uint64_t n = 1; n <= most; n++) {
		uint64_t asked = now_ns();
		STORE(shared->want, n);
		while (LOAD(shared->done) != n) sleep_us(20);
		for (;;) {
			uint64_t start = now_ns(), end;
			bool came = versus.take(value);
			end = now_ns();
			if (came && is_new(n - 1, &h)) {
				shared->us[shared->count++] = (double)(end - start) / 1e3;
				break;
			}
			if (end - asked > PATIENCE_S * UINT64_C(1000000000))
				versus_fail("read", "the value does not come");
			sleep_us(20); /* on its way, in some thread of some process */
		}
	}
}

/* ---- latency ---------------------------------------------------------------------------------------------------- */

static void write_at_a_rate(void)
{
	for (uint64_t n = 1; !LOAD(shared->stop); n++) {
		publish(n);
		sleep_us((long)(1e6 / hz));
	}
}

static void read_as_they_come(void)
{
	uint64_t last = 0, start = now_ns(), heard = start;
	head h;
	while (now_ns() - start < (uint64_t)(seconds * 1e9) && shared->count < VALUES_MAX) {
		versus.wait();
		if (now_ns() - heard > PATIENCE_S * UINT64_C(1000000000)) versus_fail("wait", "nothing comes");
		if (!versus.take(value) || !is_new(last, &h)) continue;
		heard = now_ns();
		if (last) shared->us[shared->count++] = (double)(heard - h.made_ns) / 1e3;
		last = h.number;
	}
}

/* ---- two processes ------------------------------------------------------------------------------------------- */

static void pin(long cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	(void)sched_setaffinity(0, sizeof set, &set);
}

static pid_t start(bool is_writer, void (*body)(void))
{
	pid_t pid = fork();
	if (pid) return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(is_writer ? 0 : sysconf(_SC_NPROCESSORS_ONLN) - 1);
	if (is_writer) {
		versus.open_writer();
		STORE(shared->writer_ready, 1);
		while (!LOAD(shared->reader_ready)) sleep_us(100);
	} else {
		while (!LOAD(shared->writer_ready)) sleep_us(100);
		versus.open_reader();
		STORE(shared->reader_ready, 1);
	}
	body();
	STORE(shared->stop, 1);
	versus.leave();
	_exit(0);
}

static double cpu_s(pid_t broker)
{
	struct rusage u;
	struct timespec t = {0, 0};
	clockid_t clock;
	(void)getrusage(RUSAGE_CHILDREN, &u);
	if (broker && !clock_getcpuclockid(broker, &clock)) (void)clock_gettime(clock, &t);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6 + (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void tell(double cpu)
{
	uint64_t n = shared->count;
	if (!n) versus_fail("measure", "no value came");
	qsort(shared->us, n, sizeof shared->us[0], by_value);
	printf("{\"way\": \"%s\", \"bytes\": %zu, \"values\": %llu, \"p50_us\": %.4f, \"p99_us\": %.4f, \"cpu_us\": "
	       "%.3f}\n",
	       versus.name, bytes, (unsigned long long)n, shared->us[(n - 1) / 2],
	       shared->us[(size_t)((double)(n - 1) * 0.99)], 1e6 * cpu / (double)n);
}

int main(int argc, char **argv)
{
	bool is_read = argc == 5 && !strcmp(argv[1], "read");
	const char *where = argv[is_read ? 4 : argc > 5 ? 5 : 0];
	pid_t broker = argc > 6 ? atoi(argv[6]) : 0, both[2];
	int status[2] = {0, 0};
	double before;
	if (!is_read && (argc < 6 || strcmp(argv[1], "latency"))) return 2;
	bytes = (size_t)atol(argv[2]);
	most = is_read ? (uint64_t)atol(argv[3]) : VALUES_MAX;
	hz = is_read ? 0 : atof(argv[3]);
	seconds = is_read ? 0 : atof(argv[4]);
	if (bytes < sizeof(head) + 1 || most > VALUES_MAX || (!is_read && hz <= 0)) return 2;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	value = calloc(1, bytes);
	if (shared == MAP_FAILED || !value) versus_fail("begin", "out of memory");
	versus.begin(where, bytes);
	before = cpu_s(broker);
	both[0] = start(true, is_read ? write_when_asked : write_at_a_rate);
	both[1] = start(false, is_read ? read_new_ones : read_as_they_come);
	(void)waitpid(both[1], &status[1], 0);
	STORE(shared->stop, 1);
	(void)waitpid(both[0], &status[0], 0);
	versus.end();
	if (status[0] || status[1]) return 1;
	tell(cpu_s(broker) - before);
	return 0;
}
