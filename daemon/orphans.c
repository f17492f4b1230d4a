/* daemon/orphans.c - see orphans.h. */
#include "orphans.h"

#include <pagecast/reader.h>

/* Still the object that the directory meant: same number, same size. It may be anybody's by now. */
static bool is_same(const pcd_remembered *m)
{
	pc_reader *reader = NULL;
	const pc_control *control;
	bool same;
	if (pc_reader_open(m->object, NULL, &reader, NULL) != PC_OK) return false;
	control = pc_reader_control(reader);
	same = control->region_id == m->id && control->payload_bytes == m->payload_bytes;
	pc_reader_close(&reader);
	return same;
}

/* To own it by whatever terms replaces its control object, which tells readers and a writer that goes on. */
static pc_status retire(const pcd_remembered *m, pc_err *err)
{
	pc_region_options o = {.struct_size = sizeof o, .name = m->object, .payload_bytes = m->payload_bytes};
	pc_owner *owner = NULL;
	pc_status s = pc_owner_open(&o, &owner, NULL, err);
	if (s == PC_OK) pc_owner_close(&owner, PC_OWNER_RETIRE);
	return s;
}

void pcd_orphans_retire(pcd_regions *t, pcd_is_awaited_fn *is_awaited, const void *arg)
{
	for (uint32_t i = 0; i < t->remembered_count; i++) {
		pcd_remembered *m = t->remembered + i;
		pc_err err = {""};
		if (!m->id || (m->plugin[0] && is_awaited(arg, m->plugin))) continue;
		if (is_same(m)) {
			if (retire(m, &err) == PC_OK)
				pcd_log_line(t->log, PC_LOG_INFO, "daemon", "region '%s' of the predecessor: removed",
				             m->key);
			else
				pcd_log_line(t->log, PC_LOG_WARN, "daemon", "region '%s' of the predecessor stays: %s",
				             m->key, err.text);
		}
		m->id = 0;
	}
}
