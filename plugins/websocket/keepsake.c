/* keepsake.c - writing it, and reading it without belief. */
#include "keepsake.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC   UINT64_C(0x5045454b53574350)
#define VERSION 1u
#define SEQ_MAX (UINT64_MAX / 2)

/* ---- writing ---- */

static void put_u32(wire_buf *to, uint32_t v)
{
	wire_buf_put(to, &v, sizeof v);
}

static void put_u64(wire_buf *to, uint64_t v)
{
	wire_buf_put(to, &v, sizeof v);
}

uint64_t ws_kept_data_bytes(const ws_kept *row)
{
	return 7 * sizeof(uint64_t) + row->delta.bytes + row->delta.unit_count * sizeof row->delta.marks[0] +
	       row->field_count * sizeof row->field_seqs[0];
}

static void put_data(const ws_kept *row, wire_buf *to)
{
	const ws_delta *d = &row->delta;
	put_u64(to, row->wseq);
	put_u64(to, row->unix_ns);
	put_u64(to, row->written_ns);
	put_u64(to, d->origin);
	put_u64(to, d->known_from);
	put_u32(to, row->payload_flags);
	put_u32(to, d->unit_shift);
	put_u32(to, row->field_count);
	wire_buf_put(to, d->now, d->bytes);
	wire_buf_put(to, d->marks, d->unit_count * sizeof d->marks[0]);
	wire_buf_put(to, row->field_seqs, row->field_count * sizeof row->field_seqs[0]);
}

static void put_row(const ws_kept *row, wire_buf *to)
{
	put_u32(to, row->rid);
	put_u32(to, row->gen);
	put_u64(to, row->payload_bytes);
	put_u64(to, row->schema_id);
	put_u64(to, row->seq);
	put_u32(to, (uint32_t)strlen(row->name));
	put_u32(to, row->has_data);
	wire_buf_put(to, row->name, strlen(row->name));
	if (row->has_data) put_data(row, to);
}

void ws_keepsake_write(const ws_keepsake *k, wire_buf *to)
{
	put_u64(to, MAGIC);
	put_u32(to, VERSION);
	put_u32(to, (uint32_t)k->count);
	wire_buf_put(to, k->boot, sizeof k->boot);
	for (size_t i = 0; i < k->count; i++) put_row(&k->rows[i], to);
}

/* ---- reading ---- */

typedef struct cursor {
	const uint8_t *at;
	size_t left;
	const char *wrong; /* the first thing that was */
} cursor;

static void get(cursor *c, void *to, size_t bytes)
{
	if (!c->wrong && bytes > c->left) c->wrong = "it ends too early";
	if (c->wrong) {
		memset(to, 0, bytes);
		return;
	}
	if (bytes) memcpy(to, c->at, bytes);
	c->at += bytes;
	c->left -= bytes;
}

static uint32_t get_u32(cursor *c)
{
	uint32_t v;
	get(c, &v, sizeof v);
	return v;
}

static uint64_t get_u64(cursor *c)
{
	uint64_t v;
	get(c, &v, sizeof v);
	return v;
}

static void need(cursor *c, bool is_right, const char *wrong)
{
	if (!c->wrong && !is_right) c->wrong = wrong;
}

static void get_seqs(cursor *c, ws_kept *row)
{
	if (!row->field_count) return;
	row->field_seqs = malloc(row->field_count * sizeof row->field_seqs[0]);
	need(c, row->field_seqs != NULL, "there is no memory for it");
	if (c->wrong) return;
	get(c, row->field_seqs, row->field_count * sizeof row->field_seqs[0]);
	for (uint32_t i = 0; i < row->field_count; i++)
		need(c, row->field_seqs[i] <= row->seq, "a field is newer than its region");
}

