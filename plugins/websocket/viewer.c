/* viewer.c - the life of a connection: HELLO, deadlines, heartbeat, end. */
#include "bridge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELLO_NS         UINT64_C(5000000000)
#define SILENCE_NS       UINT64_C(10000000000)
#define SILENCE_AWAY_NS  UINT64_C(90000000000)
#define HB_EARLY         8 /* by this part of the time between two */
#define CLOSE_TIMEOUT_S  2
#define CLOSE_TEXT_BYTES 100u

static void on_timer(ws_timer *timer)
{
	ws_viewer_wake(WS_OF(timer, ws_viewer, timer));
}

ws_viewer *ws_viewer_create(ws_worker *w, struct lws *wsi, ws_socket socket, const char *peer)
{
	ws_bridge *b = w->bridge;
	ws_viewer *v = calloc(1, sizeof *v);
	if (!v) return NULL;
	v->bridge = b;
	v->worker = w;
	v->wsi = wsi;
	v->socket = socket;
	v->is_tls = b->options->tls_cert[0] != 0;
	(void)snprintf(v->peer, sizeof v->peer, "%s", peer);
	v->born_ns = v->heard_ns = b->host->now_ns(b->host);
	v->cap_hz = INFINITY;
	v->no = ++b->viewer_no;
	v->grave_no = b->regions.change_no;
	v->timer.fire = on_timer;
	ws_list_init(&v->live);
	ws_list_init(&v->pending);
	if (ws_timers_reserve(&w->timers, w->connection_count + 64)) {
		free(v);
		return NULL;
	}
	ws_list_add(&b->viewers, &v->in_viewers);
	w->viewer_count++;
	ws_viewer_wake(v);
	return v;
}

void ws_viewer_destroy(ws_viewer **viewer)
{
	ws_viewer *v = *viewer;
	ws_bridge *b;
	*viewer = NULL;
	if (!v) return;
	b = v->bridge;
	ws_viewer_end_subs(v);
	ws_timer_clear(&v->worker->timers, &v->timer);
	v->worker->viewer_count--;
	ws_list_remove(&v->in_viewers);
	ws_list_remove(&v->in_ready);
	ws_list_remove(&v->egress.in_line);
	if (v->is_counted) b->viewer_count--;
	b->host->metric_set(b->metrics.viewers, b->viewer_count);
	ws_access_release(&v->access);
	ws_blob_release(&v->tx);
	wire_buf_free(&v->answers);
	free(v->rx);
	free(v->subs);
	free(v->globs);
	free(v->schemas);
	free(v);
}

void ws_viewer_wake(ws_viewer *v)
{
	ws_list_add(&v->worker->ready, &v->in_ready);
	ws_worker_rouse(v->worker);
}

void ws_viewer_close(ws_viewer *v, unsigned code, const char *reason)
{
	if (v->state == WS_CLOSING) return;
	v->state = WS_CLOSING;
	v->close_code = (uint16_t)code;
	(void)snprintf(v->close_text, sizeof v->close_text, "%.*s", (int)CLOSE_TEXT_BYTES - 1, reason);
	if (code == WIRE_CLOSE_SLOW) v->bridge->host->metric_add(v->bridge->metrics.closed_slow, 1);
	ws_viewer_end_subs(v); /* nothing is owed any more */
	ws_viewer_wake(v);
}

void ws_viewer_out_of_memory(ws_viewer *v)
{
	ws_log(v->bridge, PC_LOG_ERROR, "viewer %s: out of memory, closed", v->peer);
	ws_viewer_close(v, WIRE_CLOSE_INTERNAL, "out of memory");
}

/* Heartbeats of many viewers share a few wake-ups: each costs a poll() over all connections. */
static uint64_t next_beat_ns(const ws_bridge *b)
{
	uint64_t at_ns = b->now_ns + (uint64_t)b->options->hb_ms * 1000000 + WS_TICK_NS / 2;
	return at_ns - at_ns % WS_TICK_NS;
}

static const char *const no_caps[] = {NULL};

void ws_viewer_welcome(ws_viewer *v)
{
	ws_bridge *b = v->bridge;
	const ws_options *o = b->options;
	wire_hello h = {.boot = b->boot,
	                .t_us = ws_unix_us(),
	                .mono_us = ws_mono_us(b),
	                .daemon = PC_VERSION,
	                .instance = b->host->daemon,
	                .hb_ms = o->hb_ms,
	                .may_write = v->access && v->access->write.count > 0,
	                .limits = {.msg_bytes = WIRE_IN_BYTES_MAX,
	                           .msgs_per_s = WS_MESSAGES_PER_S,
	                           .subs = WS_SUBS_MAX,
	                           .frames = o->window.frames,
	                           .window_bytes = o->window.bytes,
	                           .hz = o->max_hz,
	                           .ack = ws_window_ack(&o->window),
	                           .ack_bytes = ws_window_ack_bytes(&o->window)},
	                .caps = no_caps};
	if (b->viewer_count >= o->max_viewers) {
		ws_refuse(b, WS_REFUSED_FULL, v->peer, "%u viewers are connected already (max_viewers)",
		          b->viewer_count);
		ws_viewer_close(v, WIRE_CLOSE_FULL, "too many viewers");
		return;
	}
	v->is_counted = true;
	b->viewer_count++;
	b->host->metric_set(b->metrics.viewers, b->viewer_count);
	ws_guest_welcome(b, v->wsi);
	v->state = WS_OPEN;
	v->ann_goal = v->grave_no = b->regions.change_no;
	v->hb_at_ns = next_beat_ns(b);
	wire_put_hello(&v->answers, &h);
	ws_viewer_wake(v);
}

