/* daemon/regions.c - see regions.h. */
#include "regions.h"

#include "base/err.h"
#include "base/hash.h"
#include "guard.h"
#include "observe.h"
#include "own_conf.h"
#include "platform/random.h"

#include <pagecast/reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ------------------------------------------------------------------------------------------ */

void pcd_regions_remember(pcd_regions *t, pcd_remembered *rows, uint32_t count)
{
	free(t->remembered);
	t->remembered = rows;
	t->remembered_count = count;
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].id >= t->next_id) t->next_id = rows[i].id + 1;
}

/* The number that the predecessor had for this key, once; else the next one. */
static void number(pcd_regions *t, pcd_region *r)
{
	for (uint32_t i = 0; i < t->remembered_count; i++) {
		pcd_remembered *m = t->remembered + i;
		if (!m->id || strcmp(m->key, r->conf->key) != 0) continue;
		r->id = m->id;
		r->generation = m->generation;
		m->id = 0;
		return;
	}
	r->id = t->next_id++;
}

/* ---- bodies ------------------------------------------------------------------------------------------- */

const pc_layout *pcd_region_layout(const pcd_region *region)
{
	return region->conf->layout ? region->conf->layout : region->brought;
}

static pc_status spec_of(const pcd_regions *t, const pcd_region *r, const pcd_region_conf *conf,
                         const pc_layout *layout, pcd_body_spec *spec, pc_err *err)
{
	uint64_t layout_bytes = layout ? pc_layout_bytes(layout) : 0;
	memset(spec, 0, sizeof *spec);
	spec->conf = conf;
	spec->layout = layout;
	spec->payload_bytes = conf->payload_bytes ? conf->payload_bytes : layout_bytes;
	spec->flags = r->flags | (conf->writer_kind == PC_WRITER_LEGACY ? PC_REGION_LEGACY : 0u) |
	              (conf->is_adopted ? PC_REGION_ADOPTED : 0u);
	spec->id = r->id;
	spec->generation = r->generation + 1;
	memcpy(spec->run, t->run, sizeof spec->run);
	if (spec->payload_bytes >= layout_bytes && spec->payload_bytes) return PC_OK;
	return pc_err_set(err, PC_EINVAL, "size %llu is too small for its layout of %llu bytes",
	                  (unsigned long long)spec->payload_bytes, (unsigned long long)layout_bytes);
}

static pc_status start_body(pcd_regions *t, pcd_region *r, pcd_body *body, const pcd_region_conf *conf, pc_err *err)
{
	pc_status s = pcd_watchers_follow(t->watchers, body);
	if (s != PC_OK) return pc_err_set(err, s, "no memory to look after a region");
	if (conf->writer_kind == PC_WRITER_LEGACY) s = pcd_observer_start(t, body, conf, &r->observer, err);
	if (s == PC_OK) s = pcd_guard_set(&body->guard, conf, t->log, err);
	if (s == PC_OK) return s;
	pcd_observer_stop(&r->observer);
	pcd_watchers_leave(t->watchers, body);
	return s;
}

static void set_beside(pcd_regions *t, pcd_region *r, bool is_beside)
{
	if (is_beside && !r->is_beside) t->beside_count++;
	if (!is_beside && r->is_beside) t->beside_count--;
	r->is_beside = is_beside;
}

/* Whether the payload has the region's name, said whenever that changes. */
static void look_at_name(pcd_regions *t, pcd_region *r)
{
	pc_err why = {""};
	bool is_beside = pc_owner_is_beside(r->body->owner, &why) != 0;
	if (is_beside && !r->is_beside)
		pcd_log_line(t->log, PC_LOG_WARN, "daemon", "region '%s': %s", r->conf->key, why.text);
	if (!is_beside && r->is_beside)
		pcd_log_line(t->log, PC_LOG_INFO, "daemon", "region '%s' has its name: nobody else holds it any more",
		             r->conf->key);
	set_beside(t, r, is_beside);
}

