/* daemon/system_region.c - see system_region.h. */
#include "system_region.h"

#include "base/err.h"

#include <string.h>

#define WRITER "pagecastd"

pc_status pcd_system_region_open(pcd_regions *t, const pcd_system_region *what, pcd_region **region, pc_err *err)
{
	pcd_region_conf conf = {.key = what->name, .object = what->name, .doc = what->doc};
	pc_layout *layout = NULL;
	pc_status s = pc_layout_parse(what->layout, strlen(what->layout), &layout, err);
	PC_ASSERT(s != PC_EINVAL && (s != PC_OK || pc_layout_bytes(layout) == what->payload_bytes));
	if (s != PC_OK) return s;
	conf.writer_kind = PC_WRITER_PLUGIN;
	conf.layout = layout;
	conf.payload_bytes = what->payload_bytes;
	conf.mode = 0644;
	conf.slot_count = PC_SLOTS_AUTO;
	conf.heartbeat_ms = what->heartbeat_ms;
	conf.stale_after_ms = what->stale_after_ms;
	conf.publish_hint_ms = what->publish_hint_ms;
	s = *region ? pcd_region_replace_own(t, *region, &conf, err)
	            : pcd_regions_add_own(t, &conf, PC_REGION_SYSTEM, region, err);
	pc_layout_destroy(&layout);
	if (s == PC_OK && !(*region)->body->writer) s = pcd_body_open_writer(t, (*region)->body, WRITER, err);
	return s;
}

bool pcd_system_region_write(pcd_regions *t, pcd_region *region, const void *payload, size_t bytes)
{
	pcd_body *body = region->body;
	void *dst;
	/* Its body may be new, see pcd_regions_tend(). */
	if (!body->writer) (void)pcd_body_open_writer(t, body, WRITER, NULL);
	dst = body->writer ? pc_writer_begin(body->writer) : NULL;
	if (!dst) return false;
	if (!memcmp(dst, payload, bytes)) {
		pc_writer_abort(body->writer);
		return true;
	}
	memcpy(dst, payload, bytes);
	return pcd_body_commit(t, body) == PC_OK;
}
