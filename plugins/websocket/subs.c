/* subs.c - subscriptions: by number, by name, by standing glob. */
#include "bridge.h"
#include "wire/glob.h"

#include <stdlib.h>
#include <string.h>

/* ---- one subscription ---- */

double ws_sub_hz(const ws_sub *sub)
{
	double hz = sub->hz, cap = sub->viewer->cap_hz, most = (double)sub->viewer->bridge->options->max_hz;
	if (sub->viewer->is_hidden && cap > 1) cap = 1; /* PC-ACK-03 */
	if (hz > cap) hz = cap;
	return hz > most ? most : hz;
}

void ws_sub_owe_data(ws_sub *sub)
{
	ws_list_add(&sub->viewer->pending, &sub->in_pending);
	ws_viewer_wake(sub->viewer);
}

void ws_sub_owe_live(ws_sub *sub)
{
	ws_list_add(&sub->viewer->live, &sub->in_live);
	ws_viewer_wake(sub->viewer);
}

/* Place of the first subscription to a rid >= @p rid. */
static uint32_t place_of(const ws_viewer *v, uint32_t rid)
{
	uint32_t low = 0, high = v->sub_count;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (v->subs[middle]->region->rid < rid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static ws_sub *find(const ws_viewer *v, const ws_region *r)
{
	uint32_t place = place_of(v, r->rid);
	return place < v->sub_count && v->subs[place]->region == r ? v->subs[place] : NULL;
}

ws_sub *ws_viewer_find_sub(const ws_viewer *v, uint32_t rid)
{
	uint32_t place = place_of(v, rid);
	return place < v->sub_count && v->subs[place]->region->rid == rid ? v->subs[place] : NULL;
}

static ws_sub *create(ws_viewer *v, ws_region *r)
{
	uint32_t place = place_of(v, r->rid);
	ws_sub *sub = calloc(1, sizeof *sub);
	if (v->sub_count == v->sub_room) {
		uint32_t room = v->sub_room ? 2 * v->sub_room : 8;
		ws_sub **subs = sub ? realloc(v->subs, room * sizeof(ws_sub *)) : NULL;
		if (!subs) {
			free(sub);
			return NULL;
		}
		v->subs = subs;
		v->sub_room = room;
	}
	if (!sub || ws_region_enrol(r, sub)) {
		free(sub);
		return NULL;
	}
	sub->viewer = v;
	memmove(v->subs + place + 1, v->subs + place, (v->sub_count - place) * sizeof(ws_sub *));
	v->subs[place] = sub;
	v->sub_count++;
	return sub;
}

void ws_sub_destroy(ws_sub *sub)
{
	ws_viewer *v = sub->viewer;
	uint32_t place = place_of(v, sub->region->rid);
	ws_region_uncount(sub);
	memmove(v->subs + place, v->subs + place + 1, (v->sub_count - place - 1) * sizeof(ws_sub *));
	v->sub_count--;
	ws_region_dismiss(sub);
	ws_list_remove(&sub->in_pending);
	ws_list_remove(&sub->in_live);
	free(sub);
}

static void note_max_hz(ws_viewer *v)
{
	v->max_hz = 0;
	for (uint32_t i = 0; i < v->sub_count; i++)
		if (v->subs[i]->served_hz > v->max_hz) v->max_hz = v->subs[i]->served_hz;
}

void ws_viewer_retune(ws_viewer *v)
{
	v->pace = (ws_pace){0};
	for (uint32_t i = 0; i < v->sub_count; i++) {
		ws_sub *sub = v->subs[i];
		double before_hz = sub->region->hz;
		sub->pace = (ws_pace){0};
		ws_region_uncount(sub);
		ws_region_count(sub);
		ws_region_settle(sub->region, before_hz);
	}
	note_max_hz(v);
	ws_viewer_wake(v);
}

/* Options that cannot be served are an answer for this row, not a fault of the message. */
static uint32_t check(const ws_viewer *v, const ws_region *r, const wire_sub_options *o)
{
	double most = (double)v->bridge->options->max_hz;
	if (o->encoding > WIRE_ENC_VAL) return WIRE_ENCODING;
	if (o->has_hz && !(o->hz > 0 && o->hz <= most)) return WIRE_CANNOT;
	if (r && !o->live_only && r->info->payload_bytes > WS_DATA_BYTES_MAX) return WIRE_TOO_BIG;
	return WIRE_FINE;
}

uint32_t ws_viewer_sub(ws_viewer *v, ws_region *r, const wire_sub_options *o)
{
	uint32_t code = check(v, r, o);
	ws_sub *sub = find(v, r);
	bool held = v->is_bridges && o->has_held && o->gen == r->gen;
	double before_hz = r->hz, served_hz;
	if (code) return code;
	if (!sub && v->sub_count >= WS_SUBS_MAX) return WIRE_TOO_MANY;
	if (!sub) sub = create(v, r);
	if (!sub) return WIRE_INTERNAL;
	ws_region_uncount(sub);
	served_hz = sub->served_hz;
	sub->hz = o->has_hz ? o->hz : WS_HZ_DEFAULT;
	sub->encoding = (uint8_t)o->encoding;
	sub->live_only = o->live_only;
	sub->base = held ? o->seq : 0;
	sub->pace = (ws_pace){0};
	ws_list_remove(&sub->in_pending);
	ws_region_count(sub);
	if (sub->served_hz >= v->max_hz)
		v->max_hz = sub->served_hz;
	else if (served_hz == v->max_hz)
		note_max_hz(v);
	ws_region_settle(r, before_hz);
	ws_region_look(r);
	ws_sub_owe_live(sub);
	/* A seq from the future is not ours: the difference is not known, so a KEY follows. */
	if (!sub->live_only && (!r->feed || sub->base != r->feed->delta.seq)) ws_sub_owe_data(sub);
	return WIRE_FINE;
}

void ws_viewer_end_subs(ws_viewer *v)
{
	while (v->sub_count) {
		ws_sub *last = v->subs[v->sub_count - 1];
		ws_region *r = last->region;
		ws_sub_destroy(last);
		ws_region_settle(r, r->hz);
	}
	v->glob_count = 0;
	v->max_hz = 0;
}

bool ws_viewer_unsub(ws_viewer *v, ws_region *r)
{
	ws_sub *sub = find(v, r);
	bool was_fastest;
	if (!sub) return false;
	was_fastest = sub->served_hz == v->max_hz;
	ws_sub_destroy(sub);
	if (was_fastest) note_max_hz(v);
	ws_region_settle(r, r->hz);
	return true;
}

/* ---- standing globs ---- */

static wire_sub_options options_of(const ws_glob *g)
{
	return (wire_sub_options){.has_hz = g->hz > 0, .hz = g->hz, .encoding = g->encoding, .live_only = g->live_only};
}

static uint32_t keep_glob(ws_viewer *v, wire_span text, const wire_sub_options *o)
{
	ws_glob *globs, *g = NULL;
	for (uint32_t i = 0; i < v->glob_count && !g; i++)
		if (v->globs[i].bytes == text.bytes && !memcmp(v->globs[i].text, text.at, text.bytes)) g = &v->globs[i];
	if (!g) {
		if (v->glob_count == WS_GLOBS_MAX) return WIRE_TOO_MANY;
		globs = realloc(v->globs, (v->glob_count + 1) * sizeof *globs);
		if (!globs) return WIRE_INTERNAL;
		v->globs = globs;
		g = &globs[v->glob_count++];
	}
	*g = (ws_glob){.bytes = (uint8_t)text.bytes,
	               .encoding = (uint8_t)o->encoding,
	               .live_only = o->live_only,
	               .hz = o->has_hz ? o->hz : 0};
	memcpy(g->text, text.at, text.bytes);
	return WIRE_FINE;
}

static bool drop_glob(ws_viewer *v, wire_span text)
{
	for (uint32_t i = 0; i < v->glob_count; i++) {
		if (v->globs[i].bytes != text.bytes || memcmp(v->globs[i].text, text.at, text.bytes)) continue;
		v->globs[i] = v->globs[--v->glob_count];
		return true;
	}
	return false;
}

void ws_viewer_match(ws_viewer *v, ws_region *r)
{
	const char *name = r->info->name;
	if (v->state != WS_OPEN || !ws_viewer_sees(v, name)) return;
	/* The latest that matches has the say, as with two SUBs one after the other. */
	for (uint32_t i = v->glob_count; i-- > 0;) {
		const ws_glob *g = &v->globs[i];
		wire_sub_options o = options_of(g);
		if (!wire_glob_match(g->text, g->bytes, name, strlen(name))) continue;
		(void)ws_viewer_sub(v, r, &o);
		return;
	}
}

/* ---- messages ---- */

/* Rows of a RES, as many as the regions that one message can touch. */
typedef struct answer {
	wire_res_row *rows;
	uint32_t count, room, globs;
	bool failed;
} answer;

static void add_row(answer *a, uint32_t rid, uint32_t code)
{
	if (a->count == a->room) {
		uint32_t room = a->room ? 2 * a->room : 64;
		wire_res_row *rows = realloc(a->rows, room * sizeof *rows);
		if (!rows) {
			a->failed = true;
			return;
		}
		a->rows = rows;
		a->room = room;
	}
	a->rows[a->count++] = (wire_res_row){rid, code};
}

static void finish(ws_viewer *v, answer *a, uint64_t ref)
{
	if (a->failed)
		ws_viewer_out_of_memory(v);
	else
		wire_put_res(&v->answers, ref, WIRE_FINE, a->rows, a->count);
	free(a->rows);
}

static void sub_glob(ws_viewer *v, const wire_target *t, answer *a)
{
	const ws_regions *all = &v->bridge->regions;
	uint32_t code = t->name.bytes > WIRE_GLOB_BYTES_MAX ? WIRE_CANNOT : check(v, NULL, &t->options);
	if (!code && a->globs++ >= WS_GLOBS_MAX) code = WIRE_TOO_MANY; /* each looks at every region */
	if (!code) code = keep_glob(v, t->name, &t->options);
	if (code) {
		add_row(a, 0, code);
		return;
	}
	/* One row says that the limit is reached: what follows would only repeat it. */
	for (size_t i = 0; i < all->count && code != WIRE_TOO_MANY; i++) {
		ws_region *r = all->by_rid[i];
		if (!wire_glob_match(t->name.at, t->name.bytes, r->info->name, strlen(r->info->name))) continue;
		if (!ws_viewer_sees(v, r->info->name)) continue;
		code = ws_viewer_sub(v, r, &t->options);
		add_row(a, r->rid, code);
	}
}

static ws_region *region_of(const ws_viewer *v, const wire_target *t)
{
	const ws_regions *all = &v->bridge->regions;
	ws_region *r = t->name.at ? ws_region_by_name(all, t->name.at, t->name.bytes) : ws_region_by_rid(all, t->rid);
	return r && ws_viewer_sees(v, r->info->name) ? r : NULL; /* what it may not see does not exist for it */
}

void ws_viewer_handle_sub(ws_viewer *v, wire_in *message)
{
	answer a = {0};
	wire_target t;
	while (wire_next_target(message, &t)) {
		ws_region *r;
		if (t.name.at && wire_glob_is_pattern(t.name.at, t.name.bytes)) {
			sub_glob(v, &t, &a);
			continue;
		}
		r = region_of(v, &t);
		add_row(&a, r ? r->rid : 0, r ? ws_viewer_sub(v, r, &t.options) : WIRE_NOT_FOUND);
	}
	finish(v, &a, message->ref);
}

static void unsub_glob(ws_viewer *v, const wire_target *t, answer *a)
{
	(void)drop_glob(v, t->name);
	for (uint32_t i = v->sub_count; i-- > 0;) {
		ws_region *r = v->subs[i]->region;
		if (!wire_glob_match(t->name.at, t->name.bytes, r->info->name, strlen(r->info->name))) continue;
		add_row(a, r->rid, WIRE_FINE);
		(void)ws_viewer_unsub(v, r);
	}
}

void ws_viewer_handle_unsub(ws_viewer *v, wire_in *message)
{
	answer a = {0};
	wire_target t;
	while (wire_next_target(message, &t)) {
		ws_region *r;
		if (t.name.at && wire_glob_is_pattern(t.name.at, t.name.bytes)) {
			unsub_glob(v, &t, &a);
			continue;
		}
		r = region_of(v, &t);
		if (r && ws_viewer_unsub(v, r))
			add_row(&a, r->rid, WIRE_FINE);
		else
			add_row(&a, 0, WIRE_NOT_FOUND);
	}
	finish(v, &a, message->ref);
}
