/* control.c - answers, announcements, heartbeats and liveness of one viewer. */
#include "control.h"

#include "bridge.h"

#include <stdlib.h>
#include <string.h>

#define LIVE_ROWS_MAX 128u

/* ---- announcements ---- */

/* The first region in the log behind @p no; the newest are at the end and most viewers have heard nearly all. */
static ws_link *first_behind(ws_regions *t, uint64_t no)
{
	ws_link *link = t->log.before;
	while (link != &t->log && WS_OF(link, ws_region, in_log)->changed_no > no) link = link->before;
	return link->next;
}

static const ws_tombstone *first_grave(const ws_regions *t, uint64_t no)
{
	size_t low = 0, high = t->grave_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (t->graves[middle].removed_no <= no)
			low = middle + 1;
		else
			high = middle;
	}
	return low < t->grave_count ? &t->graves[low] : NULL;
}

static void put_regions(ws_viewer *v, wire_buf *to, ws_link *from)
{
	ws_regions *t = &v->bridge->regions;
	ws_region *rows[WIRE_ANN_ROWS_MAX];
	bool had_first = v->had_first_ann;
	uint32_t count = 0;
	ws_link *link = from;
	for (; link != &t->log && count < WIRE_ANN_ROWS_MAX; link = link->next) {
		ws_region *r = WS_OF(link, ws_region, in_log);
		v->ann_no = r->changed_no;
		if (ws_viewer_sees(v, r->info->name)) rows[count++] = r;
	}
	v->had_first_ann |= v->ann_no >= v->ann_goal || link == &t->log;
	if (!count && had_first == v->had_first_ann) return;
	wire_put_ann(to, v->had_first_ann, count);
	for (uint32_t i = 0; i < count; i++) {
		wire_ann ann;
		const char *fields = ws_region_remote_write(rows[i]);
		ws_region_look(rows[i]);
		ws_region_ann(rows[i], &ann);
		if (ws_viewer_may_set(v, ann.name, fields)) {
			ann.flags |= WIRE_ANN_WRITABLE;
			ann.set = strcmp(fields, "*") ? fields : NULL;
		}
		wire_put_ann_row(to, &ann);
	}
}

/* Those that this viewer never knew are passed over: it is no further in the log of regions than it was when they went. */
static void put_graves(ws_viewer *v, wire_buf *to, const ws_tombstone *grave)
{
	const ws_regions *t = &v->bridge->regions;
	uint32_t rids[WIRE_ANN_ROWS_MAX], count = 0;
	for (; grave < t->graves + t->grave_count && count < WIRE_ANN_ROWS_MAX; grave++) {
		if (grave->born_no <= v->ann_no && ws_viewer_sees(v, grave->name)) rids[count++] = grave->rid;
		v->grave_no = grave->removed_no;
	}
	if (count) wire_put_unann(to, rids, count);
}

/* Who is gone comes first, always: who went later may have been born behind the viewer's place, which then moves on. */
static void put_announcements(ws_viewer *v, wire_buf *to)
{
	ws_regions *t = &v->bridge->regions;
	const ws_tombstone *grave = first_grave(t, v->grave_no);
	ws_link *link;
	if (grave) {
		put_graves(v, to, grave);
		return;
	}
	v->grave_no = t->change_no;
	link = first_behind(t, v->ann_no);
	if (link != &t->log) {
		put_regions(v, to, link);
		return;
	}
	v->ann_no = t->change_no;
	if (!v->had_first_ann) wire_put_ann(to, v->had_first_ann = true, 0);
}

static bool owes_announcements(const ws_viewer *v)
{
	uint64_t change_no = v->bridge->regions.change_no;
	return v->ann_no < change_no || v->grave_no < change_no || !v->had_first_ann;
}

/* ---- heartbeat and liveness ---- */

static uint32_t regions_seen(const ws_viewer *v)
{
	const ws_regions *t = &v->bridge->regions;
	ws_access *a = v->access;
	if (!a || (a->read.count == 1 && !strcmp(a->read.items[0], "**"))) return (uint32_t)t->count;
	if (a->seen_no != t->change_no) { /* once for all viewers of this token */
		a->seen_no = t->change_no;
		a->seen_count = 0;
		for (size_t i = 0; i < t->count; i++) a->seen_count += ws_viewer_sees(v, t->by_rid[i]->info->name);
	}
	return a->seen_count;
}