static void get_data(cursor *c, ws_kept *row)
{
	ws_delta *d = &row->delta;
	uint32_t unit_shift, newest = 0;
	uint64_t origin, known_from;
	row->wseq = get_u64(c);
	row->unix_ns = get_u64(c);
	row->written_ns = get_u64(c);
	origin = get_u64(c);
	known_from = get_u64(c);
	row->payload_flags = get_u32(c);
	unit_shift = get_u32(c);
	row->field_count = get_u32(c);
	need(c, row->payload_bytes <= WS_KEPT_DATA_MAX, "a region is too large");
	need(c, origin <= known_from && known_from <= row->seq && row->seq - origin <= UINT32_MAX,
	     "numbers of states contradict each other");
	/* before memory is asked for */
	need(c, row->payload_bytes <= c->left && row->field_count <= c->left / sizeof(uint64_t), "it ends too early");
	if (c->wrong) return;
	need(c, !ws_delta_init(d, (size_t)row->payload_bytes, row->seq), "there is no memory for it");
	need(c, d->unit_shift == unit_shift, "units of changes have another size");
	if (c->wrong) return;
	get(c, d->now, d->bytes);
	get(c, d->marks, d->unit_count * sizeof d->marks[0]);
	for (size_t i = 0; i < d->unit_count; i++)
		if (d->marks[i] > newest) newest = d->marks[i];
	need(c, newest <= row->seq - origin, "a change is newer than its region");
	d->origin = origin;
	d->known_from = known_from;
	d->has_snapshot = true;
	get_seqs(c, row);
}

static void get_row(cursor *c, ws_kept *row)
{
	uint32_t name_bytes, has_data;
	row->rid = get_u32(c);
	row->gen = get_u32(c);
	row->payload_bytes = get_u64(c);
	row->schema_id = get_u64(c);
	row->seq = get_u64(c);
	name_bytes = get_u32(c);
	has_data = get_u32(c);
	need(c, row->rid && row->gen && row->seq <= SEQ_MAX && has_data <= 1, "a number is out of its bounds");
	need(c, name_bytes && name_bytes < sizeof row->name, "a name is empty or too long");
	if (c->wrong) return;
	get(c, row->name, name_bytes);
	need(c, strlen(row->name) == name_bytes, "a name has a NUL");
	row->has_data = has_data && !c->wrong;
	if (row->has_data) get_data(c, row);
}

#define ROW_BYTES_MIN 40u

const char *ws_keepsake_read(const uint8_t *bytes, size_t count, ws_keepsake *ret)
{
	cursor c = {bytes, count, NULL};
	uint32_t rows;
	*ret = (ws_keepsake){0};
	need(&c, get_u64(&c) == MAGIC, "it is something else");
	need(&c, get_u32(&c) == VERSION, "it is of another version");
	rows = get_u32(&c);
	get(&c, ret->boot, sizeof ret->boot);
	need(&c, rows <= c.left / ROW_BYTES_MIN, "it ends too early");
	if (c.wrong) return c.wrong;
	ret->rows = calloc(rows ? rows : 1, sizeof ret->rows[0]);
	need(&c, ret->rows != NULL, "there is no memory for it");
	for (uint32_t i = 0; !c.wrong && i < rows; i++) {
		get_row(&c, &ret->rows[i]);
		ret->count = i + 1;
		need(&c, !i || ret->rows[i - 1].rid < ret->rows[i].rid, "regions are not in order");
	}
	need(&c, !c.left, "there are bytes behind its end");
	if (c.wrong) ws_keepsake_free(ret);
	return c.wrong;
}

ws_kept *ws_keepsake_find(const ws_keepsake *k, uint32_t rid)
{
	size_t low = 0, high = k->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (k->rows[middle].rid < rid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < k->count && k->rows[low].rid == rid ? &k->rows[low] : NULL;
}

void ws_kept_drop_data(ws_kept *row)
{
	ws_delta_fini(&row->delta);
	free(row->field_seqs);
	row->field_seqs = NULL;
	row->field_count = 0;
	row->has_data = false;
}

void ws_keepsake_free(ws_keepsake *k)
{
	for (size_t i = 0; i < k->count; i++) ws_kept_drop_data(&k->rows[i]);
	free(k->rows);
	*k = (ws_keepsake){0};
}
