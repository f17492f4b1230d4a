/* daemon/observe.h - regions whose writers do not know pagecast: compare from time to time, publish what changed.
 *
 * A region that does not change is looked at less and less often, down to PCD_OBSERVE_IDLE_NS or its own period if
 * that is longer; the first change brings its period back. [loop thread]                                          */
#ifndef PCD_OBSERVE_H
#define PCD_OBSERVE_H
#include "regions.h"

#define PCD_OBSERVE_IDLE_NS     UINT64_C(250000000)
#define PCD_OBSERVE_PATIENCE_NS UINT64_C(2000000000) /* without a change, before the pauses grow */

typedef struct pcd_observer pcd_observer;

/** Become the observer of a body, and look once. @param conf  borrowed until pcd_observer_set() or the stop. @return PC_OK; as pc_writer_open(); PC_ENOMEM */
pc_status pcd_observer_start(pcd_regions *t, pcd_body *body, const pcd_region_conf *conf, pcd_observer **ret_observer,
                             pc_err *err);
/** The same region looked at in another way, at a reload. @param conf  borrowed until the next one or the stop */
void pcd_observer_set(pcd_observer *observer, const pcd_region_conf *conf);
/** Stop and set to NULL; accepts NULL. */
void pcd_observer_stop(pcd_observer **observer);

#endif
