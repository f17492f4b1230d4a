/* daemon/companion.c - see companion.h. */
#include "companion.h"

#define OPEN_PAUSE_NS UINT64_C(1000000000)
#define BUSY_LIMIT_NS UINT64_C(250000000)

static void say(const pcd_companion *c, int level, const char *what)
{
	pcd_log_line(c->log, level, "daemon", "region '%s': mutex '%s' %s", c->region, c->name, what);
}

static bool open_it(pcd_companion *c, uint64_t now_ns)
{
	pc_err err = {""};
	pc_status s;
	if (c->mutex.handle) return true;
	if (now_ns < c->open_due_ns) return false;
	c->open_due_ns = now_ns + OPEN_PAUSE_NS;
	if (c->access) {
		pc_access access = {c->access->mode, c->access->sddl};
		s = pc_companion_create(c->name, &access, &c->mutex, &err);
	} else {
		s = pc_companion_open(c->name, &c->mutex, &err);
	}
	if (s == PC_OK) {
		c->is_missed = false;
		return true;
	}
	if (!c->is_missed) say(c, PC_LOG_WARN, s == PC_EABSENT ? "is not there: copied without it" : err.text);
	c->is_missed = true;
	return false;
}

static bool is_too_late(pcd_companion *c, uint64_t now_ns)
{
	if (!c->busy_since_ns) c->busy_since_ns = now_ns;
	if (now_ns - c->busy_since_ns < BUSY_LIMIT_NS) return false;
	if (!c->is_late) say(c, PC_LOG_WARN, "has not come free for 250 ms: copied without it");
	c->is_late = true;
	return true;
}

bool pcd_companion_take(pcd_companion *companion, uint64_t now_ns)
{
	pc_status s;
	if (!companion->name || !open_it(companion, now_ns)) return true;
	s = pc_companion_try(&companion->mutex);
	if (s == PC_EBUSY) return is_too_late(companion, now_ns);
	companion->busy_since_ns = 0;
	companion->is_late = false;
	companion->is_held = s == PC_OK || s == PC_ESTALE;
	if (s == PC_ESTALE) say(companion, PC_LOG_WARN, "was held by a program that has ended");
	if (!companion->is_held) pcd_companion_close(companion);
	return true;
}

void pcd_companion_give(pcd_companion *companion)
{
	if (companion->is_held) pc_companion_give(&companion->mutex);
	companion->is_held = false;
}

void pcd_companion_close(pcd_companion *companion)
{
	pcd_companion_give(companion);
	pc_companion_close(&companion->mutex);
	companion->open_due_ns = 0;
	companion->busy_since_ns = 0;
}
