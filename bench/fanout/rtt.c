/* rtt.c - what the machine itself takes on loopback: two processes, each on a core, blocking calls and nothing else.
 *
 *   rtt SERVER_CPU LOAD_CPU BYTES HZ SECONDS            a TCP round trip; one line of JSON
 *   rtt SERVER_CPU LOAD_CPU BYTES HZ SECONDS relay      one way, from a publisher through a server to a viewer: bytes in
 *                                                       shared memory and a futex, then one send(). The publisher and
 *                                                       the viewer share a core, as in load.c */
#define _GNU_SOURCE
#include "stamp.h"

#include <arpa/inet.h>
#include <limits.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES_MAX 65536

static char data[BYTES_MAX];

/* Between publisher and server. */
struct shared {
	uint32_t word; /* +1 per payload */
	char payload[BYTES_MAX];
};
static struct shared *shared; /* NULL: a round trip */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void pin(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	(void)sched_setaffinity(0, sizeof set, &set);
}

static bool receive(int fd, size_t bytes)
{
	for (size_t got = 0; got < bytes;) {
		ssize_t n = recv(fd, data + got, bytes - got, 0);
		if (n <= 0) return false;
		got += (size_t)n;
	}
	return true;
}

static void at_once(int fd)
{
	int one = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void futex(int op, uint32_t value)
{
	(void)syscall(SYS_futex, &shared->word, op, value, NULL, NULL, 0);
}

static void publish(int cpu, size_t bytes, double hz)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(cpu);
	for (uint64_t tick = 1;; tick++) {
		(void)usleep((useconds_t)(1e6 / hz));
		fan_fill((unsigned char *)shared->payload, bytes, tick);
		(void)__atomic_add_fetch(&shared->word, 1, __ATOMIC_SEQ_CST);
		futex(FUTEX_WAKE, INT_MAX);
	}
}

static void pass_on(int fd, size_t bytes)
{
	uint32_t seen = __atomic_load_n(&shared->word, __ATOMIC_SEQ_CST), now = seen;
	for (;; seen = now) {
		while ((now = __atomic_load_n(&shared->word, __ATOMIC_SEQ_CST)) == seen) futex(FUTEX_WAIT, seen);
		memcpy(data, shared->payload, bytes);
		if (send(fd, data, bytes, MSG_NOSIGNAL) != (ssize_t)bytes) return;
	}
}

static void serve(int listener, int cpu, size_t bytes)
{
	int fd;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(cpu);
	fd = accept(listener, NULL, NULL);
	if (fd < 0) _exit(1);
	at_once(fd);
	if (shared) pass_on(fd, bytes);
	while (receive(fd, bytes) && send(fd, data, bytes, MSG_NOSIGNAL) == (ssize_t)bytes) {
	}
	_exit(0);
}

/* us from the beginning of a round trip, or from the publisher's stamp, to the end. */
static double one(int fd, size_t bytes, double hz)
{
	uint64_t start;
	if (shared) {
		if (!receive(fd, bytes)) fail("rtt: receive");
		memcpy(&start, data, 8);
		return (double)(fan_now_ns() - start) / 1e3;
	}
	(void)usleep((useconds_t)(1e6 / hz));
	start = fan_now_ns();
	if (send(fd, data, bytes, MSG_NOSIGNAL) != (ssize_t)bytes || !receive(fd, bytes)) fail("rtt: echo");
	return (double)(fan_now_ns() - start) / 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t a_bytes = sizeof a;
	bool is_relay = argc == 7 && !strcmp(argv[6], "relay");
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	pid_t server, publisher = -1;
	size_t bytes = argc == 6 || is_relay ? (size_t)atol(argv[3]) : 0, n;
	double hz = bytes ? atof(argv[4]) : 0, *us;
	if (bytes < FAN_STAMP_BYTES || bytes > BYTES_MAX || hz <= 0) return 2;
	n = (size_t)(hz * atof(argv[5])) + 1;
	us = calloc(n, sizeof *us);
	if (is_relay) shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!us || shared == MAP_FAILED || bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&a, &a_bytes))
		fail("rtt: listen");
	server = fork();
	if (server < 0) fail("rtt: fork");
	if (server == 0) serve(listener, atoi(argv[1]), bytes);
	pin(atoi(argv[2]));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof a)) fail("rtt: connect");
	at_once(fd);
	if (is_relay) publisher = fork();
	if (publisher == 0) publish(atoi(argv[2]), bytes, hz);
	for (size_t i = 0; i < n; i++) us[i] = one(fd, bytes, hz);
	qsort(us, n, sizeof *us, by_value);
	printf("{\"count\": %zu, \"p50_us\": %.2f, \"p99_us\": %.2f}\n", n, us[(n - 1) / 2],
	       us[(size_t)((double)(n - 1) * 0.99)]);
	(void)kill(server, SIGKILL);
	if (publisher > 0) (void)kill(publisher, SIGKILL);
	while (wait(NULL) > 0) {
	}
	return 0;
}
