/* set.c - SET from its check to its answer, and the line of the audit log for each. */
#include "set.h"

#include "bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- loop ---- */

static int commit(const struct pc_host *host, const ws_set *set)
{
	pc_region *region = set->source->set_handle;
	void *payload;
	if (!region) return PC_ESTALE;
	payload = host->begin(region);
	if (!payload) return PC_ESTALE;
	if (!wire_set_apply(&set->values, payload, host->info(region)->payload_bytes)) {
		host->abort(region);
		return PC_EINVAL;
	}
	return host->commit(region);
}

void ws_sets_run(ws_sources *s)
{
	for (;;) {
		ws_link *link;
		ws_set *set;
		kit_lock_take(s->lock);
		link = ws_list_take(&s->sets);
		kit_lock_give(s->lock);
		if (!link) return;
		set = WS_OF(link, ws_set, link);
		set->status = commit(s->host, set);
		kit_lock_take(s->lock);
		ws_list_add(&s->sets_done, &set->link);
		kit_lock_give(s->lock);
		s->wake(s->wake_arg);
	}
}

static void destroy(ws_set *set)
{
	wire_set_free(&set->values);
	free(set);
}

static void free_all(ws_link *sets)
{
	ws_link *link;
	while ((link = ws_list_take(sets)) != NULL) destroy(WS_OF(link, ws_set, link));
}

void ws_sets_fini(ws_sources *s)
{
	free_all(&s->sets);
	free_all(&s->sets_done);
}

/* ---- bridge: asking ---- */

bool ws_viewer_may_set(const ws_viewer *v, const char *region, const char *remote_write)
{
	return remote_write[0] && ws_access_writes(v->access, region);
}

/* Who, from where, which region, which fields, and what came of it; never a value. */
static void audit(ws_bridge *b, const ws_set *set, bool is_fine, const char *region, const char *result)
{
	b->host->metric_add(is_fine ? b->metrics.sets : b->metrics.sets_refused, 1);
	ws_audit(b, is_fine ? PC_LOG_INFO : PC_LOG_WARN,
	         "audit: set %s by token '%s' from %s: region '%.63s' fields [%s]: %.160s",
	         is_fine ? "done" : "refused", set->token, set->peer, region, set->values.fields, result);
}

static void refuse(ws_viewer *v, const ws_set *set, uint32_t code, const char *region, const char *why)
{
	wire_put_err(&v->answers, &set->ref, code, why);
	audit(v->bridge, set, false, region, why);
}

static void hand_over(ws_viewer *v, ws_set *set)
{
	ws_sources *s = &v->bridge->sources;
	v->sets_pending++;
	kit_lock_take(s->lock);
	ws_list_add(&s->sets, &set->link);
	if (!s->is_posted) s->is_posted = s->host->post(s->host, ws_sources_errands, s) == PC_OK;
	kit_lock_give(s->lock);
}

/* What can be said without a look at the values: 0, or why not. */
static uint32_t check(const ws_viewer *v, const ws_region *r, const char **why)
{
	*why = "this token may not set that region (write= in token_file)";
	if (!ws_access_writes(v->access, r->info->name)) return WIRE_FORBIDDEN;
	*why = "the region is not marked `remote_write: true` in the configuration";
	if (!ws_region_remote_write(r)[0]) return WIRE_FORBIDDEN;
	*why = "another plugin writes this region now";
	if (!atomic_load(&r->source->can_set)) return WIRE_CONFLICT;
	*why = "too many SETs wait for their answer";
	return v->sets_pending >= WS_SETS_PENDING_MAX ? WIRE_TOO_MANY : WIRE_FINE;
}

/* Everything up to the commit. */
static uint32_t prepare(ws_viewer *v, ws_set *set, const wire_in *m, const char **region, pc_err *err)
{
	ws_region *r = ws_region_by_rid(&v->bridge->regions, m->as.set.rid);
	const char *why = "no such region";
	uint32_t code = WIRE_NOT_FOUND;
	if (r && ws_viewer_sees(v, r->info->name)) {
		*region = r->info->name;
		code = check(v, r, &why);
		if (!code && !ws_region_layout(r)) {
			code = WIRE_INTERNAL;
			why = "the region has no layout";
		}
	}
	(void)snprintf(err->text, sizeof err->text, "%s", why);
	if (code) return code;
	set->rid = r->rid;
	set->source = r->source;
	return wire_set_read(ws_region_layout(r), ws_region_remote_write(r), m->as.set.values, &set->values, err);
}

void ws_viewer_handle_set(ws_viewer *v, const wire_in *m)
{
	ws_set *set = calloc(1, sizeof *set);
	const char *region = "";
	pc_err err = {""};
	uint32_t code;
	if (!set) {
		ws_viewer_out_of_memory(v);
		return;
	}
	set->viewer_no = v->no;
	set->ref = m->ref;
	(void)snprintf(set->token, sizeof set->token, "%s", v->access ? v->access->name : "-");
	(void)snprintf(set->peer, sizeof set->peer, "%s", v->peer);
	code = prepare(v, set, m, &region, &err);
	if (!code) {
		hand_over(v, set);
		return;
	}
	refuse(v, set, code, region, err.text);
	destroy(set);
}

/* ---- bridge: answering ---- */

static ws_viewer *viewer_of(ws_bridge *b, uint64_t no)
{
	WS_EACH(link, &b->viewers)
	{
		ws_viewer *v = WS_OF(link, ws_viewer, in_viewers);
		if (v->no == no) return v;
	}
	return NULL;
}

static void answer(ws_bridge *b, const ws_set *set)
{
	ws_viewer *v = viewer_of(b, set->viewer_no);
	const ws_region *r = ws_region_by_rid(&b->regions, set->rid);
	const char *name = r ? r->info->name : "?";
	const char *why =
	        set->status == PC_ESTALE ? "the region changed meanwhile" : pc_status_text((pc_status)set->status);
	wire_res_row row = {set->rid, WIRE_FINE};
	if (v) v->sets_pending--;
	if (!v || set->status == PC_OK) audit(b, set, set->status == PC_OK, name, set->status ? why : "committed");
	if (!v) return; /* it went meanwhile: what was done is said all the same */
	if (set->status == PC_OK)
		wire_put_res(&v->answers, set->ref, WIRE_FINE, &row, 1);
	else
		refuse(v, set, set->status == PC_ESTALE ? WIRE_CONFLICT : WIRE_NOT_NOW, name, why);
	ws_viewer_wake(v);
}

void ws_sets_answer(ws_bridge *b)
{
	ws_sources *s = &b->sources;
	for (;;) {
		ws_link *link;
		kit_lock_take(s->lock);
		link = ws_list_take(&s->sets_done);
		kit_lock_give(s->lock);
		if (!link) return;
		answer(b, WS_OF(link, ws_set, link));
		destroy(WS_OF(link, ws_set, link));
	}
}
