/* daemon/tend.c - names that others remove, files that others shorten, payloads that others write; see regions.h.
 *
 * Looking for a name is a system call or two. As long as no name in the folder of shared memory changes, which the folder
 * itself tells, nobody has removed one of ours: then only those are looked at with which something else may be wrong. */
#include "regions.h"

#include "platform/map.h"

#include <stdlib.h>

#define TENDED_AT_ONCE     250u /* a few milliseconds */
#define COMPARED_BYTES_MAX (UINT64_C(1) << 20)

/* What held the region's name is gone: serve it there, with its values. */
static uint32_t take_name(pcd_regions *t, pcd_region *r)
{
	void *values = pcd_region_values(r);
	pc_err err = {""};
	pc_status s = pcd_region_replace_back(t, r, r->conf, values, &err);
	free(values);
	if (s != PC_OK)
		pcd_log_line(t->log, PC_LOG_ERROR, "daemon", "region '%s' does not get its name: %s", r->conf->key,
		             err.text);
	return s == PC_OK;
}

/* Whoever insists on opening a map for writing may also write into it: that is not assumed away, but said. */
static void look_for_writes(pcd_regions *t, pcd_region *r)
{
	bool is_open = (r->conf->mode & 0022) != 0 && r->body->info.payload_bytes <= COMPARED_BYTES_MAX;
	bool is_overwritten = is_open && pc_owner_is_overwritten(r->body->owner) != 0;
	if (is_overwritten && !r->is_overwritten)
		pcd_log_line(t->log, PC_LOG_WARN, "daemon",
		             "region '%s': another program writes into its map; the next commit overwrites that",
		             r->conf->key);
	r->is_overwritten = is_overwritten;
}

/* Returns 1 if the region had to be served anew. */
static uint32_t tend(pcd_regions *t, pcd_region *r)
{
	pc_err err = {""};
	int restored = 0;
	if (!r->body) return 0;
	if (pc_owner_tend(r->body->owner, &restored) == PC_OK) {
		if (restored)
			pcd_log_line(t->log, PC_LOG_WARN, "daemon",
			             r->conf->path
			                     ? "region '%s': its file had been shortened, and has its length again"
			                     : "region '%s' was unlinked by somebody, and has its name again",
			             r->conf->key);
		look_for_writes(t, r);
		return 0;
	}
	if (r->is_beside) return take_name(t, r);
	if (pcd_region_replace(t, r, r->conf, &err) == PC_OK) {
		pcd_log_line(t->log, PC_LOG_WARN, "daemon", "region '%s' lost its %s, and is served anew", r->conf->key,
		             r->conf->path ? "file" : "name");
		return 1;
	}
	t->names_stamp = 0; /* to be tried again, whether names change or not */
	pcd_log_line(t->log, PC_LOG_ERROR, "daemon", "region '%s' lost its %s: %s", r->conf->key,
	             r->conf->path ? "file" : "name", err.text);
	return 0;
}

void pcd_regions_bury(pcd_regions *t)
{
	for (uint32_t i = 0; i < t->count; i++) {
		pcd_body *body = t->items[i]->body;
		if (body && pc_load_acquire_u32(&body->liveness) == PC_DEAD) (void)pc_owner_tend(body->owner, NULL);
	}
}

/* What may be wrong with it although no name in the folder has changed. */
static bool is_restless(const pcd_region *r)
{
	return r->conf->path || r->conf->is_adopted || r->is_overwritten || (r->conf->mode & 0022) != 0 ||
	       (r->body && pc_load_acquire_u32(&r->body->liveness) == PC_DEAD);
}

uint32_t pcd_regions_tend(pcd_regions *t)
{
	uint32_t anew = 0, n = t->count < TENDED_AT_ONCE ? t->count : TENDED_AT_ONCE;
	uint64_t stamp = pc_object_names_stamp();
	if (!stamp || stamp != t->names_stamp) t->unsure_count = t->count;
	t->names_stamp = stamp;
	for (uint32_t i = 0; i < n; i++) {
		bool is_sure = t->unsure_count == 0;
		if (!is_sure) t->unsure_count--;
		if (t->tended >= t->count) t->tended = 0;
		pcd_region *r = t->items[t->tended++];
		if (!is_sure || is_restless(r)) anew += tend(t, r);
	}
	return anew;
}
