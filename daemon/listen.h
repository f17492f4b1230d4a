/* daemon/listen.h - waiting for the event that the programs of a legacy map set after each write: a look is made then, instead of
 * many in vain. A thread of its own per event, which does nothing but wait. [loop thread]                              */
#ifndef PCD_LISTEN_H
#define PCD_LISTEN_H
#include "config/config.h"
#include "log.h"

#include <uv.h>

typedef struct pcd_listener pcd_listener;
typedef void pcd_rang_fn(void *arg);

/**
 * Begin. An event that is not there is looked for once a second, and comings and goings are logged.
 * @param conf  its `event`, copied; of a map that is not adopted the event is created
 * @param rang  on the loop, when the event was set, at most once a millisecond
 * @return NULL: no memory or no thread
 */
pcd_listener *pcd_listener_create(uv_loop_t *loop, pcd_log *log, const pcd_region_conf *conf, pcd_rang_fn *rang,
                                  void *arg);
/** The look that followed found nothing new: an event that stands set is not asked again for so long. */
void pcd_listener_in_vain(pcd_listener *listener, uint64_t pause_ns);
/** No call of rang after it; sets to NULL, accepts NULL. The thread ends by itself. */
void pcd_listener_stop(pcd_listener **listener);

#endif
