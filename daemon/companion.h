/* daemon/companion.h - the mutex by which the programs of a legacy map guard it, held by us for one look and no longer. [loop thread] */
#ifndef PCD_COMPANION_H
#define PCD_COMPANION_H
#include "config/config.h"
#include "log.h"
#include "platform/companion.h"

#include <stdbool.h>

/** Zeroed, then name, region and log filled in. */
typedef struct pcd_companion {
	const char *name; /* NULL: there is none; borrowed from the configuration */
	const pcd_region_conf *
	        access; /* create it, for whom may open the region; NULL: only what is there is used; borrowed likewise */
	const char *region; /* for messages */
	pcd_log *log;
	pc_companion mutex;
	uint64_t open_due_ns, busy_since_ns; /* busy_since_ns 0: it was free */
	bool is_held, is_missed, is_late;    /* is_missed, is_late: said so */
} pcd_companion;

/**
 * Before a look. One that does not come free for 250 ms, or is not there, is done without, and that is said.
 * @return true: look now; false: others have it, try again in a moment
 */
bool pcd_companion_take(pcd_companion *companion, uint64_t now_ns);
/** After it. */
void pcd_companion_give(pcd_companion *companion);
void pcd_companion_close(pcd_companion *companion);

#endif