static void send_away(ws_viewer *v, unsigned code, const char *why)
{
	ws_log(v->bridge, PC_LOG_INFO, "viewer %s, token '%s': %s, closed with %u", v->peer, v->access->name, why,
	       code);
	if (v->state == WS_OPEN) wire_put_bye(&v->answers, code, why, 0);
	ws_viewer_close(v, code, why);
}

void ws_viewer_review(ws_viewer *v, const ws_tokens *tokens)
{
	ws_access *fresh;
	if (!v->access || v->state == WS_CLOSING) return;
	fresh = ws_tokens_find(tokens, v->access->secret, strlen(v->access->secret));
	if (!fresh) {
		send_away(v, WIRE_CLOSE_TOKEN, "this token is no longer valid");
	} else if (fresh->is_suspended) {
		send_away(v, WIRE_CLOSE_FORBIDDEN, "this token is suspended");
	} else if (!ws_access_equal(fresh, v->access)) {
		send_away(v, WIRE_CLOSE_RESTART, "this token has other rights now: connect again");
	} else {
		ws_access_release(&v->access);
		v->access = ws_access_hold(fresh);
	}
}

/* A little early if something else goes anyway: then it costs no system call of its own. */
static void beat(ws_viewer *v)
{
	ws_bridge *b = v->bridge;
	bool is_company = v->answers.bytes || !ws_list_is_empty(&v->pending);
	uint64_t early_ns = is_company ? (uint64_t)b->options->hb_ms * 1000000 / HB_EARLY : 0;
	if (b->now_ns + early_ns < v->hb_at_ns) return;
	v->hb_at_ns = next_beat_ns(b);
	v->owes_hb = true;
	for (uint32_t i = 0; i < v->sub_count; i++) ws_list_add(&v->live, &v->subs[i]->in_live);
}

static uint64_t silence_until_ns(const ws_viewer *v)
{
	return v->heard_ns + (v->is_hidden ? SILENCE_AWAY_NS : SILENCE_NS);
}

static void check_deadlines(ws_viewer *v)
{
	uint64_t now_ns = v->bridge->now_ns;
	if (v->state == WS_EXPECTS_HELLO && now_ns >= v->born_ns + HELLO_NS)
		ws_viewer_close(v, WIRE_CLOSE_SLOW, "no HELLO within 5 s");
	else if (v->state == WS_OPEN && now_ns >= silence_until_ns(v))
		ws_viewer_close(v, WIRE_CLOSE_SLOW, "no message for too long");
}

/* A peer that does not even take the close frame is cut off. */
static void go_on_closing(ws_viewer *v)
{
	if (!v->is_leaving) lws_set_timeout(v->wsi, PENDING_TIMEOUT_USER_OK, CLOSE_TIMEOUT_S);
	v->is_leaving = true;
	(void)ws_viewer_pump(v);
	ws_timer_clear(&v->worker->timers, &v->timer);
	if (!ws_viewer_has_unsent(v)) (void)lws_callback_on_writable(v->wsi); /* the close frame goes from there */
}

void ws_viewer_attend(ws_viewer *v)
{
	uint64_t next_ns, data_ns = UINT64_MAX;
	check_deadlines(v);
	if (v->state == WS_OPEN) {
		beat(v);
		data_ns = ws_viewer_pump(v);
	}
	if (v->answers.failed && v->state == WS_OPEN) ws_viewer_out_of_memory(v);
	/* What is still there the socket did not take: a viewer that asks and does not read. */
	if (v->state == WS_OPEN && v->answers.bytes > WS_CONTROL_BYTES_MAX)
		ws_viewer_close(v, WIRE_CLOSE_SLOW, "answers are not read");
	if (v->state == WS_CLOSING) {
		go_on_closing(v);
		return;
	}
	next_ns = v->state == WS_OPEN ? v->hb_at_ns : v->born_ns + HELLO_NS;
	if (v->state == WS_OPEN && silence_until_ns(v) < next_ns) next_ns = silence_until_ns(v);
	if (data_ns < next_ns) next_ns = data_ns;
	ws_timer_set(&v->worker->timers, &v->timer, next_ns);
}
