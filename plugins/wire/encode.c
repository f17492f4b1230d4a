/* wire/encode.c - messages of fixed shape; SCHEMA and VAL, which follow a layout, are in schema.c and values.c. */
#include "wire/encode.h"

#include "wire/item.h"
#include "wire/pack.h"

#include <string.h>

#define LINE_BYTES_MAX 95u

static void open_message(wire_buf *b, uint32_t elements, enum wire_op op)
{
	wire_pack_array(b, elements);
	wire_pack_uint(b, op);
}

static void pair(wire_buf *b, const char *key, uint64_t value)
{
	wire_pack_text(b, key);
	wire_pack_uint(b, value);
}

static void hello_info(wire_buf *b, const wire_hello *h)
{
	uint32_t caps = 0;
	while (h->caps && h->caps[caps]) caps++;
	wire_pack_map(b, 6);
	wire_pack_text(b, "daemon");
	wire_pack_text(b, h->daemon);
	wire_pack_text(b, "instance");
	wire_pack_text(b, h->instance);
	pair(b, "hb_ms", h->hb_ms);
	wire_pack_text(b, "access");
	wire_pack_text(b, h->may_write ? "rw" : "r");
	wire_pack_text(b, "limits");
	wire_pack_map(b, 8);
	pair(b, "msg_bytes", h->limits.msg_bytes);
	pair(b, "msgs_per_s", h->limits.msgs_per_s);
	pair(b, "subs", h->limits.subs);
	pair(b, "frames", h->limits.frames);
	pair(b, "window_bytes", h->limits.window_bytes);
	pair(b, "hz", h->limits.hz);
	pair(b, "ack", h->limits.ack);
	pair(b, "ack_bytes", h->limits.ack_bytes);
	wire_pack_text(b, "caps");
	wire_pack_array(b, caps);
	for (uint32_t i = 0; i < caps; i++) wire_pack_text(b, h->caps[i]);
}

void wire_put_hello(wire_buf *b, const wire_hello *h)
{
	open_message(b, 6, WIRE_HELLO);
	wire_pack_uint(b, WIRE_MINOR);
	wire_pack_bin(b, h->boot, WIRE_BOOT_BYTES);
	wire_pack_uint(b, h->t_us);
	wire_pack_uint(b, h->mono_us);
	hello_info(b, h);
}

void wire_put_ann(wire_buf *b, bool last, uint32_t rows)
{
	open_message(b, 3, WIRE_ANN);
	wire_pack_bool(b, last);
	wire_pack_array(b, rows);
}

/* What programs call themselves, and what is said of them: any bytes, and text on the wire. */
static void pack_line(wire_buf *b, const char *text)
{
	char line[LINE_BYTES_MAX];
	size_t used = 0;
	while (*text) {
		unsigned char lead = (unsigned char)*text;
		size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		bool is_text = !memchr(text, 0, bytes) && wire_is_utf8((const uint8_t *)text, bytes);
		if (!is_text) bytes = 1;
		if (used + bytes > sizeof line) break;
		memcpy(line + used, is_text ? text : "?", bytes);
		used += bytes;
		text += bytes;
	}
	wire_pack_str(b, line, used);
}

static void pack_paths(wire_buf *b, const char *paths)
{
	uint32_t count = 1;
	for (const char *at = paths; *at; at++) count += *at == ',';
	wire_pack_array(b, count);
	for (; count; count--) {
		size_t bytes = strcspn(paths, ",");
		wire_pack_str(b, paths, bytes);
		paths += bytes + 1;
	}
}

void wire_put_ann_row(wire_buf *b, const wire_ann *a)
{
	char sid[17];
	bool has_set = a->set && a->set[0];
	wire_sid_text(a->schema_id, sid);
	wire_pack_array(b, has_set ? 12 : 11);
	wire_pack_uint(b, a->rid);
	wire_pack_text(b, a->name);
	wire_pack_uint(b, a->gen);
	wire_pack_uint(b, a->size);
	wire_pack_text(b, sid);
	wire_pack_uint(b, a->flags);
	wire_pack_uint(b, a->state);
	wire_pack_uint(b, a->stale_ms);
	wire_pack_uint(b, a->hint_ms);
	wire_pack_uint(b, a->kind);
	wire_pack_text(b, a->doc);
	if (has_set) pack_paths(b, a->set);
}