/* First body of a region. */
static pc_status give_body(pcd_regions *t, pcd_region *r, const pc_layout *layout, pc_err *err)
{
	uint32_t before = r->generation;
	pcd_body_spec spec;
	pcd_body *body = NULL;
	int outcome;
	pc_status s = spec_of(t, r, r->conf, layout, &spec, err);
	if (s == PC_OK) s = pcd_body_open(&spec, NULL, &body, &outcome, err);
	if (s != PC_OK) return s;
	/* A predecessor's objects that fit are the same generation: its readers notice nothing. */
	if (before && outcome == PC_OWNER_ADOPTED) body->info.generation = before;
	s = start_body(t, r, body, r->conf, err);
	if (s != PC_OK) {
		pcd_body_leave(body, outcome == PC_OWNER_ADOPTED ? PC_OWNER_KEEP : 0);
		pcd_body_drop(body);
		return s;
	}
	r->body = body;
	r->generation = body->info.generation;
	t->changes++;
	look_at_name(t, r);
	t->changed(t->changed_arg, PCD_REGION_ADDED, r, body);
	return PC_OK;
}

/* Its watches hear once more, and find PC_ESTALE. */
static void end_body(pcd_regions *t, pcd_body *body, unsigned flags)
{
	pcd_watchers_leave(t->watchers, body);
	pcd_body_leave(body, flags);
	pcd_watchers_touch(t->watchers, body, false);
	pcd_body_drop(body);
}

static void take_body(pcd_regions *t, pcd_region *r, unsigned flags)
{
	pcd_body *body = r->body;
	if (!body) return;
	pc_store_release_u32(&body->gone, 1);
	t->changed(t->changed_arg, PCD_REGION_REMOVED, r, body);
	r->body = NULL;
	t->changes++;
	set_beside(t, r, false);
	pcd_observer_stop(&r->observer);
	end_body(t, body, flags);
}

/* The next body of a region; the old one goes on if that fails. */
static pc_status next_body(pcd_regions *t, pcd_region *r, const pcd_region_conf *conf, const pc_layout *layout,
                           const void *values, pc_err *err)
{
	pcd_body *old = r->body, *body = NULL;
	pcd_body_spec spec;
	int outcome;
	pc_status s = spec_of(t, r, conf, layout, &spec, err);
	if (s != PC_OK) return s;
	spec.values = values;
	pcd_observer_stop(&r->observer);
	pcd_watchers_leave(t->watchers, old);
	s = pcd_body_open(&spec, old, &body, &outcome, err);
	if (s != PC_OK) {
		pc_err second = {""};
		if (start_body(t, r, old, r->conf, &second) != PC_OK)
			pcd_log_line(t->log, PC_LOG_ERROR, "daemon", "region '%s': %s", conf->key, second.text);
		return s;
	}
	body->guard = old->guard; /* its names go on, and who has them open */
	old->guard = NULL;
	pcd_body_leave(old, 0);
	pcd_watchers_touch(t->watchers, old, false);
	pcd_body_drop(old);
	r->body = body;
	r->generation = body->info.generation;
	t->changes++;
	look_at_name(t, r);
	s = start_body(t, r, body, conf, err);
	t->changed(t->changed_arg, PCD_REGION_CHANGED, r, body);
	return s;
}

/* ---- the table ------------------------------------------------------------------------------------------ */

static pcd_region **chain_of(pcd_regions *t, const char *key)
{
	return t->by_key + pc_fnv1a64(key, strlen(key)) % (sizeof t->by_key / sizeof t->by_key[0]);
}

static void table_add(pcd_regions *t, pcd_region *r)
{
	pcd_region **chain = chain_of(t, r->conf->key);
	r->next_of_hash = *chain;
	*chain = r;
	t->items[t->count++] = r;
}

static void table_remove(pcd_regions *t, pcd_region *r)
{
	pcd_region **at = chain_of(t, r->conf->key);
	uint32_t i = t->count;
	while (*at != r) at = &(*at)->next_of_hash;
	*at = r->next_of_hash;
	while (t->items[--i] != r) continue;
	memmove(t->items + i, t->items + i + 1, (t->count - i - 1) * sizeof *t->items);
	t->count--;
}

pcd_region *pcd_regions_find(const pcd_regions *t, const char *key)
{
	pcd_region *r = t->by_key[pc_fnv1a64(key, strlen(key)) % (sizeof t->by_key / sizeof t->by_key[0])];
	while (r && strcmp(r->conf->key, key) != 0) r = r->next_of_hash;
	return r;
}

static void region_free(pcd_region *r)
{
	pcd_own_conf_destroy(&r->own);
	pc_layout_destroy(&r->brought);
	free(r->declared_by);
	free(r);
}

