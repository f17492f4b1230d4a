/* limit.c - the physical limit of a fan-out: one send() of a prebuilt frame per viewer and tick, and nothing else.
 *
 *   limit PORT BYTES REGIONS HZ [PEM]     HZ 0 = as fast as it goes; PEM: key and certificate, then it speaks TLS
 *
 * Any upgrade is answered, nothing that a viewer says is looked at. A socket that is full misses the tick. */
#define _GNU_SOURCE
#include "stamp.h"
#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define VIEWERS_MAX 20000
#define SETTLE_NS   UINT64_C(150000000) /* no tick until so long after the last viewer came: a crowd comes in peace */

static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: none\r\n\r\n";
typedef struct viewer {
	int fd;
	struct ssl_st *tls;
	unsigned char *rest;
	size_t rest_at, rest_bytes;
} viewer;
static viewer viewers[VIEWERS_MAX];
static int count, epoll, listener;
static unsigned char *frame;
static size_t frame_bytes, payload_bytes;
static unsigned regions;
static bool is_tls;
static uint64_t joined_ns;                      /* when the last viewer came */
static struct ssl_st *tls_of[VIEWERS_MAX + 64]; /* by descriptor */

static int listen_on(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 4096)) {
		perror("limit: listen");
		exit(1);
	}
	return fd;
}

static void build_frame(void)
{
	size_t head = payload_bytes < 126 ? 2 : 4;
	frame_bytes = head + payload_bytes;
	frame = calloc(1, frame_bytes);
	if (!frame) exit(1);
	frame[0] = 0x82;
	frame[1] = (unsigned char)(payload_bytes < 126 ? payload_bytes : 126);
	if (head == 4) frame[2] = (unsigned char)(payload_bytes >> 8), frame[3] = (unsigned char)payload_bytes;
}

static void watch(int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
	(void)epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

static void take_viewers(void)
{
	int fd, one = 1;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		if (fd >= (int)(sizeof tls_of / sizeof *tls_of)) {
			(void)close(fd);
			continue;
		}
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		if (is_tls) tls_of[fd] = fan_tls_attach(fd);
		watch(fd);
	}
}

static void drop(int fd)
{
	for (int i = 0; i < count; i++)
		if (viewers[i].fd == fd) {
			free(viewers[i].rest);
			viewers[i] = viewers[--count];
		}
	if (tls_of[fd]) fan_tls_end(tls_of[fd]);
	tls_of[fd] = NULL;
	(void)close(fd);
}

static void hear(int fd)
{
	static char text[65536];
	ssize_t n = fan_recv(tls_of[fd], fd, text, sizeof text - 1);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN) drop(fd);
		return;
	}
	text[n] = '\0';
	if (strncmp(text, "GET ", 4) || count == VIEWERS_MAX) return;
	if (fan_send(tls_of[fd], fd, answer, sizeof answer - 1) < 0) return;
	joined_ns = fan_now_ns();
	viewers[count++] = (viewer){.fd = fd, .tls = tls_of[fd]};
}

static void serve(int timeout_ms)
{
	static struct epoll_event events[1024];
	int n = epoll_wait(epoll, events, 1024, timeout_ms);
	for (int i = 0; i < n; i++)
		if (events[i].data.fd == listener)
			take_viewers();
		else
			hear(events[i].data.fd);
}

/* What a socket took half of it gets whole later: a frame cannot be abandoned. Until then it misses the ticks. */
static void keep(viewer *v, size_t gone)
{
	v->rest = malloc(frame_bytes - gone);
	if (!v->rest) exit(1);
	memcpy(v->rest, frame + gone, frame_bytes - gone);
	v->rest_at = 0;
	v->rest_bytes = frame_bytes - gone;
}

static bool flush(viewer *v)
{
	ssize_t n = fan_send(v->tls, v->fd, v->rest + v->rest_at, v->rest_bytes - v->rest_at);
	if (n > 0) v->rest_at += (size_t)n;
	if (v->rest_at < v->rest_bytes) return false;
	free(v->rest);
	v->rest = NULL;
	return true;
}

static void tick(uint64_t number)
{
	for (unsigned r = 0; r < regions; r++) {
		fan_fill(frame + frame_bytes - payload_bytes, payload_bytes, number);
		for (int i = 0; i < count; i++) {
			ssize_t n;
			if (viewers[i].rest && !flush(&viewers[i])) continue;
			n = fan_send(viewers[i].tls, viewers[i].fd, frame, frame_bytes);
			/* TLS may have sent half of a record by then: it has to be the same bytes next time. */
			if (n < 0 && viewers[i].tls && errno == EAGAIN) keep(&viewers[i], 0);
			if (n > 0 && (size_t)n < frame_bytes) keep(&viewers[i], (size_t)n);
		}
	}
}

int main(int argc, char **argv)
{
	struct rlimit files;
	double hz = argc > 4 ? atof(argv[4]) : 0;
	uint64_t period = hz > 0 ? (uint64_t)(1e9 / hz) : 0, due = fan_now_ns();
	if (argc < 5) return 2;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	payload_bytes = (size_t)atol(argv[2]);
	regions = (unsigned)atoi(argv[3]);
	is_tls = argc > 5;
	if (is_tls) fan_tls_begin(argv[5]);
	(void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
	epoll = epoll_create1(0);
	listener = listen_on(atoi(argv[1]));
	watch(listener);
	build_frame();
	for (uint64_t number = 1;;) {
		uint64_t now = fan_now_ns();
		if (!count || now < joined_ns + SETTLE_NS) {
			serve(10);
			continue;
		}
		if (period && now < due) {
			uint64_t left = due - now;
			if (left > 1000000)
				serve((int)(left / 1000000));
			else
				(void)usleep((useconds_t)(left / 1000));
			continue;
		}
		due = due + period > now ? due + period : now;
		if (!period || number % 4 == 0) serve(0);
		tick(number++);
	}
}
