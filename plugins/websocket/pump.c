/* pump.c - what a viewer is owed becomes frames, as far as its socket and its window take them.
 *
 * After the handshake frames go straight to the socket with send(): one shared buffer, framed once, one system call
 * a viewer. libwebsockets gets only what the socket did not take (and then nothing is sent past it until it is
 * through), pongs and close frames. Messages beyond WS_FRAGMENT_BYTES go as fragments, each complete for lws before
 * the next, so that a pong may stand between them and a full socket leaves at most one fragment in lws.
 *
 * While a socket is written to, others have the bridge's lock: then subscriptions may end, regions go or become others.
 * So what a message says is committed before it is sent, and taken back if the socket takes nothing; behind a send no
 * subscription is touched but one that was found anew. The viewer itself stays: only its own worker ends it. */
#include "bridge.h"
#include "control.h"

#include <stdlib.h>
#include <string.h>

/* ---- bytes to the socket ---- */

enum pushed { PUSHED, PUSHED_NOTHING, PUSHED_DEAD };

static void wait_for_socket(ws_viewer *v)
{
	v->is_blocked = true;
	ws_await_socket(v->wsi);
}

static enum pushed dead(ws_viewer *v)
{
	v->is_blocked = true;
	v->state = WS_CLOSING;
	v->is_leaving = true;
	ws_worker_kill(v->worker, v->wsi);
	return PUSHED_DEAD;
}

/* The end of a frame whose beginning is on its way: lws keeps it and goes on when the socket does. */
static enum pushed leave_to_lws(ws_viewer *v, const uint8_t *head, size_t head_bytes, const uint8_t *body,
                                size_t body_bytes, size_t gone)
{
	size_t head_left = gone < head_bytes ? head_bytes - gone : 0;
	size_t body_gone = gone > head_bytes ? gone - head_bytes : 0, left = head_left + body_bytes - body_gone;
	uint8_t *rest = malloc(left);
	int rc;
	if (!rest) return dead(v);
	if (head_left) memcpy(rest, head + gone, head_left);
	memcpy(rest + head_left, body + body_gone, body_bytes - body_gone);
	rc = lws_write(v->wsi, rest, left, LWS_WRITE_RAW);
	free(rest);
	if (rc < 0) return dead(v);
	wait_for_socket(v);
	return PUSHED;
}

/* TLS: the bytes are copied by its encryption anyway, and libwebsockets keeps what the socket does not take. */
static enum pushed push_through_tls(ws_viewer *v, const uint8_t *head, size_t head_bytes, const uint8_t *body,
                                    size_t body_bytes)
{
	size_t bytes = head_bytes + body_bytes;
	uint8_t *whole = malloc(bytes);
	int rc;
	if (!whole) return dead(v);
	if (head_bytes) memcpy(whole, head, head_bytes);
	memcpy(whole + head_bytes, body, body_bytes);
	ws_worker_let_go(v->worker);
	rc = lws_write(v->wsi, whole, bytes, LWS_WRITE_RAW);
	ws_worker_go_on(v->worker);
	free(whole);
	if (rc < 0) return dead(v);
	v->sent_bytes += bytes;
	v->bridge->totals.bytes += bytes;
	if (lws_partial_buffered(v->wsi)) wait_for_socket(v);
	return PUSHED;
}

static enum pushed push(ws_viewer *v, const uint8_t *head, size_t head_bytes, const uint8_t *body, size_t body_bytes)
{
	size_t bytes = head_bytes + body_bytes;
	ptrdiff_t n;
	if (v->is_tls) return push_through_tls(v, head, head_bytes, body, body_bytes);
	ws_worker_let_go(v->worker);
	n = head_bytes ? ws_send_two(v->socket, head, head_bytes, body, body_bytes)
	               : ws_send(v->socket, body, body_bytes);
	ws_worker_go_on(v->worker);
	if (n < 0) return dead(v);
	if (n == 0) {
		wait_for_socket(v);
		return PUSHED_NOTHING;
	}
	v->sent_bytes += bytes;
	v->bridge->totals.bytes += bytes;
	return (size_t)n == bytes ? PUSHED : leave_to_lws(v, head, head_bytes, body, body_bytes, (size_t)n);
}

