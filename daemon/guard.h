/* daemon/guard.h - the mutex and the event of a region that the daemon itself commits to, for programs that share its map and have
 * always used both. The one is held while the payload is copied, the other rung after that. [loop thread]             */
#ifndef PCD_GUARD_H
#define PCD_GUARD_H
#include "config/config.h"
#include "log.h"

typedef struct pcd_guard pcd_guard;

/**
 * Create what the configuration names; a guard is moved on to the region's next generation as it is.
 * @param guard  in: of the same region, or NULL; out: the guard, NULL if the region has neither. Names that stay the same stay open
 * @param conf   borrowed during the call
 * @return PC_OK; as pc_companion_create() and pc_bell_create(): then there is none of what failed
 */
pc_status pcd_guard_set(pcd_guard **guard, const pcd_region_conf *conf, pcd_log *log, pc_err *err);
/** The same with another configuration of the region, when nothing can be refused any more: what fails is logged. */
void pcd_guard_renew(pcd_guard **guard, const pcd_region_conf *conf, pcd_log *log);
/** Before and after a commit. A mutex that does not come free soon is done without, and that is said. Both accept NULL. */
void pcd_guard_take(pcd_guard *guard);
void pcd_guard_give(pcd_guard *guard, bool is_committed);
/** Remove the names and set to NULL; accepts NULL. */
void pcd_guard_destroy(pcd_guard **guard);

#endif
