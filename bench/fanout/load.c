/* load.c - many viewers of one server, and what they get: frames, updates, their age; what the server pays for it.
 *
 *   load DIALECT PORT VIEWERS SECONDS [--hz HZ] [--pid SERVER] [--publish KIND:WHERE] [--bytes N] [--regions N] [--due N] [--change N] [--ack N] [--target PATTERN]
 *        [--freeze MS] [--throttle BYTES_PER_S] [--stall N] [--drop N] [--garbage N] [--tls] [--spin]
 *
 * One line of JSON at the end. HZ 0 = as fast as it goes. --freeze: the first viewer does not read for that long;
 * --throttle: it reads no faster. Its ages are then told apart. Of the viewers the last ones may be a crowd: some never
 * read, some lose their connection and come back, some talk nonsense; frames, updates and ages are then those of the
 * others alone. */
#define _GNU_SOURCE
#include "publish.h"
#include "stamp.h"
#include "tls.h"
#include "viewer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES (1u << 20)
#define AGES_MAX   4000000u
#define STAY_NS    UINT64_C(3000000000)
#define DISTURB_NS UINT64_C(10000000)
#define CONNECT_S  60

fan_tally fan;
unsigned fan_ack = 3; /* limits.ack of the default window */
double fan_hz = 1000;
const char *fan_target = "*.r*";

static const fan_dialect *dialect;
static fan_viewer *viewers;
static unsigned count;
static int epoll, port;
static bool is_tls;
static bool spins;                    /* looks all the time: whoever sends to us need not wake us */
static unsigned stall, drop, garbage; /* viewers of the crowd */
static pid_t server;
static unsigned due = 1;
static uint64_t
        deaf_ns; /* the longest time between two looks at the viewers: ten seconds, and the bridge gives them up */
static uint64_t all_updates; /* read by the publisher's thread */

static bool is_healthy(const fan_viewer *v)
{
	return v < viewers + count - stall - drop - garbage;
}

static void fail(const char *what)
{
	(void)fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

void fan_saw(fan_viewer *v, const uint8_t *payload)
{
	uint64_t made, at;
	v->updates++;
	if (!is_healthy(v)) return;
	fan.updates++;
	__atomic_store_n(&all_updates, all_updates + 1, __ATOMIC_RELAXED);
	if (!payload || !fan.measures) return;
	at = fan.ages_seen++;
	if (at >= fan.age_room) at = ((uint64_t)rand() << 31 | (uint64_t)rand()) % fan.ages_seen;
	if (at >= fan.age_room) return;
	memcpy(&made, payload, 8);
	fan.ages_us[at] = (uint32_t)((fan_now_ns() - made) / 1000);
	if (at == fan.age_count) fan.age_count++;
}

uint64_t fan_progress(void)
{
	return __atomic_load_n(&all_updates, __ATOMIC_RELAXED) / ((uint64_t)count * due);
}

void fan_say(fan_viewer *v, const void *data, size_t bytes)
{
	fan_say_as(v, 2, data, bytes);
}

void fan_say_as(fan_viewer *v, unsigned opcode, const void *data, size_t bytes)
{
	uint8_t frame[512] = {(uint8_t)(0x80 | opcode), (uint8_t)(0x80 | (bytes < 126 ? bytes : 126))};
	size_t n = 2;
	if (bytes >= 126) frame[n++] = (uint8_t)(bytes >> 8), frame[n++] = (uint8_t)bytes;
	n += 4; /* a mask of zeroes is a mask */
	if (n + bytes > sizeof frame) exit(1);
	memcpy(frame + n, data, bytes);
	if (fan_send(v->tls, v->fd, frame, n + bytes) < 0 && v->tls && errno == EAGAIN) fail("a viewer's word");
}

/* ---- connecting ---- */

static void dial(fan_viewer *v)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	char text[512], protocol[64] = "";
	int one = 1, n;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (v->fd < 0 || connect(v->fd, (struct sockaddr *)&a, sizeof a)) fail("connect");
	(void)setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (dialect->subprotocol[0])
		(void)snprintf(protocol, sizeof protocol, "Sec-WebSocket-Protocol: %s\r\n", dialect->subprotocol);
	n = snprintf(text, sizeof text,
	             "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
	             dialect->path, port, protocol);
	if (is_tls) v->tls = fan_tls_attach(v->fd);
	if (is_tls) fan_tls_shake(v->tls);
	if (fan_send(v->tls, v->fd, text, (size_t)n) != n) fail("upgrade");
	(void)fcntl(v->fd, F_SETFL, O_NONBLOCK);
}