static enum pushed push_fragment(ws_viewer *v, const ws_blob *blob, size_t at)
{
	size_t all = ws_blob_bytes(blob), left = all - at;
	size_t bytes = left > WS_FRAGMENT_BYTES ? WS_FRAGMENT_BYTES : left;
	enum ws_frame_part part = bytes == left ? WS_FRAME_LAST : at ? WS_FRAME_MIDDLE : WS_FRAME_FIRST;
	uint8_t head[10];
	return push(v, head, ws_frame_head(head, part, bytes), ws_blob_message(blob) + at, bytes);
}

/* Go on with v->tx; it is released when all of it was handed over. */
static void go_on(ws_viewer *v)
{
	while (v->tx && !v->is_blocked) {
		size_t all = ws_blob_bytes(v->tx);
		enum pushed pushed;
		if (all > WS_FRAGMENT_BYTES) {
			pushed = push_fragment(v, v->tx, v->tx_at);
			if (pushed == PUSHED)
				v->tx_at += all - v->tx_at > WS_FRAGMENT_BYTES ? WS_FRAGMENT_BYTES : all - v->tx_at;
		} else {
			pushed = push(v, NULL, 0, ws_blob_frame(v->tx), ws_blob_frame_bytes(v->tx));
			if (pushed == PUSHED) v->tx_at = all;
		}
		if (v->tx_at == all) ws_blob_release(&v->tx);
	}
}

static void send_blob(ws_viewer *v, ws_blob *blob)
{
	v->tx = blob;
	v->tx_at = 0;
	go_on(v);
}

bool ws_viewer_has_unsent(const ws_viewer *v)
{
	return v->tx || v->answers.bytes;
}

/* ---- data ---- */

#define FETCHED_MAX 32u

/* One update, and what its subscription was before. */
typedef struct part {
	ws_blob *blob;
	ws_sub *sub; /* until the lock is let go of */
	uint32_t rid, gen;
	bool conflates;
	uint64_t base, seq;
	ws_pace pace;
} part;

/* The updates of one message. */
typedef struct batch {
	part parts[WS_BUNDLE_MAX];
	unsigned count;
	size_t bytes;
	uint64_t next_ns; /* when the first of those not due is */
	bool has_more;    /* others are due, but did not fit */
	bool failed;
} batch;

static void release(batch *m)
{
	while (m->count) ws_blob_release(&m->parts[--m->count].blob);
}

/* When @p sub may be served: 0 = now, UINT64_MAX = not by waiting. */
static uint64_t due_ns(ws_sub *sub)
{
	const ws_feed *f = sub->region->feed;
	uint64_t due;
	if (sub->live_only || (f && f->delta.has_snapshot && sub->base == f->delta.seq)) {
		ws_list_remove(&sub->in_pending);
		return UINT64_MAX;
	}
	if (!f || !f->delta.has_snapshot || !sub->period_ns) return UINT64_MAX;
	due = ws_pace_due_ns(&sub->pace, sub->period_ns);
	return due > sub->viewer->bridge->now_ns ? due : 0;
}

static bool is_any_due(const ws_viewer *v, uint64_t *ret_next_ns)
{
	*ret_next_ns = UINT64_MAX;
	WS_EACH(link, &v->pending)
	{
		uint64_t due = due_ns(WS_OF(link, ws_sub, in_pending));
		if (!due) return true;
		if (due < *ret_next_ns) *ret_next_ns = due;
	}
	return false;
}

/* True if @p m took it. */
static bool add(batch *m, ws_sub *sub)
{
	ws_blob *blob = m->count < WS_BUNDLE_MAX ? ws_feed_update(sub->region, sub->base, sub->encoding) : NULL;
	m->has_more = m->count == WS_BUNDLE_MAX;
	m->failed = !blob && !m->has_more;
	if (!blob) return false;
	if (m->count && m->bytes + ws_blob_bytes(blob) > WS_MESSAGE_BYTES) {
		m->has_more = true;
		ws_blob_release(&blob);
		return false;
	}
	m->parts[m->count].sub = sub;
	m->parts[m->count++].blob = blob;
	m->bytes += ws_blob_bytes(blob);
	return true;
}

/* A list is walked from one miss of the cache to the next; the array says at once where all of them are. */
static void fetch_subs(const ws_viewer *v)
{
	uint32_t count = v->sub_count < FETCHED_MAX ? v->sub_count : FETCHED_MAX;
	for (uint32_t i = 0; i < count; i++) {
		ws_prefetch(v->subs[i]);
		ws_prefetch(&v->subs[i]->pace);
	}
}