void wire_put_unann(wire_buf *b, const uint32_t *rids, uint32_t count)
{
	open_message(b, 2, WIRE_UNANN);
	wire_pack_array(b, count);
	for (uint32_t i = 0; i < count; i++) wire_pack_uint(b, rids[i]);
}

void wire_put_res(wire_buf *b, uint64_t ref, uint32_t code, const wire_res_row *rows, uint32_t count)
{
	open_message(b, 4, WIRE_RES);
	wire_pack_uint(b, ref);
	wire_pack_uint(b, code);
	wire_pack_array(b, count);
	for (uint32_t i = 0; i < count; i++) {
		wire_pack_array(b, 2);
		wire_pack_uint(b, rows[i].rid);
		wire_pack_uint(b, rows[i].code);
	}
}

/* Shared by UPD and VAL: everything before the last element. */
static void update_head(wire_buf *b, enum wire_op op, const wire_update *u)
{
	open_message(b, 10, op);
	wire_pack_uint(b, u->rid);
	wire_pack_uint(b, u->gen);
	wire_pack_uint(b, u->base);
	wire_pack_uint(b, u->seq);
	wire_pack_uint(b, u->wseq);
	wire_pack_time(b, u->t_us);
	wire_pack_time(b, u->age_ms);
	wire_pack_uint(b, u->flags);
}

void wire_put_upd(wire_buf *b, const wire_update *u, const void *data, size_t bytes)
{
	update_head(b, WIRE_UPD, u);
	wire_pack_bin(b, data, bytes);
}

void wire_put_val(wire_buf *b, const wire_update *u, const pc_layout *layout, const void *payload, size_t bytes,
                  const uint8_t *changed)
{
	update_head(b, WIRE_VAL, u);
	wire_pack_values(b, layout, payload, bytes, changed);
}

void wire_put_live(wire_buf *b, uint64_t t_us, uint32_t rows)
{
	open_message(b, 3, WIRE_LIVE);
	wire_pack_uint(b, t_us);
	wire_pack_array(b, rows);
}

void wire_put_live_row(wire_buf *b, const wire_live *l)
{
	bool has_why = l->why && l->why[0];
	wire_pack_array(b, has_why ? 9 : 8);
	wire_pack_uint(b, l->rid);
	wire_pack_uint(b, l->state);
	wire_pack_time(b, l->hb_age_ms);
	wire_pack_time(b, l->write_age_ms);
	wire_pack_uint(b, l->epoch);
	wire_pack_uint(b, l->pid);
	wire_pack_f32(b, l->write_hz);
	pack_line(b, l->writer);
	if (has_why) pack_line(b, l->why);
}

void wire_put_hb(wire_buf *b, const wire_hb *h)
{
	open_message(b, 5, WIRE_HB);
	wire_pack_uint(b, h->n);
	wire_pack_uint(b, h->t_us);
	wire_pack_uint(b, h->mono_us);
	wire_pack_map(b, 5);
	pair(b, "viewers", h->viewers);
	pair(b, "regions", h->regions);
	pair(b, "conflated", h->conflated);
	pair(b, "sent_bytes", h->sent_bytes);
	pair(b, "held", h->held);
}

void wire_put_pong(wire_buf *b, uint64_t n, uint64_t t_us)
{
	open_message(b, 3, WIRE_PONG);
	wire_pack_uint(b, n);
	wire_pack_uint(b, t_us);
}

void wire_put_status(wire_buf *b, unsigned level, const char *id, const char *text, uint64_t ttl_ms)
{
	open_message(b, 5, WIRE_STATUS);
	wire_pack_uint(b, level);
	wire_pack_text(b, id);
	wire_pack_text(b, text);
	wire_pack_uint(b, ttl_ms);
}

void wire_put_err(wire_buf *b, const uint64_t *ref, uint32_t code, const char *text)
{
	open_message(b, 4, WIRE_ERR);
	if (ref)
		wire_pack_uint(b, *ref);
	else
		wire_pack_nil(b);
	wire_pack_uint(b, code);
	wire_pack_text(b, text);
}

void wire_put_bye(wire_buf *b, uint32_t code, const char *text, uint64_t reconnect_ms)
{
	open_message(b, 4, WIRE_BYE);
	wire_pack_uint(b, code);
	wire_pack_text(b, text);
	wire_pack_uint(b, reconnect_ms);
}
