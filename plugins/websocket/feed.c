/* feed.c - sampling a region and encoding what changed. */
#include "feed.h"

#include "bridge.h"

#include <stdlib.h>
#include <string.h>

ws_feed *ws_feed_create(size_t bytes, uint64_t seq_before)
{
	ws_feed *f = calloc(1, sizeof *f);
	if (f && !ws_delta_init(&f->delta, bytes, seq_before)) return f;
	free(f);
	return NULL;
}

static void forget_encoded(ws_feed *f)
{
	for (unsigned i = 0; i < f->cached; i++) ws_blob_release(&f->cache[i].blob);
	f->cached = 0;
}

void ws_feed_destroy(ws_feed **feed)
{
	ws_feed *f = *feed;
	*feed = NULL;
	if (!f) return;
	forget_encoded(f);
	ws_delta_fini(&f->delta);
	free(f->field_seqs);
	free(f);
}

/* ---- sampling ---- */

/* Bounded by PC_LAYOUT_DEPTH_MAX. */
static bool depends(const pc_field *f)
{
	bool found = f->dynamic != NULL;
	for (uint32_t i = 0; !found && f->fields && i < f->field_count + f->floating_count; i++)
		found = depends(&f->fields[i]);
	return found;
}

/* Units are coarser than fields: for VAL each top-level field is compared by itself (PC-VAL-01). */
static void note_fields(ws_region *r)
{
	ws_feed *f = r->feed;
	uint32_t count;
	const pc_field *fields;
	if (!f->field_seqs) return;
	fields = pc_layout_fields(r->layout, &count);
	for (uint32_t i = 0; i < count + pc_layout_floating(r->layout); i++) {
		const pc_field *at = &fields[i];
		if (depends(at)) { /* what it is depends on other bytes: it may have changed when anything has */
			f->field_seqs[i] = f->delta.seq;
			continue;
		}
		uint64_t bytes = (at->count - 1) * at->stride_bytes + at->element_bytes;
		/* after the swap `next` holds the snapshot before */
		if (memcmp(f->delta.now + at->offset, f->delta.next + at->offset, bytes))
			f->field_seqs[i] = f->delta.seq;
	}
}

int ws_feed_sample(ws_region *r, bool *ret_moved)
{
	ws_feed *f = r->feed;
	const struct pc_host *host = r->bridge->host;
	struct pc_stamp stamp = {0};
	bool first = !f->delta.has_snapshot;
	int rc = host->read(r->source->handle, 0, ws_delta_room(&f->delta), f->delta.bytes, &stamp);
	if (rc) return rc;
	*ret_moved = ws_delta_take(&f->delta, stamp.payload_flags != f->payload_flags);
	if (*ret_moved) {
		forget_encoded(f);
		if (!first) note_fields(r);
		f->has_gap = !first && stamp.tick > f->wseq + 1;
	}
	f->wseq = stamp.tick;
	f->unix_ns = stamp.commit_unix_ns;
	f->payload_flags = stamp.payload_flags;
	f->write_age_ns = stamp.write_age_ns;
	f->sampled_ns = r->bridge->now_ns;
	ws_region_saw(r, &stamp);
	return PC_OK;
}

/* ---- encoding ---- */

bool ws_feed_conflates(const ws_feed *f, uint64_t base)
{
	return base && (base + 1 < f->delta.seq || (base < f->delta.seq && f->has_gap));
}

static uint32_t flags_of(const ws_region *r, uint64_t base)
{
	const ws_feed *f = r->feed;
	uint32_t state = r->stamp.liveness, flags = 0;
	if (ws_feed_conflates(f, base)) flags |= WIRE_CONFLATED;
	if (f->payload_flags & PC_PAYLOAD_TORN) flags |= WIRE_TORN;
	if (f->payload_flags & (PC_PAYLOAD_SOURCE_STALE | PC_PAYLOAD_MIRROR_STALE)) flags |= WIRE_SOURCE_STALE;
	if (f->payload_flags & PC_PAYLOAD_RECOVERED) flags |= WIRE_RECOVERED;
	if (f->payload_flags & PC_PAYLOAD_REPLAY) flags |= WIRE_REPLAY;
	if (state != PC_LIVE && state != PC_LEGACY) flags |= WIRE_WRITER_NOT_LIVE;
	if (state == PC_CLOSED || state == PC_RETIRED) flags |= WIRE_FINAL;
	return flags;
}

