/* platform/bell.h - a named event: one rings it after each write of a map, everybody who waits is woken.
 *
 * Windows: an event that resets by hand, pulsed: who waits at that moment is released, nothing is left set. A pulse can miss a
 * waiter whom the system has taken out of its wait for a moment, so waits have a time limit. Linux: a shared object whose first
 * four bytes are a counter and a futex word, which misses nobody. Starts zeroed. Belongs to the thread that uses it.    */
#ifndef PC_PLATFORM_BELL_H
#define PC_PLATFORM_BELL_H
#include "platform/map.h"

typedef struct pc_bell {
	void *handle; /* of the platform half; NULL = not open */
	pc_object object;
	pc_map map;
	uint32_t seen;    /* Linux: the counter as it was when this bell was last heard */
	uint32_t is_made; /* Linux: 1 the name goes when it is closed */
	char name[PC_NAME_BYTES];
} pc_bell;

/**
 * Create one to ring, or take the one that has the name (Linux: if it is one of ours, left by a kill).
 * @param access  of the region: who may read that may wait
 * @return PC_OK; PC_EPERM; PC_EUNTRUSTED; PC_EBUSY something else has the name, or (Windows) an event that wakes only one; PC_EINVAL not
 *         a name, or not an SDDL text; PC_ENOSPC; PC_EIO
 */
pc_status pc_bell_create(const char *name, const pc_access *access, pc_bell *ret_bell, pc_err *err);
/** Wake everybody who waits. Of one that was created. */
void pc_bell_ring(pc_bell *bell);
/**
 * Open one that another program rings. Nothing of it is believed, and it cannot harm: on Linux it is not touched by loads.
 * @return PC_OK; PC_EABSENT; PC_EPERM; PC_EUNTRUSTED; PC_ECORRUPT it is none; PC_EBUSY (Windows) it wakes one waiter only, which would be
 *         us instead of whom it is meant for; PC_EIO
 */
pc_status pc_bell_open(const char *name, pc_bell *ret_bell, pc_err *err);
/** @return PC_OK it rang since the last call, or stands set; PC_ETIMEDOUT; PC_EIO it is gone: open it again */
pc_status pc_bell_wait(pc_bell *bell, uint32_t timeout_ms);
/** Is it still what its name stands for? Windows: 1, and the name lasts as long as anybody holds it. */
int pc_bell_is_named(const pc_bell *bell);
/** Zeroes it; accepts a zeroed one. */
void pc_bell_close(pc_bell *bell);

#endif
