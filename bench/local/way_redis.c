/* way_redis.c - Redis over a unix socket: SET, and a PUBLISH that wakes a reader which then does GET. */
#define _GNU_SOURCE
#include "versus.h"

#include <hiredis/hiredis.h>
#include <string.h>
#include <sys/time.h>

static const char *path;
static size_t bytes;
static redisContext *out, *in, *bell;
static bool wakes; /* the reader has asked for the bell */

static void begin(const char *where, size_t value_bytes)
{
	path = where;
	bytes = value_bytes;
}

static void nothing(void)
{
}

static redisContext *dial(void)
{
	redisContext *c = redisConnectUnix(path);
	if (!c || c->err) versus_fail(path, c ? c->errstr : "out of memory");
	return c;
}

static void open_writer(void)
{
	out = dial();
	freeReplyObject(redisCommand(out, "DEL newest")); /* of an earlier run */
}

static void publish(const void *value)
{
	for (int i = 0; i < 2; i++)
		if ((i ? redisAppendCommand(out, "PUBLISH newest 1")
		       : redisAppendCommand(out, "SET newest %b", value, bytes)) != REDIS_OK)
			versus_fail("command", out->errstr);
	for (int i = 0; i < 2; i++) {
		void *reply = NULL;
		if (redisGetReply(out, &reply) != REDIS_OK) versus_fail("reply", out->errstr);
		freeReplyObject(reply);
	}
}

static void open_reader(void)
{
	in = dial();
}

static bool take(void *value)
{
	redisReply *r = redisCommand(in, "GET newest");
	bool came = r && r->type == REDIS_REPLY_STRING && r->len == bytes;
	if (!r) versus_fail("GET", in->errstr);
	if (came) memcpy(value, r->str, bytes);
	freeReplyObject(r);
	return came;
}

static void wait_for(void)
{
	void *reply = NULL;
	if (!wakes) {
		bell = dial();
		reply = redisCommand(bell, "SUBSCRIBE newest");
		if (!reply) versus_fail("SUBSCRIBE", bell->errstr);
		freeReplyObject(reply);
		wakes = true;
		return;
	}
	if (redisGetReply(bell, &reply) != REDIS_OK) versus_fail("bell", bell->errstr);
	freeReplyObject(reply);
}

const versus_way versus = {"redis", false, begin, nothing, open_writer, publish, open_reader, take, nothing, wait_for};