static void attach(fan_viewer *v)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = v};
	dial(v);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, v->fd, &e)) fail("epoll");
}

/* ---- reading ---- */

static void keep_rest(fan_viewer *v, const uint8_t *rest, size_t bytes)
{
	uint8_t *all = bytes ? malloc(bytes) : NULL;
	if (bytes && !all) fail("memory");
	if (all) memcpy(all, rest, bytes);
	free(v->rest);
	v->rest = all;
	v->rest_bytes = bytes;
}

/* Bytes of the frame at @p p, 0 = not whole yet. */
static size_t frame_at(const uint8_t *p, size_t bytes, size_t *ret_head)
{
	size_t head = 2, length;
	if (bytes < 2) return 0;
	length = p[1] & 127u;
	if (length >= 126) {
		size_t n = length == 126 ? 2 : 8;
		if (bytes < 2 + n) return 0;
		length = 0;
		for (size_t i = 0; i < n; i++) length = length << 8 | p[2 + i];
		head += n;
	}
	*ret_head = head;
	return bytes >= head + length ? head + length : 0;
}

static size_t take_upgrade(fan_viewer *v, const uint8_t *p, size_t bytes)
{
	const uint8_t *end = memmem(p, bytes, "\r\n\r\n", 4);
	if (!end) return 0;
	if (strncmp((const char *)p, "HTTP/1.1 101", 12)) {
		v->is_lost = !is_healthy(v);
		if (v->is_lost) return bytes;
		(void)fprintf(stderr, "load: refused: %.*s\n", (int)(end - p < 100 ? end - p : 100), (const char *)p);
		exit(1);
	}
	v->is_open = true;
	dialect->open(v);
	return (size_t)(end - p) + 4;
}

/* Long messages come in several frames; what is counted are messages. */
static void take_piece(fan_viewer *v, bool is_last, const uint8_t *p, size_t bytes)
{
	if (!is_last || v->message_bytes) {
		uint8_t *all = realloc(v->message, v->message_bytes + bytes + 1);
		if (!all) fail("memory");
		memcpy(all + v->message_bytes, p, bytes);
		v->message = all;
		v->message_bytes += bytes;
		if (!is_last) return;
		p = all;
		bytes = v->message_bytes;
	}
	fan.frames += is_healthy(v);
	dialect->take(v, p, bytes);
	free(v->message);
	v->message = NULL;
	v->message_bytes = 0;
}

static void take(fan_viewer *v, const uint8_t *p, size_t bytes)
{
	size_t n, head = 0;
	if (!v->is_open) {
		n = take_upgrade(v, p, bytes);
		p += n;
		bytes -= n;
	}
	while (v->is_open && (n = frame_at(p, bytes, &head)) != 0) {
		unsigned op = p[0] & 15u;
		if (op == 8 && !is_healthy(v)) {
			v->is_lost = true;
			return;
		}
		if (op == 8) {
			(void)fprintf(stderr, "load: the server closed viewer %td: %u %.*s\n", v - viewers,
			              n > head + 1 ? p[head] << 8 | p[head + 1] : 0,
			              (int)(n > head + 2 ? n - head - 2 : 0), (const char *)p + head + 2);
			exit(1);
		}
		/* Every five minutes libwebsockets asks, and gives up who does not answer within ten seconds. */
		if (op == 9 && n - head < 126) fan_say_as(v, 10, p + head, n - head);
		if (op <= 2) take_piece(v, (p[0] & 0x80) != 0, p + head, n - head);
		p += n;
		bytes -= n;
	}
	keep_rest(v, p, bytes);
}

