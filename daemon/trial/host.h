/* trial/host.h - the daemon's host, seen from outside: which service was called last; and timers that do not wait. */
#ifndef PCD_TRIAL_HOST_H
#define PCD_TRIAL_HOST_H
#include <pagecast/plugin.h>
#include <stdint.h>

/** Put ourselves between a plugin and its host. @param last  receives the number of each call + 1; any thread. One process, one trial. */
void pcd_trial_wrap(struct pc_host *host, uint32_t *last);
/** Timers are due after a millisecond, whatever the plugin asks for: a round has ticks. 0: as it asks. */
void pcd_trial_hurry(int on);
/** "begin", by number - 1; "none" for 0. */
const char *pcd_trial_call_name(uint32_t number);

#endif
