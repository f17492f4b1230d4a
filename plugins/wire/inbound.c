/* wire/inbound.c - messages of a viewer as structs. The shapes are those of docs/protocol.md, section 4. */
#include "wire/inbound.h"

#include <string.h>

static bool take_kind(wire_cursor *c, enum wire_item_kind kind, wire_item *ret)
{
	return wire_take(c, ret) && ret->kind == kind;
}

static bool take_uint(wire_cursor *c, uint64_t *ret)
{
	wire_item item;
	if (!take_kind(c, WIRE_ITEM_UINT, &item)) return false;
	*ret = item.count;
	return true;
}

static bool take_bool(wire_cursor *c, bool *ret)
{
	wire_item item;
	if (!take_kind(c, WIRE_ITEM_BOOL, &item)) return false;
	*ret = item.count != 0;
	return true;
}

static bool take_text(wire_cursor *c, wire_span *ret)
{
	wire_item item;
	if (!take_kind(c, WIRE_ITEM_STR, &item)) return false;
	*ret = (wire_span){(const char *)item.bytes, (size_t)item.count};
	return true;
}

/* Any number, for rates. NaN comes through: comparisons refuse it later. */
static bool number_of(const wire_item *item, double *ret)
{
	if (item->kind == WIRE_ITEM_UINT)
		*ret = (double)item->count;
	else if (item->kind == WIRE_ITEM_INT)
		*ret = (double)item->negative;
	else if (item->kind == WIRE_ITEM_REAL)
		*ret = item->real;
	else
		return false;
	return true;
}

static bool is_key(const wire_item *item, const char *key)
{
	return item->kind == WIRE_ITEM_STR && item->count == strlen(key) && !memcmp(item->bytes, key, item->count);
}

/* ---- HELLO ---- */

static const char *hello_pair(wire_cursor *c, const wire_item *key, wire_in *m)
{
	wire_item item;
	if (is_key(key, "token")) return take_text(c, &m->as.hello.token) ? NULL : "HELLO: token is not text";
	if (is_key(key, "agent")) return take_text(c, &m->as.hello.agent) ? NULL : "HELLO: agent is not text";
	if (!is_key(key, "resume")) return wire_skip(c) ? NULL : "HELLO: info";
	if (!take_kind(c, WIRE_ITEM_BIN, &item) || item.count != WIRE_BOOT_BYTES)
		return "HELLO: resume is not 16 bytes";
	m->as.hello.resume = item.bytes;
	return NULL;
}

static const char *read_hello(wire_cursor *c, wire_in *m)
{
	wire_item map, key;
	const char *why = NULL;
	if (!take_uint(c, &m->as.hello.minor)) return "HELLO: minor is not an unsigned number";
	if (!take_kind(c, WIRE_ITEM_MAP, &map)) return "HELLO: info is not a map";
	for (uint64_t i = 0; i < map.count && !why; i++)
		why = wire_take(c, &key) && key.kind <= WIRE_ITEM_BIN ? hello_pair(c, &key, m) : "HELLO: a key of info";
	return why;
}

/* ---- SUB, UNSUB ---- */

static bool target_of(const wire_item *item, wire_target *ret)
{
	*ret = (wire_target){0};
	if (item->kind == WIRE_ITEM_UINT) {
		ret->rid = item->count;
		return true;
	}
	ret->name = (wire_span){(const char *)item->bytes, (size_t)item->count};
	return item->kind == WIRE_ITEM_STR;
}

typedef struct held_keys {
	bool gen, seq;
} held_keys;

static const char *option_pair(wire_cursor *c, const wire_item *key, wire_sub_options *o, held_keys *held)
{
	wire_item item;
	if (is_key(key, "hz")) {
		o->has_hz = true;
		return wire_take(c, &item) && number_of(&item, &o->hz) ? NULL : "SUB: hz is not a number";
	}
	if (is_key(key, "enc")) return take_uint(c, &o->encoding) ? NULL : "SUB: enc is not an unsigned number";
	if (is_key(key, "live_only")) return take_bool(c, &o->live_only) ? NULL : "SUB: live_only is not a bool";
	if (is_key(key, "gen")) {
		held->gen = true;
		return take_uint(c, &o->gen) ? NULL : "SUB: gen is not an unsigned number";
	}
	if (is_key(key, "seq")) {
		held->seq = true;
		return take_uint(c, &o->seq) ? NULL : "SUB: seq is not an unsigned number";
	}
	return wire_skip(c) ? NULL : "SUB: options";
}

static const char *read_options(wire_cursor *c, wire_sub_options *o)
{
	wire_item map, key;
	held_keys held = {false, false};
	const char *why = NULL;
	if (!take_kind(c, WIRE_ITEM_MAP, &map)) return "SUB: options are not a map";
	for (uint64_t i = 0; i < map.count && !why; i++)
		why = wire_take(c, &key) && key.kind <= WIRE_ITEM_BIN ? option_pair(c, &key, o, &held)
		                                                      : "SUB: a key of options";
	o->has_held = held.gen && held.seq;
	return why;
}

static const char *read_sub_row(wire_cursor *c, wire_target *ret)
{
	wire_item row, item;
	const char *why;
	if (!take_kind(c, WIRE_ITEM_ARRAY, &row) || row.count < 2) return "SUB: a row is not [target, options]";
	if (!wire_take(c, &item) || !target_of(&item, ret)) return "SUB: a target is neither a rid nor text";
	why = read_options(c, &ret->options);
	for (uint64_t i = 2; i < row.count && !why; i++)
		if (!wire_skip(c)) why = "SUB: a row";
	return why;
}

