/* daemon/listen.c - see listen.h. */
#include "listen.h"

#include "base/err.h"
#include "platform/bell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_MS     100u /* so soon the thread sees that it is to end */
#define ABSENT_MS    1000u
#define LEAST_GAP_MS 1u
#define TOLD_BYTES   256u

struct pcd_listener {
	uv_async_t async; /* first: what is closed is freed */
	uv_thread_t thread;
	pcd_log *log;
	pcd_rang_fn *rang;
	void *arg;
	char region[64], name[64];
	pc_access access;
	bool is_made_by_us;
	uint32_t stops, has_ended; /* [any] */
	uint32_t pause_ms;         /* [any] for an event that stands set */
};

static void say(const pcd_listener *l, int level, const char *what)
{
	pcd_log_line(l->log, level, "daemon", "region '%s': %s", l->region, what);
}

/* ---- the thread ---- */

static void nap(const pcd_listener *l, uint32_t ms)
{
	for (; ms && !__atomic_load_n(&l->stops, __ATOMIC_ACQUIRE); ms -= ms < SLICE_MS ? ms : SLICE_MS)
		uv_sleep(ms < SLICE_MS ? ms : SLICE_MS);
}

/* What is wrong is said once, until something else is. */
static bool open_it(const pcd_listener *l, pc_bell *bell, char told[TOLD_BYTES])
{
	char text[TOLD_BYTES + 40];
	pc_err err = {""};
	pc_status s =
	        l->is_made_by_us ? pc_bell_create(l->name, &l->access, bell, &err) : pc_bell_open(l->name, bell, &err);
	if (s == PC_OK) {
		(void)snprintf(text, sizeof text, "event '%s' is waited for", l->name);
		say(l, PC_LOG_INFO, text);
		told[0] = 0;
		return true;
	}
	if (s == PC_EABSENT) (void)snprintf(err.text, sizeof err.text, "event '%s' is not there", l->name);
	if (strcmp(told, err.text) != 0) {
		(void)snprintf(told, TOLD_BYTES, "%s", err.text);
		(void)snprintf(text, sizeof text, "%s: looked at from time to time", told);
		say(l, PC_LOG_WARN, text);
	}
	return false;
}

static void run(void *arg)
{
	pcd_listener *l = arg;
	pc_bell bell = {0};
	char told[TOLD_BYTES] = "";
	uint32_t quiet_ms = 0;
	while (!__atomic_load_n(&l->stops, __ATOMIC_ACQUIRE)) {
		if (!bell.handle && !open_it(l, &bell, told)) {
			nap(l, ABSENT_MS);
			continue;
		}
		pc_status s = pc_bell_wait(&bell, SLICE_MS);
		if (s == PC_OK) {
			quiet_ms = 0;
			(void)uv_async_send(&l->async);
			nap(l, LEAST_GAP_MS + __atomic_load_n(&l->pause_ms, __ATOMIC_RELAXED));
			continue;
		}
		quiet_ms += SLICE_MS;
		/* Silent for a second: perhaps it is another one by now, or nobody's but ours. */
		if (s != PC_ETIMEDOUT || (!l->is_made_by_us && quiet_ms >= ABSENT_MS)) {
			bool is_same = s == PC_ETIMEDOUT && pc_bell_is_named(&bell);
			quiet_ms = 0;
			if (!is_same) pc_bell_close(&bell);
		}
	}
	pc_bell_close(&bell);
	__atomic_store_n(&l->has_ended, 1, __ATOMIC_RELEASE);
	(void)uv_async_send(&l->async);
}

/* ---- the loop ---- */

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void on_async(uv_async_t *async)
{
	pcd_listener *l = async->data;
	if (!__atomic_load_n(&l->stops, __ATOMIC_ACQUIRE)) {
		l->rang(l->arg);
		return;
	}
	if (!__atomic_load_n(&l->has_ended, __ATOMIC_ACQUIRE)) return;
	(void)uv_thread_join(&l->thread);
	uv_close((uv_handle_t *)&l->async, on_closed);
}

pcd_listener *pcd_listener_create(uv_loop_t *loop, pcd_log *log, const pcd_region_conf *conf, pcd_rang_fn *rang,
                                  void *arg)
{
	pcd_listener *l = calloc(1, sizeof *l);
	if (!l) return NULL;
	l->log = log;
	l->rang = rang;
	l->arg = arg;
	l->access.mode = conf->mode;
	l->is_made_by_us = !conf->is_adopted;
	(void)snprintf(l->region, sizeof l->region, "%s", conf->key);
	(void)snprintf(l->name, sizeof l->name, "%s", conf->event);
	l->async.data = l;
	if (uv_async_init(loop, &l->async, on_async)) {
		free(l);
		return NULL;
	}
	if (!uv_thread_create(&l->thread, run, l)) return l;
	uv_close((uv_handle_t *)&l->async, on_closed);
	return NULL;
}

void pcd_listener_in_vain(pcd_listener *listener, uint64_t pause_ns)
{
	if (listener) __atomic_store_n(&listener->pause_ms, (uint32_t)(pause_ns / 1000000), __ATOMIC_RELAXED);
}

void pcd_listener_stop(pcd_listener **listener)
{
	pcd_listener *l = *listener;
	*listener = NULL;
	if (l) __atomic_store_n(&l->stops, 1, __ATOMIC_RELEASE);
}
