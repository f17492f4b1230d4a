/* daemon/orphans.h - what a killed predecessor served and this daemon does not: given up, so that nothing is left.
 *
 * The predecessor's directory says what there was. A region that a configured plugin instance wrote is kept while that
 * instance may still come and declare it. [loop thread]                                                            */
#ifndef PCD_ORPHANS_H
#define PCD_ORPHANS_H
#include "regions.h"

/** True if the plugin instance of that name may still ask for its regions. */
typedef bool pcd_is_awaited_fn(const void *arg, const char *instance);

/** Retire and unlink the predecessor's regions that nobody has asked for. What somebody else owns by now is left alone. */
void pcd_orphans_retire(pcd_regions *regions, pcd_is_awaited_fn *is_awaited, const void *arg);

#endif
