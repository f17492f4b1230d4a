/* way_iceoryx.c - iceoryx 2: a chunk is loaned, filled, published; the subscriber's queue holds one. RouDi has to run. */
#define _GNU_SOURCE
#include "versus.h"

#include <iceoryx_binding_c/publisher.h>
#include <iceoryx_binding_c/runtime.h>
#include <iceoryx_binding_c/subscriber.h>
#include <iceoryx_binding_c/types.h>
#include <iceoryx_binding_c/wait_set.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char topic[64];
static size_t bytes;
static iox_pub_storage_t pub_storage;
static iox_sub_storage_t sub_storage;
static iox_ws_storage_t ws_storage;
static iox_pub_t out;
static iox_sub_t in;
static iox_ws_t bell;

static void begin(const char *where, size_t value_bytes)
{
	(void)snprintf(topic, sizeof topic, "%s", where);
	bytes = value_bytes;
}

static void nothing(void)
{
}

static void enter(const char *role)
{
	char name[64];
	(void)snprintf(name, sizeof name, "%.40s-%s", topic, role);
	iox_runtime_init(name);
}

static void open_writer(void)
{
	iox_pub_options_t o;
	enter("writer");
	iox_pub_options_init(&o);
	o.historyCapacity = 1;
	out = iox_pub_init(&pub_storage, "bench", "local", topic, &o);
}

static void publish(const void *value)
{
	void *chunk = NULL;
	if (iox_pub_loan_chunk(out, &chunk, (uint32_t)bytes) != AllocationResult_SUCCESS)
		versus_fail("loan", "refused");
	memcpy(chunk, value, bytes);
	iox_pub_publish_chunk(out, chunk);
}

static void open_reader(void)
{
	iox_sub_options_t o;
	struct timespec a_while = {0, 1000000};
	enter("reader");
	iox_sub_options_init(&o);
	o.queueCapacity = 1;
	o.historyRequest = 1;
	in = iox_sub_init(&sub_storage, "bench", "local", topic, &o);
	while (iox_sub_get_subscription_state(in) != SubscribeState_SUBSCRIBED) (void)nanosleep(&a_while, NULL);
	bell = iox_ws_init(&ws_storage);
	if (iox_ws_attach_subscriber_state(bell, in, SubscriberState_HAS_DATA, 1, NULL) != WaitSetResult_SUCCESS)
		versus_fail("wait set", "refused");
}

static bool take(void *value)
{
	const void *chunk = NULL;
	if (iox_sub_take_chunk(in, &chunk) != ChunkReceiveResult_SUCCESS) return false;
	memcpy(value, chunk, bytes);
	iox_sub_release_chunk(in, chunk);
	return true;
}

/* RouDi takes a process that ends without a word for one that it has to end. */
static void leave(void)
{
	if (bell) iox_ws_deinit(bell);
	if (in) iox_sub_deinit(in);
	if (out) iox_pub_deinit(out);
	iox_runtime_shutdown();
}

static void wait_for(void)
{
	iox_notification_info_t info[1];
	uint64_t missed = 0;
	struct timespec second = {1, 0};
	(void)iox_ws_timed_wait(bell, second, info, 1, &missed);
}

const versus_way versus = {"iceoryx", false, begin, nothing, open_writer, publish, open_reader, take, leave, wait_for};