static void fill_head(const ws_region *r, uint64_t base, wire_update *u)
{
	const ws_feed *f = r->feed;
	uint64_t age_ns = f->write_age_ns + (r->bridge->now_ns - f->sampled_ns);
	*u = (wire_update){.rid = r->rid,
	                   .gen = r->gen,
	                   .base = base,
	                   .seq = f->delta.seq,
	                   .wseq = f->wseq,
	                   .t_us = f->unix_ns ? f->unix_ns / 1000 : WIRE_NEVER,
	                   .age_ms = f->wseq ? age_ns / 1000000 : WIRE_NEVER,
	                   .flags = flags_of(r, base)};
}

static ws_blob *encode_upd(ws_region *r, uint64_t base)
{
	const ws_delta *d = &r->feed->delta;
	size_t limit = (3 * d->bytes + 3) / 4; /* from here on the whole is sent (PC-FLOW-03) */
	wire_buf patch = {0};
	bool is_patch = base && ws_delta_knows(d, base) && ws_delta_patch(d, base, &patch, limit) && !patch.failed;
	ws_blob *blob = ws_blob_begin((is_patch ? patch.bytes : d->bytes) + 80);
	wire_update u;
	fill_head(r, base, &u);
	if (!is_patch) {
		u.base = 0;
		u.flags |= WIRE_KEY;
	}
	if (blob) wire_put_upd(&blob->buf, &u, is_patch ? patch.data : d->now, is_patch ? patch.bytes : d->bytes);
	wire_buf_free(&patch);
	return blob;
}

/* From now on fields are compared one by one; until then every field counts as changed at this state. */
static void follow_fields(ws_region *r, uint32_t count)
{
	ws_feed *f = r->feed;
	if (f->field_seqs) return;
	f->field_seqs = malloc((count ? count : 1) * sizeof f->field_seqs[0]);
	if (!f->field_seqs) return;
	f->field_count = count;
	for (uint32_t i = 0; i < count; i++) f->field_seqs[i] = f->delta.seq;
}

static ws_blob *encode_val(ws_region *r, uint64_t base)
{
	ws_feed *f = r->feed;
	const pc_layout *layout = ws_region_layout(r);
	bool is_key = !layout || !base || !ws_delta_knows(&f->delta, base);
	uint8_t *changed = NULL;
	uint32_t count = 0;
	wire_update u;
	ws_blob *blob = ws_blob_begin(256);
	if (layout) {
		(void)pc_layout_fields(layout, &count);
		count += pc_layout_floating(layout);
		follow_fields(r, count);
	}
	if (!is_key && f->field_seqs) changed = malloc(count ? count : 1);
	fill_head(r, base, &u);
	if (!changed) {
		u.base = 0;
		u.flags |= WIRE_KEY;
	}
	for (uint32_t i = 0; changed && i < count; i++) changed[i] = f->field_seqs[i] > base;
	if (blob) wire_put_val(&blob->buf, &u, layout, f->delta.now, f->delta.bytes, changed);
	free(changed);
	return blob;
}

static ws_blob **cached(ws_feed *f, uint64_t base, unsigned encoding)
{
	for (unsigned i = 0; i < f->cached; i++)
		if (f->cache[i].base == base && f->cache[i].encoding == encoding) return &f->cache[i].blob;
	if (f->cached == WS_CACHE_COUNT) forget_encoded(f);
	f->cache[f->cached].base = base;
	f->cache[f->cached].encoding = encoding;
	f->cache[f->cached].blob = NULL;
	return &f->cache[f->cached++].blob;
}

ws_blob *ws_feed_update(ws_region *r, uint64_t base, unsigned encoding)
{
	uint64_t now_ns = r->bridge->now_ns;
	ws_blob **place = cached(r->feed, base, encoding), *blob = *place;
	if (blob && now_ns - blob->made_ns <= WS_CACHE_MAX_NS) return ws_blob_hold(blob);
	ws_blob_release(place);
	r->bridge->totals.encoded++;
	blob = encoding == WIRE_ENC_VAL ? encode_val(r, base) : encode_upd(r, base);
	if (!blob || ws_blob_seal(blob)) return NULL;
	blob->made_ns = now_ns;
	*place = ws_blob_hold(blob);
	return blob;
}
