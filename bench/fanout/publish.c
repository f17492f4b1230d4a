/* publish.c - see publish.h. */
#define _GNU_SOURCE
#include "publish.h"

#include "stamp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pagecast/writer.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEPTH 8 /* ticks under way in a closed loop */

static fan_publisher p;
static unsigned char *payload;
static pc_writer **writers;
static int tcp = -1;

static void fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "load: publisher: %s: %s\n", what, why);
	_exit(1);
}

/* ---- regions ---- */

static void open_regions(void)
{
	writers = calloc(p.regions, sizeof *writers);
	for (unsigned r = 0; writers && r < p.regions; r++) {
		char name[64];
		pc_err err = {""};
		(void)snprintf(name, sizeof name, "%s.r%u", p.where, r);
		if (pc_writer_open(name, NULL, &writers[r], &err) != PC_OK) fail(name, err.text);
	}
}

static void put_region(unsigned r)
{
	if (pc_writer_write(writers[r], 0, payload, p.bytes) != PC_OK) fail("write", "refused");
}

/* ---- brokers ---- */

static void put(const void *data, size_t bytes)
{
	const char *at = data;
	while (bytes) {
		ssize_t n = send(tcp, at, bytes, MSG_NOSIGNAL);
		if (n <= 0) fail("send", "the server closed");
		at += n;
		bytes -= (size_t)n;
	}
}

static void dial(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(p.where))};
	int one = 1;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	tcp = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(tcp, (struct sockaddr *)&a, sizeof a)) fail("connect", p.where);
	(void)setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (!strcmp(p.kind, "mqtt")) put("\x10\x10\0\4MQTT\4\2\0\0\0\4publ", 18);
	if (!strcmp(p.kind, "nats")) put("CONNECT {\"verbose\":false}\r\n", 27);
}

static void put_mqtt(unsigned r)
{
	uint8_t head[16] = {0x30};
	char topic[16];
	size_t n = 1, topic_bytes = (size_t)snprintf(topic, sizeof topic, "r%u", r), left = 2 + topic_bytes + p.bytes;
	do {
		head[n++] = (uint8_t)((left & 127) | (left > 127 ? 128 : 0));
		left >>= 7;
	} while (left);
	head[n++] = 0;
	head[n++] = (uint8_t)topic_bytes;
	put(head, n);
	put(topic, topic_bytes);
	put(payload, p.bytes);
}

static void put_nats(unsigned r)
{
	char head[40];
	char heard[4096];
	put(head, (size_t)snprintf(head, sizeof head, "PUB r.%u %zu\r\n", r, p.bytes));
	put(payload, p.bytes);
	put("\r\n", 2);
	/* Its pings need an answer within minutes only: this connection does not live that long. */
	while (recv(tcp, heard, sizeof heard, MSG_DONTWAIT) > 0) {
	}
}

static void put_length(unsigned r)
{
	uint32_t bytes = (uint32_t)p.bytes;
	(void)r;
	put(&bytes, sizeof bytes);
	put(payload, p.bytes);
}

/* ---- ticks ---- */

static void wait_for_turn(uint64_t tick, uint64_t *due_ns)
{
	uint64_t now = fan_now_ns();
	if (p.hz > 0) {
		if (*due_ns > now) (void)usleep((useconds_t)((*due_ns - now) / 1000));
		*due_ns += (uint64_t)(1e9 / p.hz);
		if (*due_ns + 50000000 < now) *due_ns = now;
		return;
	}
	/* A server may drop what it cannot deliver: then waiting for it would be for ever. */
	while (fan_progress() + DEPTH < tick && fan_now_ns() - now < 20000000) (void)usleep(50);
}

static void *run(void *arg)
{
	void (*one)(unsigned) = !strcmp(p.kind, "pagecast") ? put_region
	                        : !strcmp(p.kind, "mqtt")   ? put_mqtt
	                        : !strcmp(p.kind, "nats")   ? put_nats
	                                                    : put_length;
	uint64_t due_ns = fan_now_ns();
	(void)arg;
	if (one == put_region)
		open_regions();
	else
		dial();
	for (uint64_t tick = 1;; tick++) {
		wait_for_turn(tick, &due_ns);
		for (unsigned r = 0; r < p.due; r++) {
			fan_fill(payload, p.change ? p.change : p.bytes, tick);
			one((unsigned)((tick * p.due + r) % p.regions));
		}
		if (writers && tick % 64 == 0)
			for (unsigned r = 0; r < p.regions; r++) (void)pc_writer_beat(writers[r]);
	}
	return NULL;
}

void fan_publish(const fan_publisher *what)
{
	pthread_t thread;
	p = *what;
	payload = calloc(1, p.bytes);
	if (!payload || pthread_create(&thread, NULL, run, NULL)) fail("start", "out of memory");
}
