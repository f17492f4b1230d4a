/* way_zmq.c - ZeroMQ: PUB and SUB over ipc, the subscriber keeping the newest only. */
#define _GNU_SOURCE
#include "versus.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <zmq.h>

static char endpoint[256];
static size_t bytes;
static void *context, *out, *in;

static void must(int result, const char *what)
{
	if (result < 0) versus_fail(what, zmq_strerror(zmq_errno()));
}

static void begin(const char *where, size_t value_bytes)
{
	(void)snprintf(endpoint, sizeof endpoint, "ipc://%s", where);
	bytes = value_bytes;
}

static void nothing(void)
{
}

static void open_writer(void)
{
	int one = 1;
	context = zmq_ctx_new();
	out = zmq_socket(context, ZMQ_PUB);
	if (!out) versus_fail("socket", zmq_strerror(zmq_errno()));
	must(zmq_setsockopt(out, ZMQ_CONFLATE, &one, sizeof one), "conflate");
	must(zmq_bind(out, endpoint), endpoint);
}

static void publish(const void *value)
{
	must(zmq_send(out, value, bytes, 0), "send");
}

static void open_reader(void)
{
	int one = 1;
	struct timespec a_while = {0, 300000000};
	context = zmq_ctx_new();
	in = zmq_socket(context, ZMQ_SUB);
	if (!in) versus_fail("socket", zmq_strerror(zmq_errno()));
	must(zmq_setsockopt(in, ZMQ_CONFLATE, &one, sizeof one), "conflate");
	must(zmq_setsockopt(in, ZMQ_SUBSCRIBE, "", 0), "subscribe");
	must(zmq_connect(in, endpoint), endpoint);
	(void)nanosleep(&a_while, NULL); /* nothing tells a subscriber that the publisher knows of it */
}

static bool take(void *value)
{
	return zmq_recv(in, value, bytes, ZMQ_DONTWAIT) == (int)bytes;
}

static void wait_for(void)
{
	zmq_pollitem_t item = {in, 0, ZMQ_POLLIN, 0};
	(void)zmq_poll(&item, 1, 1000);
}

const versus_way versus = {"zeromq", false, begin, nothing, open_writer, publish, open_reader, take, nothing, wait_for};