static void gather(ws_viewer *v, batch *m)
{
	if (v->sub_count > 1) fetch_subs(v);
	WS_EACH(link, &v->pending)
	{
		ws_sub *sub = WS_OF(link, ws_sub, in_pending);
		uint64_t due = due_ns(sub);
		if (due) {
			if (due < m->next_ns) m->next_ns = due;
		} else if (!add(m, sub)) {
			return;
		}
	}
}

static void forget_bundle(ws_bridge *b)
{
	while (b->bundle.count) ws_blob_release(&b->bundle.parts[--b->bundle.count]);
	ws_blob_release(&b->bundle.whole);
}

/* One message of all parts. Viewers that are owed the same updates get the same bytes without a copy. */
static ws_blob *join(ws_bridge *b, const batch *m)
{
	bool same = b->bundle.whole && b->bundle.count == m->count;
	if (m->count == 1) return ws_blob_hold(m->parts[0].blob);
	for (unsigned i = 0; same && i < m->count; i++) same = b->bundle.parts[i] == m->parts[i].blob;
	if (same) return ws_blob_hold(b->bundle.whole);
	forget_bundle(b);
	b->bundle.whole = ws_blob_begin(m->bytes);
	if (!b->bundle.whole) return NULL;
	for (unsigned i = 0; i < m->count; i++)
		wire_buf_put(&b->bundle.whole->buf, ws_blob_message(m->parts[i].blob), ws_blob_bytes(m->parts[i].blob));
	if (ws_blob_seal(b->bundle.whole)) {
		b->bundle.whole = NULL;
		return NULL;
	}
	for (unsigned i = 0; i < m->count; i++) b->bundle.parts[i] = ws_blob_hold(m->parts[i].blob);
	b->bundle.count = m->count;
	return ws_blob_hold(b->bundle.whole);
}

/* A subscription slower than its region skips states. Those of one rate skip the same ones, so that they go on holding
 * the same and are sent the same bytes: one encoding per rate, not one per viewer. Who is not slower gets all anyway. */
static bool spend(ws_sub *sub, uint64_t now_ns)
{
	bool skips = sub->served_hz < sub->region->hz;
	ws_pace_spend(&sub->pace, sub->period_ns, now_ns);
	if (skips) ws_pace_align(&sub->pace, sub->period_ns);
	return skips;
}

/* Its subscriptions hold what is in the message. @return true if all of them skip states */
static bool commit(ws_viewer *v, batch *m)
{
	bool all_skip = true;
	for (unsigned i = 0; i < m->count; i++) {
		part *p = &m->parts[i];
		ws_sub *sub = p->sub;
		const ws_feed *f = sub->region->feed;
		p->rid = sub->region->rid;
		p->gen = sub->region->gen;
		p->conflates = ws_feed_conflates(f, sub->base);
		p->base = sub->base;
		p->pace = sub->pace;
		p->seq = sub->base = f->delta.seq;
		all_skip &= spend(sub, v->bridge->now_ns);
		ws_list_remove(&sub->in_pending);
	}
	return all_skip;
}

/* They do not after all. The last one first: the order is what it was. */
static void take_back(ws_viewer *v, const batch *m)
{
	for (unsigned i = m->count; i-- > 0;) {
		const part *p = &m->parts[i];
		ws_sub *sub = ws_viewer_find_sub(v, p->rid);
		if (!sub || sub->region->gen != p->gen || sub->base != p->seq) continue;
		sub->base = p->base;
		sub->pace = p->pace;
		ws_list_add_first(&v->pending, &sub->in_pending);
	}
}

static void note_conflated(ws_viewer *v, const part *p)
{
	ws_region *r = ws_region_by_rid(&v->bridge->regions, p->rid);
	v->conflated++;
	v->bridge->totals.conflated++;
	if (r) r->conflated++;
}

/* The message is on its way. */
static void note_sent(ws_viewer *v, const batch *m, bool all_skip)
{
	ws_bridge *b = v->bridge;
	for (unsigned i = 0; i < m->count; i++)
		if (m->parts[i].conflates) note_conflated(v, &m->parts[i]);
	if (all_skip && v->max_hz > 0) ws_pace_align(&v->pace, ws_period_ns(v->max_hz));
	ws_flow_sent(&v->flow, m->bytes, b->now_ns);
	ws_egress_sent(v, m->bytes);
	b->totals.messages++;
}

static bool window_is_open(const ws_viewer *v)
{
	return ws_flow_is_open(&v->flow, &v->bridge->options->window);
}

