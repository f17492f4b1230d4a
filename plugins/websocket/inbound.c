/* inbound.c - what a viewer says: put together, bounded, checked, done. */
#include "bridge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_COST_NS (UINT64_C(1000000000) / WS_MESSAGES_PER_S)
#define BURST_NS        (MESSAGE_COST_NS * WS_MESSAGES_BURST)

static void malformed(ws_viewer *v, const char *why)
{
	ws_log(v->bridge, PC_LOG_WARN, "viewer %s: malformed message (%s), closed with 4400", v->peer, why);
	v->bridge->host->metric_add(v->bridge->metrics.malformed, 1);
	ws_viewer_close(v, WIRE_CLOSE_MALFORMED, why);
}

/* ---- messages ---- */

static void hello(ws_viewer *v, const wire_in *m)
{
	ws_bridge *b = v->bridge;
	enum ws_token_verdict verdict = WS_TOKEN_RIGHT;
	if (b->options->use_token && !v->access) {
		ws_access *access = NULL;
		verdict = ws_token_check(b, v->peer, m->as.hello.token.at, m->as.hello.token.bytes, &access);
		v->access = ws_access_hold(access);
	}
	switch (verdict) {
	case WS_TOKEN_RIGHT: break;
	case WS_TOKEN_MISSING: ws_viewer_close(v, WIRE_CLOSE_TOKEN, "a token is needed"); return;
	case WS_TOKEN_WRONG: ws_viewer_close(v, WIRE_CLOSE_TOKEN, "wrong token"); return;
	case WS_TOKEN_SUSPENDED: ws_viewer_close(v, WIRE_CLOSE_FORBIDDEN, "this token is suspended"); return;
	case WS_TOKEN_BLOCKED: ws_viewer_close(v, WIRE_CLOSE_ABUSE, "too many wrong tokens, wait a minute"); return;
	}
	v->is_bridges = m->as.hello.resume && !memcmp(m->as.hello.resume, b->boot, WIRE_BOOT_BYTES);
	ws_log(b, PC_LOG_DEBUG, "viewer %s: %.*s", v->peer,
	       (int)(m->as.hello.agent.bytes < 60 ? m->as.hello.agent.bytes : 60),
	       m->as.hello.agent.at ? m->as.hello.agent.at : "");
	ws_viewer_welcome(v);
}

static void ack(ws_viewer *v, uint64_t frames, bool is_hidden)
{
	bool changed = is_hidden != v->is_hidden;
	if (frames > v->flow.sent) {
		malformed(v, "ACK of more than was sent");
		return;
	}
	ws_flow_acked(&v->flow, frames, v->bridge->now_ns);
	v->is_hidden = is_hidden;
	if (changed) ws_viewer_retune(v);
}

static void rate(ws_viewer *v, bool lift, double max_hz)
{
	v->cap_hz = lift ? (double)INFINITY : max_hz;
	ws_viewer_retune(v);
}

/* False: the viewer closes. */
static bool take(ws_viewer *v, wire_in *m)
{
	if ((v->state == WS_EXPECTS_HELLO) != (m->op == WIRE_IN_HELLO)) {
		malformed(v, m->op == WIRE_IN_HELLO ? "a second HELLO" : "HELLO comes first");
		return false;
	}
	switch (m->op) {
	case WIRE_IN_HELLO: hello(v, m); break;
	case WIRE_IN_SUB: ws_viewer_handle_sub(v, m); break;
	case WIRE_IN_UNSUB: ws_viewer_handle_unsub(v, m); break;
	case WIRE_IN_GETSCHEMA: ws_control_schema(v, m->ref, m->as.sid); break;
	case WIRE_IN_ACK: ack(v, m->as.ack.frames, m->as.ack.hidden); break;
	case WIRE_IN_PING: wire_put_pong(&v->answers, m->as.ping, ws_unix_us()); break;
	case WIRE_IN_RATE: rate(v, m->as.rate.lift, m->as.rate.max_hz); break;
	default: ws_viewer_handle_set(v, m); break;
	}
	return v->state == WS_OPEN;
}

/* ---- one WebSocket message ---- */

/* A viewer is to acknowledge as often as it is sent to: a message of nothing but news in ACKs is free. */
static bool is_free(const ws_viewer *v, const uint8_t *data, size_t bytes)
{
	wire_cursor c = {data, data + bytes};
	uint64_t acked = v->flow.acked;
	const char *why;
	wire_in m;
	bool any = false;
	while (wire_next(&c, &m, &why) == WIRE_NEXT_MESSAGE) {
		if (m.op != WIRE_IN_ACK || m.as.ack.frames <= acked) return false;
		acked = m.as.ack.frames;
		any = true;
	}
	return any && c.at == c.end;
}

