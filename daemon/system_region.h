/* daemon/system_region.h - creating a region of the daemon's own: a payload struct here, its layout text there. */
#ifndef PCD_SYSTEM_REGION_H
#define PCD_SYSTEM_REGION_H
#include "regions.h"

/** A region that the daemon writes about itself. */
typedef struct pcd_system_region {
	const char *name; /* key and object, the same */
	const char *doc;
	const char *layout;     /* text */
	uint64_t payload_bytes; /* what the struct in the code has; the layout must come to the same */
	uint32_t heartbeat_ms, stale_after_ms, publish_hint_ms;
} pcd_system_region;

/**
 * Create it, or serve *region (if not NULL) by a new layout, and become its writer.
 * @return as pcd_regions_add(), pcd_region_replace(), pcd_body_open_writer()
 */
pc_status pcd_system_region_open(pcd_regions *t, const pcd_system_region *what, pcd_region **region, pc_err *err);
/** Commit @p payload if it differs from what stands there. @return true if it stands there now */
bool pcd_system_region_write(pcd_regions *t, pcd_region *region, const void *payload, size_t bytes);

#endif
