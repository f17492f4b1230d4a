/* guests.c - see guests.h. */
#include "guests.h"

#include "bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Connections that were told to leave need a moment. */
#define LEAVING  64u
#define SWEEP_NS UINT64_C(250000000)

static void leave(ws_bridge *b, ws_conn *c)
{
	ws_list_remove(&c->in_guests);
	b->guest_count--;
	if (!c->wsi) return;          /* its worker sees it when it takes it over */
	if (c->worker == b->holder) { /* at once: in a flood the next ones are accepted in the same sleep */
		ws_worker_kill(c->worker, c->wsi);
		return;
	}
	ws_list_add(&c->worker->leaving, &c->in_errand);
	ws_worker_rouse(c->worker);
}

static uint32_t count_of(const ws_bridge *b, const char *peer)
{
	uint32_t count = 0;
	WS_EACH(link, &b->connections) count += !strcmp(WS_OF(link, ws_conn, in_all)->peer, peer);
	return count;
}

bool ws_guests_admit(ws_bridge *b, const char *peer)
{
	const ws_options *o = b->options;
	if (o->max_per_address && count_of(b, peer) >= o->max_per_address) {
		ws_refuse(b, WS_REFUSED_FULL, peer, "%u connections from one address (max_per_address)",
		          o->max_per_address);
		return false;
	}
	if (b->connection_count >= o->max_viewers + o->max_half_open + LEAVING * b->worker_count) {
		ws_refuse(b, WS_REFUSED_FULL, peer, "too many connections (max_viewers, max_half_open)");
		return false;
	}
	if (b->guest_count < o->max_half_open) return true;
	ws_refuse(b, WS_REFUSED_FULL, WS_OF(b->guests.next, ws_conn, in_guests)->peer,
	          "too many connections that are no viewers (max_half_open): the quietest leaves");
	leave(b, WS_OF(b->guests.next, ws_conn, in_guests));
	return true;
}

static ws_worker *least_busy(const ws_bridge *b)
{
	ws_worker *least = b->workers;
	for (unsigned i = 1; i < b->worker_count; i++)
		if (b->workers[i].connection_count < least->connection_count) least = &b->workers[i];
	return least;
}

ws_conn *ws_guest_create(ws_bridge *b, ws_socket socket, const char *peer)
{
	ws_conn *c = calloc(1, sizeof *c);
	if (!c) return NULL;
	c->worker = least_busy(b);
	c->worker->connection_count++;
	c->socket = socket;
	(void)snprintf(c->peer, sizeof c->peer, "%s", peer);
	c->leaves_ns = b->host->now_ns(b->host) + b->options->handshake_ns;
	ws_list_add(&b->connections, &c->in_all);
	ws_list_add(&b->guests, &c->in_guests);
	b->connection_count++;
	b->guest_count++;
	if (!b->sweep.place) ws_bridge_set_timer(b, &b->sweep, c->leaves_ns);
	return c;
}

void ws_guest_seat(ws_conn *c, struct lws *wsi)
{
	c->wsi = wsi;
	lws_set_opaque_user_data(wsi, c);
}

void ws_guest_destroy(ws_bridge *b, ws_conn **conn)
{
	ws_conn *c = *conn;
	*conn = NULL;
	if (!c) return;
	if (c->in_guests.next) b->guest_count--;
	ws_list_remove(&c->in_guests);
	ws_list_remove(&c->in_all);
	ws_list_remove(&c->in_errand);
	b->connection_count--;
	c->worker->connection_count--;
	free(c);
}

void ws_guest_moved(ws_bridge *b, struct lws *wsi, uint64_t ns)
{
	ws_conn *c = lws_get_opaque_user_data(wsi);
	if (!c || !c->in_guests.next) return;
	c->leaves_ns = b->host->now_ns(b->host) + ns;
	ws_list_remove(&c->in_guests);
	ws_list_add(&b->guests, &c->in_guests);
}

void ws_guest_welcome(ws_bridge *b, struct lws *wsi)
{
	ws_conn *c = lws_get_opaque_user_data(wsi);
	if (!c || !c->in_guests.next) return;
	ws_list_remove(&c->in_guests);
	b->guest_count--;
}

void ws_guests_sweep(ws_timer *timer)
{
	ws_bridge *b = WS_OF(timer, ws_bridge, sweep);
	uint64_t next_ns = UINT64_MAX;
	WS_EACH(link, &b->guests)
	{
		ws_conn *c = WS_OF(link, ws_conn, in_guests);
		if (c->leaves_ns <= b->now_ns && c->wsi)
			leave(b, c);
		else if (c->leaves_ns < next_ns)
			next_ns = c->leaves_ns;
	}
	if (next_ns == UINT64_MAX) return; /* the next guest sets it */
	ws_bridge_set_timer(b, &b->sweep, next_ns > b->now_ns + SWEEP_NS ? next_ns : b->now_ns + SWEEP_NS);
}
