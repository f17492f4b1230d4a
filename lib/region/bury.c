/* region/bury.c - see bury.h. */
#include "region/bury.h"

#include "base/name.h"
#include "platform/process.h"
#include "region/layout_of.h"
#include "region/writer.h"

#include <string.h>

pc_status pc_announce(const pc_attached *a, const char *schema_text)
{
	pc_layout *layout = NULL;
	pc_drive drive;
	pc_status s;
	/* A text that is no layout of ours is kept as it is: readers decide what it is worth. */
	if (pc_layout_parse(schema_text, a->id.schema_bytes, &layout, NULL) != PC_OK) return PC_OK;
	s = pc_layout_bytes(layout) > a->id.payload_bytes ? PC_EABSENT : pc_drive_init(&drive, layout);
	if (s == PC_OK) {
		s = pc_drive_begin_life(&drive, a);
		pc_drive_fini(&drive);
	}
	pc_layout_destroy(&layout);
	return s == PC_EABSENT ? PC_OK : s;
}

/* The lock is ours. 1 if nobody who could still say it himself was the last to have it. */
static int is_due(const pc_control *c, enum pc_bury_whom whom)
{
	uint32_t state = pc_load_acquire_u32(&c->state);
	if (state == PC_STATE_INIT) return whom == PC_BURY_UNWRITTEN;
	return state == PC_STATE_LIVE || state == PC_STATE_RECOVERING;
}

static pc_status last_commit(pc_writer *w)
{
	pc_control *c = w->at.control;
	pc_status s = pc_drive_init(&w->drive, pc_writer_layout(w));
	if (s != PC_OK || !w->drive.has_dead) return s;
	if (pc_load_relaxed_u32(&c->state) != PC_STATE_INIT) {
		/* As of a dead writer that was adopted: LIVE with the death in the word, and never less for a moment. */
		pc_death_mark(c->robust);
		w->tick = pc_recover(&w->at);
		(void)pc_state_set(c, PC_STATE_LIVE);
	} else {
		w->tick = pc_load_relaxed_u64(&c->tick);
	}
	w->payload_cut = (uint32_t)(pc_load_relaxed_u64(&c->seq) & 1);
	w->epoch = pc_load_relaxed_u32(&c->epoch);
	w->payload_flags = PC_PAYLOAD_RECOVERED;
	return pc_writer_say_dead(w);
}

pc_status pc_bury(const char *name, uint64_t control_file_id, enum pc_bury_whom whom)
{
	char control_name[PC_CONTROL_NAME_BYTES];
	pc_trust trust = {0};
	pc_writer w;
	pc_status s;
	memset(&w, 0, sizeof w);
	w.forks = pc_process_forks();
	s = pc_attach(name, 1, &trust, &w.at, NULL);
	if (s != PC_OK) return s;
	pc_name_control(name, control_name);
	if (w.at.control_object.file_id == control_file_id && !(w.at.id.flags & PC_REGION_LEGACY)) {
		s = pc_lock_take(&w.at.control_object, control_name, PC_LOCK_OFFSET_WRITER, &w.lock, NULL);
		if (s == PC_OK && is_due(w.at.control, whom)) s = last_commit(&w);
	}
	pc_drive_fini(&w.drive);
	pc_layout_drop(&w.layout);
	pc_lock_release(&w.lock);
	pc_detach(&w.at);
	return s;
}