/* @p whole behind *lead, which then costs no system call of its own. */
static bool send_after(ws_viewer *v, ws_blob **lead, ws_blob *whole)
{
	enum pushed pushed = push(v, ws_blob_frame(*lead), ws_blob_frame_bytes(*lead), ws_blob_frame(whole),
	                          ws_blob_frame_bytes(whole));
	if (pushed == PUSHED) ws_blob_release(lead);
	ws_blob_release(&whole);
	return pushed == PUSHED;
}

/* False: nothing of @p whole is on its way; what is left in *lead goes first the next time. */
static bool send_whole(ws_viewer *v, ws_blob **lead, ws_blob *whole)
{
	if (*lead && ws_blob_bytes(whole) <= WS_FRAGMENT_BYTES) return send_after(v, lead, whole);
	if (*lead) {
		send_blob(v, *lead);
		*lead = NULL;
	}
	if (v->is_blocked) {
		ws_blob_release(&whole);
		return false;
	}
	send_blob(v, whole);
	if (!v->is_blocked || !v->tx || v->tx_at) return true;
	ws_blob_release(&v->tx);
	return false;
}

/* One data message, behind *lead if there is one. A socket that takes nothing of it changes nothing: what goes out later
 * is newer. @return true if another one is due */
static bool send_data(ws_viewer *v, ws_blob **lead, uint64_t *next_ns)
{
	batch m; /* its arrays stay as they are: this is a kilobyte per message */
	ws_blob *whole;
	bool all_skip;
	m.count = 0;
	m.bytes = 0;
	m.next_ns = UINT64_MAX;
	m.has_more = m.failed = false;
	gather(v, &m);
	*next_ns = m.next_ns;
	whole = m.count ? join(v->bridge, &m) : NULL;
	if (m.failed || (m.count && !whole)) {
		release(&m);
		ws_viewer_out_of_memory(v);
		return false;
	}
	if (!whole) return false;
	all_skip = commit(v, &m);
	if (send_whole(v, lead, whole))
		note_sent(v, &m, all_skip);
	else
		take_back(v, &m);
	release(&m);
	return m.has_more && !v->is_blocked;
}

static uint64_t pump_data(ws_viewer *v, ws_blob **lead)
{
	uint64_t now_ns = v->bridge->now_ns, next_ns = UINT64_MAX, due, allowed_ns;
	if (ws_list_is_empty(&v->pending) || v->max_hz <= 0) return UINT64_MAX;
	due = ws_pace_due_ns(&v->pace, ws_period_ns(v->max_hz));
	/* What waits for a budget was due before, perhaps as the rest of several messages. */
	if (due > now_ns && !v->egress.is_held) return due;
	if (!window_is_open(v)) return UINT64_MAX;
	if (ws_egress_is_limited(v) && !is_any_due(v, &next_ns)) return next_ns;
	if (!ws_egress_allows(v, &allowed_ns)) return allowed_ns;
	if (due <= now_ns) ws_pace_spend(&v->pace, ws_period_ns(v->max_hz), now_ns);
	/* What came to be owed during a send, such as the announcement of a region, goes before data of it: the viewer was woken
	 * for that. */
	while (send_data(v, lead, &next_ns) && window_is_open(v) && !ws_control_owes(v))
		if (!ws_egress_allows(v, &allowed_ns)) return allowed_ns < next_ns ? allowed_ns : next_ns;
	return next_ns;
}

/* The last control message waits for data that may go now. Not through TLS: that has no system call to save. */
static bool may_lead(const ws_viewer *v, const ws_blob *blob)
{
	return v->state == WS_OPEN && !v->is_tls && !ws_list_is_empty(&v->pending) && !ws_control_owes(v) &&
	       ws_blob_bytes(blob) <= WS_FRAGMENT_BYTES;
}

uint64_t ws_viewer_pump(ws_viewer *v)
{
	ws_blob *lead = NULL;
	uint64_t next_ns;
	if (!v->is_blocked && lws_partial_buffered(v->wsi)) wait_for_socket(v);
	go_on(v);
	while (!v->is_blocked && !lead) {
		ws_blob *blob = ws_control_take(v);
		if (!blob) break;
		if (may_lead(v, blob))
			lead = blob;
		else
			send_blob(v, blob);
	}
	if (v->is_blocked || v->state != WS_OPEN) return UINT64_MAX;
	next_ns = pump_data(v, &lead);
	/* No data came to go with it, or the socket took nothing: then it is what is sent first. */
	if (lead) send_blob(v, lead);
	return next_ns;
}

void ws_pump_fini(ws_bridge *b)
{
	forget_bundle(b);
}