static const char *read_unsub_row(wire_cursor *c, wire_target *ret)
{
	wire_item item;
	return wire_take(c, &item) && target_of(&item, ret) ? NULL : "UNSUB: a target is neither a rid nor text";
}

static const char *read_row(wire_cursor *c, unsigned op, wire_target *ret)
{
	return op == WIRE_IN_SUB ? read_sub_row(c, ret) : read_unsub_row(c, ret);
}

static const char *read_targets(wire_cursor *c, wire_in *m)
{
	wire_item rows;
	const char *why = NULL;
	if (!take_kind(c, WIRE_ITEM_ARRAY, &rows)) return "SUB or UNSUB: rows are not an array";
	m->as.targets.count = rows.count;
	m->as.targets.rows = *c;
	for (uint64_t i = 0; i < rows.count && !why; i++) {
		wire_target target;
		why = read_row(c, m->op, &target);
	}
	return why;
}

bool wire_next_target(wire_in *message, wire_target *ret)
{
	if (!message->as.targets.count) return false;
	message->as.targets.count--;
	return read_row(&message->as.targets.rows, message->op, ret) == NULL;
}

/* ---- the rest ---- */

static const char *read_rate(wire_cursor *c, wire_in *m)
{
	wire_item item;
	if (!wire_take(c, &item)) return "RATE: max_hz";
	m->as.rate.lift = item.kind == WIRE_ITEM_NIL;
	if (m->as.rate.lift) return NULL;
	if (!number_of(&item, &m->as.rate.max_hz) || !(m->as.rate.max_hz >= 0)) return "RATE: max_hz is not a rate";
	return NULL;
}

static const char *read_ack(wire_cursor *c, wire_in *m)
{
	if (!take_uint(c, &m->as.ack.frames)) return "ACK: frames is not an unsigned number";
	return take_bool(c, &m->as.ack.hidden) ? NULL : "ACK: hidden is not a bool";
}

static const char *read_set(wire_cursor *c, wire_in *m)
{
	wire_item item;
	wire_cursor values;
	if (!take_uint(c, &m->as.set.rid)) return "SET: rid is not an unsigned number";
	values = m->as.set.values = *c;
	if (!take_kind(c, WIRE_ITEM_MAP, &item)) return "SET: values are not a map";
	*c = values;
	return wire_skip(c) ? NULL : "SET: values";
}

/* Elements after the op that each message must have. */
static const unsigned char element_count[] = {2, 2, 2, 2, 2, 1, 1, 3};

static const char *read_elements(wire_cursor *c, wire_in *m)
{
	bool has_ref =
	        m->op == WIRE_IN_SUB || m->op == WIRE_IN_UNSUB || m->op == WIRE_IN_GETSCHEMA || m->op == WIRE_IN_SET;
	if (has_ref && !take_uint(c, &m->ref)) return "ref is not an unsigned number";
	switch (m->op) {
	case WIRE_IN_HELLO: return read_hello(c, m);
	case WIRE_IN_SUB:
	case WIRE_IN_UNSUB: return read_targets(c, m);
	case WIRE_IN_GETSCHEMA: return take_text(c, &m->as.sid) ? NULL : "GETSCHEMA: sid is not text";
	case WIRE_IN_ACK: return read_ack(c, m);
	case WIRE_IN_PING: return take_uint(c, &m->as.ping) ? NULL : "PING: n is not an unsigned number";
	case WIRE_IN_RATE: return read_rate(c, m);
	default: return read_set(c, m);
	}
}

enum wire_next wire_next(wire_cursor *c, wire_in *ret, const char **ret_why)
{
	while (c->at != c->end) {
		wire_cursor start = *c, body;
		wire_item array, op;
		*ret = (wire_in){0};
		*ret_why = "a message is an array that starts with its op";
		if (!take_kind(c, WIRE_ITEM_ARRAY, &array) || !array.count || !take_kind(c, WIRE_ITEM_UINT, &op))
			return WIRE_NEXT_MALFORMED;
		body = *c;
		*c = start;
		*ret_why = "cut off";
		if (!wire_skip(c)) return WIRE_NEXT_MALFORMED;
		if (op.count >= WIRE_OP_IGNORED) continue;
		*ret_why = "unknown op";
		if (op.count < WIRE_IN_HELLO || op.count > WIRE_IN_SET) return WIRE_NEXT_MALFORMED;
		ret->op = (unsigned)op.count;
		*ret_why = "too few elements";
		if (array.count - 1 < element_count[op.count - WIRE_IN_HELLO]) return WIRE_NEXT_MALFORMED;
		*ret_why = read_elements(&body, ret);
		return *ret_why ? WIRE_NEXT_MALFORMED : WIRE_NEXT_MESSAGE;
	}
	return WIRE_NEXT_END;
}

bool wire_is_lone_ack(const uint8_t *data, size_t bytes, uint64_t *ret_frames, bool *ret_hidden)
{
	unsigned number_bytes, head;
	if (bytes < 4 || data[0] != 0x93 || data[1] != WIRE_IN_ACK) return false;
	head = data[2];
	if (head >= 0x80 && (head < 0xcc || head > 0xcf)) return false;
	number_bytes = head < 0x80 ? 0 : 1u << (head - 0xcc);
	if (bytes != 4 + number_bytes || data[bytes - 1] < 0xc2 || data[bytes - 1] > 0xc3) return false;
	*ret_frames = number_bytes ? 0 : head;
	for (unsigned i = 0; i < number_bytes; i++) *ret_frames = *ret_frames << 8 | data[3 + i];
	*ret_hidden = data[bytes - 1] == 0xc3;
	return true;
}