static size_t pull(fan_viewer *v, size_t most)
{
	static uint8_t all[2 * READ_BYTES]; /* a frame of READ_BYTES at least */
	ssize_t n;
	if (v->rest_bytes >= sizeof all) fail("a frame that is too long");
	if (v->rest_bytes) memcpy(all, v->rest, v->rest_bytes);
	if (most > sizeof all - v->rest_bytes) most = sizeof all - v->rest_bytes;
	n = fan_recv(v->tls, v->fd, all + v->rest_bytes, most);
	if ((n == 0 || (n < 0 && errno != EAGAIN)) && !is_healthy(v)) v->is_lost = true;
	if (v->is_lost) return 0;
	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		(void)fprintf(stderr,
		              "load: viewer %td lost its connection (%s); at worst nobody was heard for %.1f s here\n",
		              v - viewers, n ? strerror(errno) : "end of the stream", (double)deaf_ns / 1e9);
		exit(1);
	}
	if (n < 0) return 0;
	fan.bytes += (uint64_t)n;
	take(v, all, v->rest_bytes + (size_t)n);
	dialect->read_all(v);
	return (size_t)n;
}

/* One of the crowd connects anew. */
static void come_back(fan_viewer *v)
{
	if (v->tls) fan_tls_end(v->tls);
	(void)close(v->fd);
	free(v->rest);
	free(v->message);
	free(v->stream);
	*v = (fan_viewer){.fd = -1};
	attach(v);
}

static void serve(int timeout_ms)
{
	static struct epoll_event events[512];
	static uint64_t stay_ns, looked_ns;
	uint64_t now_ns = fan_now_ns();
	int n;
	if (looked_ns && now_ns - looked_ns > deaf_ns) deaf_ns = now_ns - looked_ns;
	looked_ns = now_ns;
	if (fan_now_ns() > stay_ns) {
		for (unsigned i = 0; i < count; i++)
			if (viewers[i].is_open) dialect->stay(&viewers[i]);
		stay_ns = fan_now_ns() + STAY_NS;
	}
	n = epoll_wait(epoll, events, 512, timeout_ms);
	for (int i = 0; i < n; i++) {
		fan_viewer *v = events[i].data.ptr;
		(void)pull(v, READ_BYTES);
		if (v->is_lost) come_back(v);
	}
}

