/* keep.c - taking at the start, leaving at the end. */
#include "keep.h"

#include "bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_BYTES_MAX (UINT64_C(64) << 20)
#define UNCLAIMED_NS   UINT64_C(60000000000) /* as long as a feed that nobody wants */

static const struct pc_ext_keepsake *extension(const ws_bridge *b)
{
	const struct pc_ext_keepsake *ext = b->host->extension(b->host, PC_EXT_KEEPSAKE);
	return ext && PC_HAS(struct pc_ext_keepsake, ext, take) ? ext : NULL;
}

/* ---- taking ---- */

/* A rid means the same within a boot, and its generations only rise. */
typedef struct check {
	const ws_keepsake *old;
	char wrong[WS_KEPT_NAME_BYTES + 64];
} check;

static void check_region(void *arg, int event, const struct pc_region_info *info)
{
	check *c = arg;
	const ws_kept *row = ws_keepsake_find(c->old, info->id);
	if (event != PC_REGION_ADDED || !row || c->wrong[0]) return;
	if (strcmp(row->name, info->name) != 0)
		(void)snprintf(c->wrong, sizeof c->wrong, "region %u was %s then", info->id, row->name);
	else if (info->generation < row->gen)
		(void)snprintf(c->wrong, sizeof c->wrong, "%s had a later generation then", row->name);
}

/* The bytes, malloc'ed; NULL: there are none, or no memory. */
static uint8_t *take_bytes(const ws_bridge *b, const struct pc_ext_keepsake *ext, uint64_t *ret_count)
{
	uint8_t *bytes;
	if (ext->take(b->host, NULL, 0, ret_count) != PC_ENOSPC || *ret_count > SIZE_MAX) return NULL;
	bytes = malloc((size_t)*ret_count);
	if (bytes && ext->take(b->host, bytes, *ret_count, ret_count) == PC_OK) return bytes;
	free(bytes);
	return NULL;
}

static bool fits_table(const ws_bridge *b, check *c)
{
	pc_watch *watch = NULL;
	int rc = b->host->watch_regions(b->host, check_region, c, &watch);
	b->host->cancel(watch);
	if (rc) (void)snprintf(c->wrong, sizeof c->wrong, "the table of regions cannot be watched");
	return !c->wrong[0];
}

static void on_expiry(ws_timer *timer)
{
	ws_keepsake *old = &WS_OF(timer, ws_bridge, keep.expiry)->keep.old;
	for (size_t i = 0; i < old->count; i++) ws_kept_drop_data(&old->rows[i]);
}

void ws_keep_take(ws_bridge *b)
{
	const struct pc_ext_keepsake *ext = extension(b);
	ws_keepsake *old = &b->keep.old;
	check c = {old, ""};
	uint64_t count = 0;
	uint8_t *bytes = ext ? take_bytes(b, ext, &count) : NULL;
	const char *wrong;
	unsigned with_data = 0;
	if (!bytes) return;
	wrong = ws_keepsake_read(bytes, (size_t)count, old);
	free(bytes);
	if (!wrong && !fits_table(b, &c)) wrong = c.wrong;
	if (wrong) {
		ws_log(b, PC_LOG_WARN,
		       "what the bridge left at the last restart is not used: %s; viewers get whole states", wrong);
		ws_keepsake_free(old);
		return;
	}
	memcpy(b->boot, old->boot, sizeof b->boot);
	for (size_t i = 0; i < old->count; i++) with_data += old->rows[i].has_data;
	b->keep.expiry.fire = on_expiry;
	ws_timer_set(&b->timers, &b->keep.expiry, b->host->now_ns(b->host) + UNCLAIMED_NS);
	ws_log(b, PC_LOG_INFO, "goes on where it ended: %u regions, %u with what viewers hold", (unsigned)old->count,
	       with_data);
}

/* What was told field by field must be about the fields that there are. */
static bool has_fields(ws_region *r, uint32_t field_count)
{
	const pc_layout *layout = ws_region_layout(r);
	uint32_t count = 0;
	if (!layout) return false;
	(void)pc_layout_fields(layout, &count);
	return count + pc_layout_floating(layout) == field_count;
}

static ws_feed *feed_of(ws_region *r, ws_kept *row)
{
	uint64_t now_ns = r->bridge->now_ns;
	ws_feed *f = calloc(1, sizeof *f);
	if (!f) return NULL;
	f->delta = row->delta;
	row->delta = (ws_delta){0};
	f->wseq = row->wseq;
	f->unix_ns = row->unix_ns;
	f->payload_flags = row->payload_flags;
	f->sampled_ns = f->unused_since_ns = now_ns;
	f->write_age_ns = now_ns > row->written_ns ? now_ns - row->written_ns : 0;
	if (row->field_count && has_fields(r, row->field_count)) {
		f->field_seqs = row->field_seqs;
		f->field_count = row->field_count;
		row->field_seqs = NULL;
	}
	return f;
}

