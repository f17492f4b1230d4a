/* rtt.c - a raw TCP round trip on loopback: two processes, each on a core, blocking calls and nothing else.
 *
 *   rtt SERVER_CPU LOAD_CPU BYTES HZ SECONDS     one line of JSON */
#define _GNU_SOURCE
#include "stamp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES_MAX 65536

static char data[BYTES_MAX];

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

static void echo(int listener, int cpu, size_t bytes)
{
	int fd;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(cpu);
	fd = accept(listener, NULL, NULL);
	if (fd < 0) _exit(1);
	at_once(fd);
	while (receive(fd, bytes) && send(fd, data, bytes, MSG_NOSIGNAL) == (ssize_t)bytes) {
	}
	_exit(0);
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
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	size_t bytes = argc == 6 ? (size_t)atol(argv[3]) : 0, n;
	double hz = bytes ? atof(argv[4]) : 0, *us;
	if (!bytes || bytes > BYTES_MAX || hz <= 0) return 2;
	n = (size_t)(hz * atof(argv[5])) + 1;
	us = calloc(n, sizeof *us);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!us || bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&a, &a_bytes))
		fail("rtt: listen");
	if (fork() == 0) echo(listener, atoi(argv[1]), bytes);
	pin(atoi(argv[2]));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof a)) fail("rtt: connect");
	at_once(fd);
	for (size_t i = 0; i < n; i++) {
		uint64_t start;
		(void)usleep((useconds_t)(1e6 / hz));
		start = fan_now_ns();
		if (send(fd, data, bytes, MSG_NOSIGNAL) != (ssize_t)bytes || !receive(fd, bytes)) fail("rtt: echo");
		us[i] = (double)(fan_now_ns() - start) / 1e3;
	}
	(void)close(fd);
	(void)wait(NULL);
	qsort(us, n, sizeof *us, by_value);
	printf("{\"round_trips\": %zu, \"p50_us\": %.2f, \"p99_us\": %.2f}\n", n, us[(n - 1) / 2],
	       us[(size_t)((double)(n - 1) * 0.99)]);
	return 0;
}
