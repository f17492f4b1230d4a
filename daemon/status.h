/* daemon/status.h - regions `pagecast.<instance>.daemon` and `.plugins`: the daemon and its plugins, as values.
 *
 * Their layouts are beside them like any region's, so every viewer shows them and the command line reads fields by
 * name. Written about once a second and after each event. [loop thread]                                           */
#ifndef PCD_STATUS_H
#define PCD_STATUS_H
#include "beat.h"
#include "directory.h"
#include "instance.h"

#define PCD_RELOAD_TEXT 256u

/** What the last reload came to. */
typedef struct pcd_reload_result {
	uint64_t unix_ns; /* 0 = none yet */
	char text[PCD_RELOAD_TEXT];
} pcd_reload_result;

/** Where it is all read from; borrowed during the call. */
typedef struct pcd_status_sources {
	const pcd_directory_facts *facts;
	const pcd_reload_result *reload;
	const pcd_env *env;
	const pcd_beats *beats;
	pcd_instance *const *instances;
	uint32_t instance_count;
} pcd_status_sources;

typedef struct pcd_status {
	pcd_regions *regions;
	pcd_region *daemon, *plugins; /* NULL before open */
	uint32_t capacity;            /* rows of `plugins` */
	char daemon_name[64], plugins_name[64];
} pcd_status;

/** Create both regions. @return as pcd_regions_add() */
pc_status pcd_status_open(pcd_status *status, pcd_regions *regions, const pcd_status_sources *from, pc_err *err);
/** Write down what changed. @return PC_OK; as pcd_region_replace() when there are more plugins than rows */
pc_status pcd_status_update(pcd_status *status, const pcd_status_sources *from, pc_err *err);

#endif
