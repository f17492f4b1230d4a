/* region/adopt.c - see adopt.h. */
#include "region/adopt.h"

#include "base/err.h"
#include "region/copy.h"
#include "region/sample.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAMELESS_NS UINT64_C(1000000000) /* a map without a name that is not written for so long was given up */

/* ---- what is seen ------------------------------------------------------------------------------------------- */

int pc_evidence_begin(pc_writer *w, uint64_t now_ns)
{
	pc_evidence *e = &w->evidence;
	if (!(w->at.id.flags & PC_REGION_ADOPTED)) return 1;
	pc_foreign_follow(&w->at, &e->source, now_ns);
	if (e->source.serial != e->serial) {
		pc_foreign source = e->source;
		memset(e, 0, sizeof *e);
		e->source = source;
		e->serial = source.serial;
		e->since_ns = now_ns;
	}
	return e->source.state == PC_FOREIGN_READY;
}

/* Whatever counts its writes; NULL: the map has nothing of that kind. */
static const pc_field *mark_field(const pc_writer *w, uint64_t *ret_offset)
{
	const pc_layout *layout = w->drive.layout;
	const pc_field *f = layout ? pc_layout_role(layout, PC_ROLE_TICK, ret_offset) : NULL;
	return f || !layout ? f : pc_layout_role(layout, PC_ROLE_TIMESTAMP, ret_offset);
}

/* 1 if @p b lies behind @p a by less than half of all that the field can hold. */
static int is_behind(const pc_field *f, uint64_t a, uint64_t b)
{
	uint32_t bits = (uint32_t)f->element_bytes * 8;
	uint64_t all = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1, back = (a - b) & all;
	return back && back <= all / 2;
}

static void note_mark(pc_writer *w, const unsigned char *bytes, int changed, uint64_t now_ns)
{
	pc_evidence *e = &w->evidence;
	uint64_t offset, mark = 0, before = e->mark;
	const pc_field *f = mark_field(w, &offset);
	int moved = changed;
	if (f) {
		mark = pc_number_of(f, bytes + offset);
		moved = mark != before;
		e->mark = mark;
	}
	if (!moved || !e->has_looked) return;
	e->moved_ns = now_ns;
	e->moves++;
	if (!f || f->role != PC_ROLE_TICK || !is_behind(f, before, mark)) return;
	e->restarts++;
	e->went_back_to = mark;
}

static int has_value(pc_writer *w, const pc_mark *m, const unsigned char *bytes, const char *text)
{
	size_t size = (size_t)m->field->element_bytes;
	memcpy(w->drive.element, bytes + m->offset, size);
	(void)pc_value_set(m->field, w->drive.element, text, NULL); /* of bits only those change */
	return !memcmp(w->drive.element, bytes + m->offset, size);
}

static void note_values(pc_writer *w, const unsigned char *bytes)
{
	pc_evidence *e = &w->evidence;
	e->is_signed = 1;
	e->is_dead = 0;
	for (uint32_t i = 0; i < w->drive.value_count; i++) {
		const pc_mark *m = w->drive.values + i;
		if (m->field->signature && !has_value(w, m, bytes, m->field->signature)) e->is_signed = 0;
		if (m->field->dead_value && has_value(w, m, bytes, m->field->dead_value)) e->is_dead = 1;
	}
}

void pc_evidence_take(pc_writer *w, int changed, uint64_t now_ns)
{
	pc_evidence *e = &w->evidence;
	const unsigned char *bytes;
	if (!(w->at.id.flags & PC_REGION_ADOPTED) || e->source.state != PC_FOREIGN_READY) return;
	if (!changed && e->has_looked) return;
	/* The slot: it is ours alone to write, and what readers see is what is judged. */
	bytes = (const unsigned char *)(pc_slot_of(&w->at, w->tick) + 1);
	note_mark(w, bytes, changed, now_ns);
	note_values(w, bytes);
	e->has_looked = 1;
}

/* ---- what follows ----------------------------------------------------------------------------------------- */

static void say(pc_upstream *u, pc_liveness liveness, const char *format, ...)
{
	va_list args;
	u->liveness = (uint32_t)liveness;
	va_start(args, format);
	(void)vsnprintf(u->why, sizeof u->why, format, args);
	va_end(args);
}

static const char *mark_name(const pc_layout *layout)
{
	const pc_field *f = layout ? pc_layout_role(layout, PC_ROLE_TICK, NULL) : NULL;
	if (!f && layout) f = pc_layout_role(layout, PC_ROLE_TIMESTAMP, NULL);
	return f ? f->name : "its map";
}