/* Every 10 ms one of the crowd is cut off and another says something that is not in the protocol. */
static void disturb(void)
{
	static uint64_t next_ns;
	unsigned first = count - stall - drop - garbage;
	uint8_t noise[64];
	if (!(drop || garbage) || fan_now_ns() < next_ns) return;
	next_ns = fan_now_ns() + DISTURB_NS;
	if (drop) come_back(&viewers[first + stall + (unsigned)rand() % drop]);
	if (!garbage) return;
	for (size_t i = 0; i < sizeof noise; i++) noise[i] = (uint8_t)rand();
	(void)send(viewers[first + stall + drop + (unsigned)rand() % garbage].fd, noise, sizeof noise,
	           MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void stall_some(void)
{
	for (unsigned i = count - stall - drop - garbage; stall && i < count - drop - garbage; i++)
		(void)epoll_ctl(epoll, EPOLL_CTL_DEL, viewers[i].fd, NULL);
}

static void connect_all(void)
{
	uint64_t end = fan_now_ns() + CONNECT_S * UINT64_C(1000000000);
	unsigned ready = 0;
	for (unsigned i = 0; i < count; i++) {
		attach(&viewers[i]);
		if (i % 32 == 31) serve(1);
	}
	while (ready < count) {
		serve(10);
		for (ready = 0; ready < count && viewers[ready].is_ready; ready++) {
		}
		if (fan_now_ns() > end) {
			(void)fprintf(stderr, "load: viewer %u is not served after %d s\n", ready, CONNECT_S);
			exit(1);
		}
	}
}

static void run(double seconds)
{
	uint64_t end = fan_now_ns() + (uint64_t)(seconds * 1e9);
	while (fan_now_ns() < end) {
		serve(spins ? 0 : 2);
		disturb();
	}
}

/* ---- one viewer apart: it freezes, or reads slowly ---- */

static void apart(double freeze_ms, double throttle, double seconds)
{
	fan_viewer *v = &viewers[0];
	uint64_t start = fan_now_ns(), end = start + (uint64_t)(seconds * 1e9),
	         thaw = start + (uint64_t)(freeze_ms * 1e6);
	uint64_t got = 0;
	(void)epoll_ctl(epoll, EPOLL_CTL_DEL, v->fd, NULL);
	while (fan_now_ns() < end) {
		uint64_t now = fan_now_ns();
		serve(1);
		if (now < thaw) continue;
		if (throttle > 0 && (double)got > (double)(now - thaw) / 1e9 * throttle) continue;
		fan.measures = true;
		got += pull(v, throttle > 0 ? 1400 : READ_BYTES);
		fan.measures = false;
	}
}

/* ---- beginning ---- */

static void find_dialect(const char *name)
{
	for (dialect = fan_dialects; dialect->name && strcmp(dialect->name, name);) dialect++;
	if (dialect->name) return;
	(void)fprintf(stderr, "load: no dialect %s\n", name);
	exit(2);
}

typedef struct fan_options {
	fan_publisher publisher;
	double freeze_ms, throttle, warm_s;
} fan_options;

static void read_options(int argc, char **argv, fan_options *o)
{
	static const struct option longs[] = {{"hz", 1, 0, 'h'},
	                                      {"pid", 1, 0, 'p'},
	                                      {"publish", 1, 0, 'P'},
	                                      {"bytes", 1, 0, 'b'},
	                                      {"regions", 1, 0, 'r'},
	                                      {"due", 1, 0, 'd'},
	                                      {"freeze", 1, 0, 'f'},
	                                      {"throttle", 1, 0, 't'},
	                                      {"warm", 1, 0, 'w'},
	                                      {"ask", 1, 0, 'a'},
	                                      {"stall", 1, 0, 'S'},
	                                      {"drop", 1, 0, 'D'},
	                                      {"garbage", 1, 0, 'G'},
	                                      {"ack", 1, 0, 'k'},
	                                      {"change", 1, 0, 'c'},
	                                      {"target", 1, 0, 'T'},
	                                      {"tls", 0, 0, 's'},
	                                      {"spin", 0, 0, 'i'},
	                                      {0}};
	char *colon;
	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		switch (c) {
		case 'h': o->publisher.hz = atof(optarg); break;
		case 'a': fan_hz = atof(optarg); break;
		case 'T': fan_target = optarg; break;
		case 's': is_tls = true; break;
		case 'i': spins = true; break;
		case 'S': stall = (unsigned)atoi(optarg); break;
		case 'D': drop = (unsigned)atoi(optarg); break;
		case 'G': garbage = (unsigned)atoi(optarg); break;
		case 'c': o->publisher.change = (size_t)atol(optarg); break;
		case 'k': fan_ack = (unsigned)atoi(optarg); break;
		case 'p': server = atoi(optarg); break;
		case 'b': o->publisher.bytes = (size_t)atol(optarg); break;
		case 'r': o->publisher.regions = (unsigned)atoi(optarg); break;
		case 'd': o->publisher.due = due = (unsigned)atoi(optarg); break;
		case 'f': o->freeze_ms = atof(optarg); break;
		case 't': o->throttle = atof(optarg); break;
		case 'w': o->warm_s = atof(optarg); break;
		case 'P':
			colon = strchr(optarg, ':');
			if (!colon) exit(2);
			*colon = '\0';
			o->publisher.kind = optarg;
			o->publisher.where = colon + 1;
			break;
		default: exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	fan_options o = {.publisher = {.bytes = 64, .regions = 1, .due = 1}, .warm_s = 0.7};
	struct rlimit files;
	double seconds, cpu;
	uint64_t start;
	read_options(argc, argv, &o);
	if (argc - optind != 4) return 2;
	find_dialect(argv[optind]);
	port = atoi(argv[optind + 1]);
	count = (unsigned)atoi(argv[optind + 2]);
	seconds = atof(argv[optind + 3]);
	(void)getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	(void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
	if (is_tls) fan_tls_begin(NULL);
	epoll = epoll_create1(0);
	viewers = calloc(count + 1, sizeof *viewers);
	fan.age_room = AGES_MAX;
	fan.ages_us = malloc(AGES_MAX * sizeof fan.ages_us[0]);
	if (!viewers || !fan.ages_us) return 1;
	if (stall + drop + garbage >= count && count) return 2; /* without viewers: what a server costs by itself */
	connect_all();
	stall_some();
	if (o.publisher.kind) fan_publish(&o.publisher);
	run(o.warm_s);
	fan.frames = fan.updates = fan.bytes = 0;
	fan.measures = o.freeze_ms <= 0 && o.throttle <= 0;
	start = fan_now_ns();
	cpu = fan_cpu_s(server);
	if (fan.measures)
		run(seconds);
	else
		apart(o.freeze_ms, o.throttle, seconds);
	seconds = (double)(fan_now_ns() - start) / 1e9;
	fan_tell(count, seconds, fan_cpu_s(server) - cpu, server);
	return 0;
}