/* False: too many messages. */
static bool charge(ws_viewer *v)
{
	uint64_t now_ns = v->bridge->now_ns;
	if (v->msgs_schedule_ns > now_ns + BURST_NS) {
		ws_log(v->bridge, PC_LOG_WARN, "viewer %s: more than %u messages a second, closed with 4429", v->peer,
		       WS_MESSAGES_PER_S);
		ws_viewer_close(v, WIRE_CLOSE_FLOOD, "too many messages");
		return false;
	}
	v->msgs_schedule_ns = (v->msgs_schedule_ns > now_ns ? v->msgs_schedule_ns : now_ns) + MESSAGE_COST_NS;
	return true;
}

/* First all of it is checked, then all of it is done: a message has its effect as a whole or not at all. */
static const char *check(const uint8_t *data, size_t bytes)
{
	const char *why = wire_scan(data, bytes);
	wire_cursor c = {data, data + bytes};
	enum wire_next next = WIRE_NEXT_MESSAGE;
	wire_in m;
	while (!why && next == WIRE_NEXT_MESSAGE) next = wire_next(&c, &m, &why);
	return next == WIRE_NEXT_END ? NULL : why;
}

/* Most of what viewers send are ACKs of something new. If nothing waits for the window, nothing else is to be done: the
 * timer that waits for silence finds out by itself that there was none. */
static bool take_lone_ack(ws_viewer *v, const uint8_t *data, size_t bytes)
{
	uint64_t frames;
	bool is_hidden;
	if (v->state != WS_OPEN || !wire_is_lone_ack(data, bytes, &frames, &is_hidden)) return false;
	if (frames <= v->flow.acked || frames > v->flow.sent || is_hidden != v->is_hidden) return false;
	ws_flow_acked(&v->flow, frames, v->bridge->now_ns);
	if (!ws_list_is_empty(&v->pending)) ws_viewer_wake(v);
	return true;
}

static void handle(ws_viewer *v, const uint8_t *data, size_t bytes)
{
	wire_cursor c = {data, data + bytes};
	const char *why;
	wire_in m;
	v->heard_ns = v->bridge->now_ns;
	if (take_lone_ack(v, data, bytes)) return;
	why = check(data, bytes);
	if (why) {
		malformed(v, why);
		return;
	}
	if (!is_free(v, data, bytes) && !charge(v)) return;
	if (v->state == WS_EXPECTS_HELLO && wire_next(&c, &m, &why) == WIRE_NEXT_END) {
		malformed(v, "HELLO comes first");
		return;
	}
	c.at = data;
	while (wire_next(&c, &m, &why) == WIRE_NEXT_MESSAGE && take(v, &m)) {
	}
	ws_viewer_wake(v);
}

static bool is_too_big(ws_viewer *v, size_t bytes, size_t left)
{
	size_t limit = v->state == WS_EXPECTS_HELLO ? WIRE_IN_HELLO_BYTES_MAX : WIRE_IN_BYTES_MAX;
	return left > limit || bytes > limit || v->rx_bytes + bytes + left > limit;
}

static bool append(ws_viewer *v, const uint8_t *data, size_t bytes)
{
	uint8_t *rx = realloc(v->rx, v->rx_bytes + bytes + 1);
	if (!rx) return false;
	memcpy(rx + v->rx_bytes, data, bytes);
	v->rx = rx;
	v->rx_bytes += bytes;
	return true;
}

void ws_viewer_receive(ws_viewer *v, const uint8_t *data, size_t bytes, size_t left, bool is_binary, bool is_last)
{
	v->bridge->now_ns = v->bridge->host->now_ns(v->bridge->host);
	if (v->state == WS_CLOSING) return;
	if (!is_binary) {
		ws_viewer_close(v, WIRE_CLOSE_TEXT, "messages are binary");
		return;
	}
	if (is_too_big(v, bytes, left)) {
		ws_log(v->bridge, PC_LOG_WARN, "viewer %s: message too big, closed with 1009", v->peer);
		ws_viewer_close(v, WIRE_CLOSE_TOO_BIG, "message too big");
		return;
	}
	if (is_last && !v->rx_bytes) {
		handle(v, data, bytes);
		return;
	}
	if (!append(v, data, bytes)) {
		ws_viewer_out_of_memory(v);
		return;
	}
	if (!is_last) return;
	handle(v, v->rx, v->rx_bytes);
	free(v->rx);
	v->rx = NULL;
	v->rx_bytes = 0;
}