static void say_gone(pc_upstream *u, const pc_holding *h)
{
	if (h->pid)
		say(u, PC_DEAD, "its process '%s' (pid %u) has ended", h->name, h->pid);
	else
		say(u, PC_DEAD, "no process '%s' has it open", h->name);
}

/* The map cannot be read; 1 if that is so. */
static int judge_source(const pc_evidence *e, const pc_holding *h, uint64_t need_bytes, pc_upstream *u)
{
	switch (e->source.state) {
	case PC_FOREIGN_NONE:
		if (!e->serial)
			say(u, PC_ABSENT, "there is no map of that name yet");
		else if (h->state != PC_HOLDING_GONE || e->is_dead)
			say(u, PC_CLOSED, "its map was removed");
		else /* where a map goes with the last who has it open */
			say_gone(u, h);
		return 1;
	case PC_FOREIGN_REFUSED: say(u, PC_STARTING, "%.90s", e->source.refused.text); return 1;
	case PC_FOREIGN_SMALL:
		say(u, PC_STARTING, "its map has %llu bytes, %llu are needed", (unsigned long long)e->source.bytes,
		    (unsigned long long)need_bytes);
		return 1;
	case PC_FOREIGN_READY: return !e->has_looked && (say(u, PC_STARTING, "its map changes while it is read"), 1);
	}
	return 0;
}

/* Time since it was seen to be written, or since anybody looks. */
static uint64_t quiet_ns(const pc_evidence *e, uint64_t now_ns)
{
	uint64_t from = e->moved_ns ? e->moved_ns : e->since_ns;
	return now_ns > from ? now_ns - from : 0;
}

static void judge_writer(const pc_evidence *e, const pc_holding *h, const pc_layout *layout, uint64_t period_ns,
                         uint64_t now_ns, pc_upstream *u)
{
	int is_alive = h->state == PC_HOLDING_ALIVE;
	uint64_t quiet = quiet_ns(e, now_ns);
	if (e->is_dead) {
		say(u, PC_CLOSED, "its map has its dead value");
	} else if (h->state == PC_HOLDING_GONE) {
		say_gone(u, h);
	} else if (!e->source.is_named && !is_alive && (!e->moved_ns || quiet > NAMELESS_NS)) {
		say(u, PC_CLOSED, "its map was removed");
	} else if (!e->is_signed) {
		say(u, PC_STARTING, "its map does not have its signature");
	} else if (period_ns && quiet > period_ns) {
		say(u, PC_STALE, "%s has stood still for longer than %llu ms", mark_name(layout),
		    (unsigned long long)(period_ns / 1000000));
	} else if (is_alive) {
		say(u, PC_LIVE, "its process '%s' (pid %u) runs", h->name, h->pid);
	} else if (period_ns && e->moved_ns) {
		say(u, PC_LIVE, "%s changes", mark_name(layout));
	} else if (period_ns) {
		say(u, PC_STARTING, "%s has not changed yet", mark_name(layout));
	} else {
		say(u, PC_LEGACY, "neither its process nor a period is known");
	}
}

void pc_evidence_judge(const pc_evidence *evidence, const pc_holding *holding, const pc_layout *layout,
                       uint64_t need_bytes, uint64_t period_ns, uint64_t now_ns, pc_upstream *ret)
{
	memset(ret, 0, sizeof *ret);
	if (holding->state == PC_HOLDING_ALIVE || holding->state == PC_HOLDING_GONE) {
		ret->pid = holding->pid;
		memcpy(ret->name, holding->name, sizeof ret->name - 1);
	}
	if (!judge_source(evidence, holding, need_bytes, ret))
		judge_writer(evidence, holding, layout, period_ns, now_ns, ret);
}

int pc_writer_say_upstream(pc_writer *writer, const pc_upstream *upstream)
{
	pc_control *c = writer->at.control;
	uint32_t *state = (uint32_t *)(void *)c->upstream;
	uint32_t before = pc_load_relaxed_u32(state);
	if (!pc_copy_differs(c->upstream, upstream, sizeof *upstream)) return 0;
	pc_copy_in(c->upstream + sizeof *state, (const char *)upstream + sizeof *state,
	           sizeof *upstream - sizeof *state);
	pc_store_release_u32(state, upstream->liveness);
	if (before == upstream->liveness) return 1;
	pc_notify(c);
	return 2;
}

const pc_evidence *pc_writer_evidence(const pc_writer *writer)
{
	return &writer->evidence;
}

const pc_object *pc_writer_foreign(const pc_writer *writer)
{
	return writer->at.payload_file.handle ? &writer->at.payload_file : NULL;
}