static pc_status make_room(pcd_regions *t)
{
	uint32_t room = t->room ? 2 * t->room : 64;
	pcd_region **more;
	if (t->count < t->room) return PC_OK;
	more = realloc(t->items, room * sizeof *more);
	if (!more) return PC_ENOMEM;
	t->items = more;
	t->room = room;
	return PC_OK;
}

static pc_status add(pcd_regions *t, const pcd_region_conf *conf, pcd_own_conf *own, uint32_t flags,
                     pcd_region **ret_region, pc_err *err)
{
	pcd_region *r = calloc(1, sizeof *r);
	pc_status s = make_room(t);
	if (!r || s != PC_OK) {
		free(r);
		pcd_own_conf_destroy(&own);
		return pc_err_set(err, PC_ENOMEM, "no memory for a region");
	}
	r->own = own;
	r->conf = conf;
	r->flags = flags;
	number(t, r);
	/* In the table first: the event of the new body finds it there. */
	table_add(t, r);
	if (!conf->layout_from) s = give_body(t, r, conf->layout, err);
	if (s != PC_OK) {
		table_remove(t, r);
		region_free(r);
		return s;
	}
	if (ret_region) *ret_region = r;
	return PC_OK;
}

pc_status pcd_regions_add(pcd_regions *t, const pcd_region_conf *conf, uint32_t flags, pcd_region **ret_region,
                          pc_err *err)
{
	return add(t, conf, NULL, flags, ret_region, err);
}

pc_status pcd_regions_add_own(pcd_regions *t, const pcd_region_conf *conf, uint32_t flags, pcd_region **ret_region,
                              pc_err *err)
{
	pcd_own_conf *own = pcd_own_conf_create(conf);
	if (!own) return pc_err_set(err, PC_ENOMEM, "no memory for a region");
	return add(t, &own->conf, own, flags, ret_region, err);
}

pc_status pcd_region_bring(pcd_regions *t, pcd_region *region, const pc_layout *layout, pc_err *err)
{
	pc_layout *copy;
	pc_status s;
	if (region->brought && region->body && pc_layout_id(region->brought) == pc_layout_id(layout)) return PC_OK;
	copy = pcd_layout_copy(layout);
	if (!copy) return pc_err_set(err, PC_ENOMEM, "no memory for a layout");
	s = region->body ? next_body(t, region, region->conf, copy, NULL, err) : give_body(t, region, copy, err);
	if (s != PC_OK) {
		pc_layout_destroy(&copy);
		return s;
	}
	pc_layout_destroy(&region->brought);
	region->brought = copy;
	return PC_OK;
}

pc_status pcd_region_replace_back(pcd_regions *t, pcd_region *region, const pcd_region_conf *conf, const void *values,
                                  pc_err *err)
{
	const pc_layout *layout = conf->layout ? conf->layout : region->brought;
	pc_status s = region->body ? next_body(t, region, conf, layout, values, err) : PC_OK;
	if (s == PC_OK) pcd_region_rebind(t, region, conf);
	return s;
}

pc_status pcd_region_replace(pcd_regions *t, pcd_region *region, const pcd_region_conf *conf, pc_err *err)
{
	return pcd_region_replace_back(t, region, conf, NULL, err);
}

void *pcd_region_values(const pcd_region *region)
{
	uint64_t bytes = region->body ? region->body->info.payload_bytes : PCD_VALUES_BYTES_MAX;
	pc_reader *reader = NULL;
	void *values = bytes < PCD_VALUES_BYTES_MAX ? malloc((size_t)bytes) : NULL;
	if (values && (pc_reader_open(region->body->info.object, NULL, &reader, NULL) != PC_OK ||
	               pc_reader_snapshot(reader, values, (size_t)bytes, NULL) != PC_OK)) {
		free(values);
		values = NULL;
	}
	pc_reader_close(&reader);
	return values;
}

pc_status pcd_region_replace_own(pcd_regions *t, pcd_region *region, const pcd_region_conf *conf, pc_err *err)
{
	pcd_own_conf *own = pcd_own_conf_create(conf), *old = region->own;
	pc_status s;
	if (!own) return pc_err_set(err, PC_ENOMEM, "no memory for a region");
	s = pcd_region_replace(t, region, &own->conf, err);
	if (s == PC_OK) region->own = own;
	pcd_own_conf_destroy(s == PC_OK ? &old : &own);
	return s;
}

