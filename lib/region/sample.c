/* region/sample.c - see sample.h.
 *
 * Foreign writers give us no sequence lock, only what their maps have for their own readers: numbers at begin and end, an odd
 * number, a busy mark. Where there is nothing, or a mark alone, two looks have to agree.                            */
#include "region/sample.h"

#include "layout/bits.h"
#include "region/copy.h"
#include "region/payload.h"

#include <string.h>

#define SAMPLE_TRIES 4

/* What the guards say at one moment, in the order of drive.guards. */
typedef struct guards {
	uint64_t value[PC_GUARDS_MAX];
	pc_status status;
} guards;

uint64_t pc_number_of(const pc_field *f, const void *element)
{
	uint64_t n = pc_load_bits(element, (uint32_t)f->element_bytes);
	if (!f->bit_count) return n;
	return n >> f->bit_first & (f->bit_count == 64 ? UINT64_MAX : (UINT64_C(1) << f->bit_count) - 1);
}

static guards look_at_guards(const pc_writer *w)
{
	guards g = {{0}, PC_OK};
	pc_fence_acquire();
	for (uint32_t i = 0; i < w->drive.guard_count && g.status == PC_OK; i++) {
		const pc_mark *m = w->drive.guards + i;
		unsigned char element[8];
		g.status = pc_payload_load(&w->at, m->offset, element, (size_t)m->field->element_bytes);
		if (g.status == PC_OK) g.value[i] = pc_number_of(m->field, element);
	}
	pc_fence_acquire();
	return g;
}

static uint64_t value_of(const pc_writer *w, const guards *g, pc_role role)
{
	for (uint32_t i = 0; i < w->drive.guard_count; i++)
		if (w->drive.guards[i].field->role == role) return g->value[i];
	return 0;
}

/* 1 if nothing was written between the two. A begin that was counted after an end that had been says so, too. */
static int is_quiet(const pc_writer *w, const guards *before, const guards *after)
{
	return value_of(w, before, PC_ROLE_SEQ_END) == value_of(w, after, PC_ROLE_SEQ_BEGIN) &&
	       value_of(w, before, PC_ROLE_SEQ_ODD) == value_of(w, after, PC_ROLE_SEQ_ODD) &&
	       !(value_of(w, before, PC_ROLE_SEQ_ODD) & 1) && !value_of(w, before, PC_ROLE_BUSY) &&
	       !value_of(w, after, PC_ROLE_BUSY);
}

/* Numbers count writes; a mark does not tell one from two. */
static int counts_writes(const pc_writer *w)
{
	return pc_layout_role(w->drive.layout, PC_ROLE_SEQ_ODD, NULL) ||
	       pc_layout_role(w->drive.layout, PC_ROLE_SEQ_BEGIN, NULL);
}

static enum pc_sample copy_by_guards(pc_writer *w)
{
	size_t bytes = (size_t)w->at.id.payload_bytes;
	for (int i = 0; i < SAMPLE_TRIES; i++) {
		guards before = look_at_guards(w), after;
		if (before.status != PC_OK || pc_payload_load(&w->at, 0, w->sample, bytes) != PC_OK)
			return PC_SAMPLE_NONE;
		after = look_at_guards(w);
		if (after.status != PC_OK) return PC_SAMPLE_NONE;
		if (!is_quiet(w, &before, &after)) continue;
		if (counts_writes(w) || !pc_payload_differs(&w->at, w->sample)) return PC_SAMPLE_WHOLE;
	}
	return PC_SAMPLE_TORN;
}

static enum pc_sample copy_twice(pc_writer *w)
{
	for (int i = 0; i < SAMPLE_TRIES; i++) {
		if (pc_payload_load(&w->at, 0, w->sample, (size_t)w->at.id.payload_bytes) != PC_OK)
			return PC_SAMPLE_NONE;
		pc_fence_acquire(); /* orders the two looks */
		if (!pc_payload_differs(&w->at, w->sample)) return PC_SAMPLE_WHOLE;
	}
	return PC_SAMPLE_TORN;
}

/* What is not in use keeps the value that it had, and so is no change. The number itself is one of a foreign map. */
static void keep_unused(pc_writer *w, const unsigned char *newest)
{
	uint64_t offset, used, bytes = w->at.id.payload_bytes;
	const pc_field *f = w->drive.layout ? pc_layout_role(w->drive.layout, PC_ROLE_USED_BYTES, &offset) : NULL;
	if (!f) return;
	used = pc_number_of(f, w->sample + offset);
	if (!used || used >= bytes) return;
	for (uint32_t i = 0; i < w->drive.guard_count; i++) {
		/* An end that lies behind what is in use still is one. */
		uint64_t end = w->drive.guards[i].offset + w->drive.guards[i].field->element_bytes;
		if (end <= used) continue;
		if (w->drive.guards[i].offset > used)
			pc_copy_out(w->sample + used, newest + used, (size_t)(w->drive.guards[i].offset - used));
		used = end;
	}
	pc_copy_out(w->sample + used, newest + used, (size_t)(bytes - used));
}

enum pc_sample pc_sample_take(pc_writer *w)
{
	const pc_slot *slot = pc_slot_of(&w->at, w->tick);
	const unsigned char *newest = (const unsigned char *)(slot + 1);
	int is_complete = !(slot->seq & 1), is_torn = (slot->payload_flags & PC_PAYLOAD_TORN) != 0;
	enum pc_sample sample;
	if (is_complete && !is_torn && !pc_payload_differs(&w->at, newest)) return PC_SAMPLE_SAME;
	sample = w->drive.guard_count ? copy_by_guards(w) : copy_twice(w);
	if (sample == PC_SAMPLE_NONE) return sample;
	keep_unused(w, newest);
	/* One that is whole takes the place of the same bytes that were torn. */
	if (!is_complete || (is_torn && sample == PC_SAMPLE_WHOLE)) return sample;
	return pc_copy_differs(newest, w->sample, (size_t)w->at.id.payload_bytes) ? sample : PC_SAMPLE_SAME;
}
