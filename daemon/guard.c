/* daemon/guard.c - see guard.h. */
#include "guard.h"

#include "base/err.h"
#include "platform/bell.h"
#include "platform/companion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 5u /* the loop waits for it: as long as a copy of a large map takes others */

struct pcd_guard {
	pcd_log *log;
	char region[64], mutex_name[64], event_name[64]; /* "" none */
	pc_companion mutex;
	pc_bell bell;
	bool is_held, is_late; /* is_late: said so; until it comes free again it is not waited for */
};

static void say(const pcd_guard *g, const char *what)
{
	pcd_log_line(g->log, PC_LOG_WARN, "daemon", "region '%s': mutex '%s' %s", g->region, g->mutex_name, what);
}

static bool differs(const char *name, const char *conf)
{
	return strcmp(name, conf ? conf : "") != 0;
}

static pc_status set_mutex(pcd_guard *g, const pcd_region_conf *conf, const pc_access *access, pc_err *err)
{
	pc_status s = PC_OK;
	if (!differs(g->mutex_name, conf->mutex)) return PC_OK;
	pc_companion_close(&g->mutex);
	g->mutex_name[0] = 0;
	if (conf->mutex) s = pc_companion_create(conf->mutex, access, &g->mutex, err);
	if (s == PC_OK && conf->mutex) (void)snprintf(g->mutex_name, sizeof g->mutex_name, "%s", conf->mutex);
	return s;
}

static pc_status set_event(pcd_guard *g, const pcd_region_conf *conf, const pc_access *access, pc_err *err)
{
	pc_status s = PC_OK;
	if (!differs(g->event_name, conf->event)) return PC_OK;
	pc_bell_close(&g->bell);
	g->event_name[0] = 0;
	if (conf->event) s = pc_bell_create(conf->event, access, &g->bell, err);
	if (s == PC_OK && conf->event) (void)snprintf(g->event_name, sizeof g->event_name, "%s", conf->event);
	return s;
}

pc_status pcd_guard_set(pcd_guard **guard, const pcd_region_conf *conf, pcd_log *log, pc_err *err)
{
	pc_access access = {conf->mode, conf->sddl};
	pcd_guard *g = *guard;
	pc_status s;
	if (conf->writer_kind != PC_WRITER_PLUGIN || (!conf->mutex && !conf->event)) {
		pcd_guard_destroy(guard);
		return PC_OK;
	}
	if (!g) g = calloc(1, sizeof *g);
	if (!g) return pc_err_set(err, PC_ENOMEM, "no memory for a mutex and an event");
	*guard = g;
	g->log = log;
	(void)snprintf(g->region, sizeof g->region, "%s", conf->key);
	s = set_mutex(g, conf, &access, err);
	return s == PC_OK ? set_event(g, conf, &access, err) : s;
}

void pcd_guard_renew(pcd_guard **guard, const pcd_region_conf *conf, pcd_log *log)
{
	pc_err err = {""};
	if (pcd_guard_set(guard, conf, log, &err) != PC_OK)
		pcd_log_line(log, PC_LOG_ERROR, "daemon", "region '%s': %s", conf->key, err.text);
}

void pcd_guard_take(pcd_guard *guard)
{
	pc_status s;
	if (!guard || !guard->mutex.handle) return;
	s = pc_companion_wait(&guard->mutex, guard->is_late ? 0 : WAIT_MS);
	guard->is_held = s == PC_OK || s == PC_ESTALE;
	if (s == PC_ESTALE) say(guard, "was held by a program that has ended");
	if (guard->is_held && guard->is_late) say(guard, "has come free");
	if (!guard->is_held && !guard->is_late) say(guard, "has not come free for 5 ms: committed without it");
	guard->is_late = !guard->is_held;
}

void pcd_guard_give(pcd_guard *guard, bool is_committed)
{
	if (!guard) return;
	if (guard->is_held) pc_companion_give(&guard->mutex);
	guard->is_held = false;
	if (is_committed && guard->bell.handle) pc_bell_ring(&guard->bell);
}

void pcd_guard_destroy(pcd_guard **guard)
{
	pcd_guard *g = *guard;
	*guard = NULL;
	if (!g) return;
	pc_companion_close(&g->mutex);
	pc_bell_close(&g->bell);
	free(g);
}