void pcd_region_rebind(pcd_regions *t, pcd_region *region, const pcd_region_conf *conf)
{
	if (region->body) pcd_guard_renew(&region->body->guard, conf, t->log);
	region->conf = conf;
	t->changes++;
	if (region->observer) pcd_observer_set(region->observer, conf);
}

void pcd_region_remove(pcd_regions *t, pcd_region *region, unsigned flags)
{
	take_body(t, region, flags);
	table_remove(t, region);
	region_free(region);
}

/* ---- for reloads, which may be undone ------------------------------------------------------------------- */

void pcd_region_withdraw(pcd_regions *t, pcd_region *region)
{
	take_body(t, region, PC_OWNER_KEEP);
	table_remove(t, region);
}

pc_status pcd_region_restore(pcd_regions *t, pcd_region *region, pc_err *err)
{
	const pc_layout *layout = pcd_region_layout(region);
	pc_status s = make_room(t);
	if (s != PC_OK) return pc_err_set(err, s, "no memory for a region");
	table_add(t, region);
	if (layout || !region->conf->layout_from) s = give_body(t, region, layout, err);
	if (s != PC_OK) table_remove(t, region);
	return s;
}

void pcd_region_discard(pcd_regions *t, pcd_region *region)
{
	const pc_layout *layout = pcd_region_layout(region);
	pcd_body_spec spec;
	pcd_body *body = NULL;
	int outcome;
	if ((layout || !region->conf->layout_from) && spec_of(t, region, region->conf, layout, &spec, NULL) == PC_OK &&
	    pcd_body_open(&spec, NULL, &body, &outcome, NULL) == PC_OK) {
		pcd_body_leave(body, PC_OWNER_RETIRE);
		pcd_body_drop(body);
	}
	region_free(region);
}

pc_status pcd_regions_init(pcd_regions *t, uv_loop_t *loop, pcd_log *log, pcd_watchers *watchers,
                           pcd_regions_fn *changed, void *arg)
{
	memset(t, 0, sizeof *t);
	t->loop = loop;
	t->log = log;
	t->watchers = watchers;
	t->next_id = 1;
	t->changes = 1;
	t->changed = changed;
	t->changed_arg = arg;
	return pc_random_bytes(t->run, sizeof t->run);
}

void pcd_regions_fini(pcd_regions *t, unsigned flags)
{
	while (t->count) pcd_region_remove(t, t->items[t->count - 1], flags);
	free(t->items);
	free(t->remembered);
	memset(t, 0, sizeof *t);
}

/* ---- writing -------------------------------------------------------------------------------------------- */

pc_status pcd_body_open_writer(pcd_regions *t, pcd_body *body, const char *writer, pc_err *err)
{
	pc_writer_options options = {.struct_size = sizeof options, .program = writer};
	pc_status s;
	if (body->gone) return pc_err_set(err, PC_ESTALE, "the region was replaced");
	if (body->writer)
		return pc_err_set(err, PC_EBUSY, "region '%s' is being written by '%s'", body->info.name,
		                  body->writer_name);
	s = pc_writer_open(body->info.object, &options, &body->writer, err);
	if (s != PC_OK) return s;
	(void)snprintf(body->writer_name, sizeof body->writer_name, "%s", writer);
	t->changes++;
	body->beat_due_ns = 0;
	body->written_next = t->written;
	body->written_at = &t->written;
	if (t->written) t->written->written_at = &body->written_next;
	t->written = body;
	pcd_watchers_touch(t->watchers, body, true);
	return PC_OK;
}

void pcd_body_close_writer(pcd_regions *t, pcd_body *body)
{
	pcd_body_end_writer(body);
	body->writer_name[0] = 0;
	t->changes++;
	if (!body->gone) pcd_watchers_touch(t->watchers, body, true);
}

pc_status pcd_body_commit(pcd_regions *t, pcd_body *body)
{
	pc_status s;
	pcd_guard_take(body->guard);
	s = pc_writer_commit(body->writer);
	pcd_guard_give(body->guard, s == PC_OK);
	if (s != PC_OK) return s;
	body->commits++;
	t->commits++;
	pcd_watchers_touch(t->watchers, body, false);
	return PC_OK;
}
