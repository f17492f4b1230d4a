/* posix/loop.c - libev over epoll: the one loop of libwebsockets that costs no system call per message. */
#include "../loop.h"

#include <ev.h>
#include <libwebsockets.h>
#include <stdbool.h>
#include <stdlib.h>

#define ROUNDS 4

struct ws_loop {
	struct ev_loop *ev;
	ev_timer alarm; /* its firing ends the sleep */
	ev_idle rest;   /* nothing else is to be done */
	ev_async bell;  /* rung by other threads */
	bool is_rung;
	void *of_lws[1];
};

static void on_alarm(struct ev_loop *ev, ev_timer *alarm, int events)
{
	(void)ev, (void)alarm, (void)events;
}

static void on_rest(struct ev_loop *ev, ev_idle *rest, int events)
{
	(void)events;
	ev_idle_stop(ev, rest);
}

static void on_bell(struct ev_loop *ev, ev_async *bell, int events)
{
	(void)bell, (void)events;
	((ws_loop *)ev_userdata(ev))->is_rung = true;
}

ws_loop *ws_loop_create(struct lws_context_creation_info *info)
{
	ws_loop *loop = calloc(1, sizeof *loop);
	if (!loop) return NULL;
	loop->ev = ev_loop_new(ev_recommended_backends() | EVFLAG_NOENV);
	if (!loop->ev) {
		free(loop);
		return NULL;
	}
	ev_timer_init(&loop->alarm, on_alarm, 0, 0);
	ev_idle_init(&loop->rest, on_rest);
	ev_async_init(&loop->bell, on_bell);
	ev_set_userdata(loop->ev, loop);
	ev_async_start(loop->ev, &loop->bell);
	loop->of_lws[0] = loop->ev;
	info->options |= LWS_SERVER_OPTION_LIBEV;
	info->foreign_loops = loop->of_lws;
	return loop;
}

void ws_loop_sleep(ws_loop *loop, uint64_t ms)
{
	loop->is_rung = false;
	ev_now_update(loop->ev); /* timers count from the loop's own idea of now */
	ev_timer_set(&loop->alarm, (double)ms / 1e3, 0);
	ev_timer_start(loop->ev, &loop->alarm);
	(void)ev_run(loop->ev, ms ? EVRUN_ONCE : EVRUN_NOWAIT);
	ev_timer_stop(loop->ev, &loop->alarm);
	if (loop->is_rung)
		return; /* somebody waits for a turn; what lws has still to do keeps the next sleep from waiting */
	/* lws goes on with what it has read already when its loop is idle: let it become so. Not for ever: somebody may
	 * send faster than we read. */
	ev_idle_start(loop->ev, &loop->rest);
	for (int n = 0; n < ROUNDS && ev_is_active(&loop->rest); n++) (void)ev_run(loop->ev, EVRUN_NOWAIT);
	ev_idle_stop(loop->ev, &loop->rest);
}

void ws_loop_wake(ws_loop *loop)
{
	ev_async_send(loop->ev, &loop->bell);
}

void ws_loop_destroy(ws_loop **loop)
{
	ws_loop *old = *loop;
	*loop = NULL;
	if (!old) return;
	ev_async_stop(old->ev, &old->bell);
	ev_loop_destroy(old->ev);
	free(old);
}