static void put_heartbeat(ws_viewer *v, wire_buf *to)
{
	const ws_bridge *b = v->bridge;
	wire_hb hb = {.n = ++v->hb_count,
	              .t_us = ws_unix_us(),
	              .mono_us = ws_mono_us(b),
	              .viewers = b->viewer_count,
	              .regions = regions_seen(v),
	              .conflated = v->conflated,
	              .held = v->egress.held,
	              .sent_bytes = v->sent_bytes};
	v->owes_hb = false;
	wire_put_hb(to, &hb);
}

static void put_liveness(ws_viewer *v, wire_buf *to)
{
	ws_region *rows[LIVE_ROWS_MAX];
	uint32_t count = 0;
	ws_link *link;
	while (count < LIVE_ROWS_MAX && (link = ws_list_take(&v->live)) != NULL)
		rows[count++] = WS_OF(link, ws_sub, in_live)->region;
	wire_put_live(to, ws_unix_us(), count);
	for (uint32_t i = 0; i < count; i++) {
		const wire_buf *row = ws_region_live_row(rows[i]);
		to->failed |= row->failed;
		wire_buf_put(to, row->data, row->bytes);
	}
}

/* ---- schemas ---- */

static ws_region *with_schema(const ws_viewer *v, uint64_t schema_id)
{
	const ws_regions *t = &v->bridge->regions;
	for (size_t i = 0; i < t->count; i++) {
		ws_region *r = t->by_rid[i];
		if (r->info->schema[0] && ws_viewer_sees(v, r->info->name) && r->info->schema_id == schema_id &&
		    ws_region_layout(r))
			return r;
	}
	return NULL;
}

void ws_control_schema(ws_viewer *v, uint64_t ref, wire_span sid)
{
	char text[17] = {0};
	uint64_t id;
	ws_schema_request *all;
	if (sid.bytes == 16) memcpy(text, sid.at, 16);
	id = strspn(text, "0123456789abcdef") == 16 ? strtoull(text, NULL, 16) : 0;
	if (!id || !with_schema(v, id)) {
		wire_put_err(&v->answers, &ref, WIRE_NOT_FOUND, "no region has this schema");
		return;
	}
	if (v->schema_count == WS_SCHEMAS_MAX) {
		wire_put_err(&v->answers, &ref, WIRE_TOO_MANY, "too many schemas asked for at a time");
		return;
	}
	all = realloc(v->schemas, (v->schema_count + 1) * sizeof *all);
	if (!all) {
		wire_put_err(&v->answers, &ref, WIRE_INTERNAL, "out of memory");
		return;
	}
	v->schemas = all;
	all[v->schema_count++] = (ws_schema_request){ref, id};
}

static void put_schema(ws_viewer *v, wire_buf *to)
{
	ws_schema_request first = v->schemas[0];
	ws_region *r = with_schema(v, first.schema_id);
	v->schema_count--;
	memmove(v->schemas, v->schemas + 1, v->schema_count * sizeof *v->schemas);
	if (r)
		wire_put_schema(to, first.schema_id, ws_region_layout(r));
	else
		wire_put_err(to, &first.ref, WIRE_NOT_FOUND, "the region went away");
}

/* ---- one message ---- */

static bool has_room(const wire_buf *to)
{
	return to->bytes < WS_MESSAGE_BYTES / 2;
}

static void put_state(ws_viewer *v, wire_buf *to)
{
	while (owes_announcements(v) && has_room(to)) put_announcements(v, to);
	if (v->owes_hb && has_room(to)) put_heartbeat(v, to);
	while (!ws_list_is_empty(&v->live) && has_room(to)) put_liveness(v, to);
	while (v->schema_count && has_room(to)) put_schema(v, to);
}

static bool owes_state(const ws_viewer *v)
{
	return v->state == WS_OPEN &&
	       (owes_announcements(v) || v->owes_hb || !ws_list_is_empty(&v->live) || v->schema_count);
}

bool ws_control_owes(const ws_viewer *v)
{
	return v->answers.bytes || owes_state(v);
}

ws_blob *ws_control_take(ws_viewer *v)
{
	ws_blob *blob;
	if (!ws_control_owes(v)) return NULL;
	blob = ws_blob_begin(v->answers.bytes + 256);
	if (blob) {
		wire_buf_put(&blob->buf, v->answers.data, v->answers.bytes);
		wire_buf_free(&v->answers); /* an idle viewer holds no buffer */
		if (v->state == WS_OPEN) put_state(v, &blob->buf);
	}
	if (!blob || ws_blob_seal(blob)) {
		wire_buf_free(&v->answers);
		ws_viewer_out_of_memory(v);
		return NULL;
	}
	/* Only graves that this viewer never knew were passed over. */
	if (!ws_blob_bytes(blob)) ws_blob_release(&blob);
	return blob;
}
