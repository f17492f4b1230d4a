/* daemon/directory.h - region `pagecast.<instance>`: what regions there are (struct pc_directory of control.h).
 *
 * Its owner lock is also what makes an instance unique on the machine. [loop thread]                           */
#ifndef PCD_DIRECTORY_H
#define PCD_DIRECTORY_H
#include "keepsake.h"
#include "regions.h"

#define PCD_DIRECTORY_CAPACITY 64u /* to start with; doubled, as a new generation, when it is full */

/** What the header says besides the table. Strings are borrowed. */
typedef struct pcd_directory_facts {
	const char *instance, *config_path;
	uint32_t heartbeat_ms, stale_after_ms;
	uint32_t pid, config_generation, reload_count;
	int32_t reload_status;
	uint64_t started_unix_ns;
} pcd_directory_facts;

typedef struct pcd_directory {
	pcd_regions *regions;
	pcd_run predecessor; /* who wrote it last, as it says itself; zeroes: nobody */
	pcd_region *region;  /* NULL before open */
	uint32_t capacity;
	uint64_t shown; /* what had changed when it was written, 0 = not yet */
	pcd_directory_facts shown_facts;
	char name[64];
} pcd_directory;

/**
 * Read what a killed predecessor left, then create or adopt the region.
 * @param expected  regions that will be there soon
 * @return as pcd_body_open(); PC_EBUSY: another daemon runs this instance, err says which
 */
pc_status pcd_directory_open(pcd_directory *d, pcd_regions *regions, const pcd_directory_facts *facts,
                             uint32_t expected, pc_err *err);
/** Write the table down if it differs from what stands there. @return PC_OK; as pcd_body_open() when it must grow */
pc_status pcd_directory_update(pcd_directory *d, const pcd_directory_facts *facts, pc_err *err);

#endif