void ws_keep_claim(ws_region *r)
{
	ws_bridge *b = r->bridge;
	ws_kept *row = ws_keepsake_find(&b->keep.old, r->rid);
	if (!row || row->is_claimed) return;
	row->is_claimed = true;
	/* Numbers do not begin again under the same generation, whatever else may be another. */
	if (r->gen <= row->gen) r->seq_before = row->seq;
	if (row->has_data && r->gen == row->gen && r->info->payload_bytes == row->payload_bytes &&
	    r->info->schema_id == row->schema_id && !strcmp(r->info->name, row->name))
		r->feed = feed_of(r, row);
	if (r->feed) ws_list_add(&b->regions.unused, &r->in_unused);
	ws_kept_drop_data(row);
}

/* ---- leaving ---- */

/* Borrows what the region has. @return false if it cannot be described */
static bool describe(const ws_region *r, ws_kept *row)
{
	const ws_feed *f = r->feed;
	*row = (ws_kept){.rid = r->rid,
	                 .gen = r->gen,
	                 .payload_bytes = r->info->payload_bytes,
	                 .schema_id = r->info->schema_id,
	                 .seq = f ? f->delta.seq : r->seq_before};
	if (strlen(r->info->name) >= sizeof row->name) return false;
	memcpy(row->name, r->info->name, strlen(r->info->name));
	if (!f || !f->delta.has_snapshot) return true;
	row->delta = f->delta;
	row->wseq = f->wseq;
	row->unix_ns = f->unix_ns;
	row->written_ns = f->sampled_ns - f->write_age_ns;
	row->payload_flags = f->payload_flags;
	row->field_seqs = f->field_seqs;
	row->field_count = f->field_seqs ? f->field_count : 0;
	return true;
}

/* Every region, none with data so far. One of the run before that has not come back will not in the next run either: the
 * daemon knows its number no more. */
static bool collect(const ws_bridge *b, ws_keepsake *k)
{
	k->rows = calloc(b->regions.count + 1, sizeof k->rows[0]);
	if (!k->rows) return false;
	memcpy(k->boot, b->boot, sizeof k->boot);
	for (size_t i = 0; i < b->regions.count; i++)
		if (!describe(b->regions.by_rid[i], &k->rows[k->count++])) return false;
	return true;
}

static void add_data(const ws_keepsake *k, const ws_region *r, uint64_t *room)
{
	ws_kept *row = ws_keepsake_find(k, r->rid);
	uint64_t bytes = row->delta.has_snapshot ? ws_kept_data_bytes(row) : UINT64_MAX;
	if (bytes > *room) return;
	row->has_data = true;
	*room -= bytes;
}

/* Those that are watched, then those that were watched last. */
static void choose(const ws_bridge *b, const ws_keepsake *k, uint64_t room)
{
	const ws_link *unused = &b->regions.unused;
	for (size_t i = 0; i < b->regions.count; i++) {
		const ws_region *r = b->regions.by_rid[i];
		if (r->feed && !ws_is_linked(&r->in_unused)) add_data(k, r, &room);
	}
	for (const ws_link *link = unused->before; link != unused; link = link->before)
		add_data(k, WS_OF(link, ws_region, in_unused), &room);
}

static int leave(const ws_bridge *b, const struct pc_ext_keepsake *ext, const ws_keepsake *k)
{
	uint64_t bytes = 64;
	wire_buf buf = {0};
	int rc;
	for (size_t i = 0; i < k->count; i++)
		bytes += sizeof(ws_kept) + (k->rows[i].has_data ? ws_kept_data_bytes(&k->rows[i]) : 0);
	(void)wire_buf_reserve(&buf, (size_t)bytes);
	ws_keepsake_write(k, &buf);
	rc = buf.failed ? PC_ENOMEM : ext->leave(b->host, buf.data, buf.bytes);
	wire_buf_free(&buf);
	return rc;
}

void ws_keep_leave(ws_bridge *b)
{
	const struct pc_ext_keepsake *ext = extension(b);
	ws_keepsake k = {0};
	uint64_t numbers;
	int rc;
	if (!ext || !ext->hands_over(b->host)) return;
	if (!collect(b, &k)) {
		ws_log(b, PC_LOG_WARN, "out of memory for what the next run needs: viewers get whole states");
		free(k.rows);
		return;
	}
	numbers = 64 + k.count * sizeof(ws_kept);
	if (ext->bytes_max > numbers)
		choose(b, &k, ext->bytes_max - numbers < DATA_BYTES_MAX ? ext->bytes_max - numbers : DATA_BYTES_MAX);
	rc = leave(b, ext, &k);
	if (rc == PC_ENOSPC || rc == PC_ENOMEM) {
		for (size_t i = 0; i < k.count; i++) k.rows[i].has_data = false;
		rc = leave(b, ext, &k);
	}
	if (rc) ws_log(b, PC_LOG_WARN, "viewers get whole states from the next run: %s", pc_status_text((pc_status)rc));
	free(k.rows); /* what is in them is the regions' */
}

void ws_keep_free(ws_keep *keep)
{
	ws_keepsake_free(&keep->old);
}
