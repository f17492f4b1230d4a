/* region/writer.c - becoming the writer of a region, and ceasing to be. Commits are in commit.c. */
#include "region/writer.h"

#include "base/err.h"
#include "base/name.h"
#include "platform/clock.h"
#include "platform/process.h"
#include "region/layout_of.h"
#include "region/liveness.h"

#include <stdlib.h>
#include <string.h>

/* The kernel reports a death up to 0.1 s before it gives the dead process's lock back: a successor waits for that. */
#define DYING_TRIES    50
#define DYING_PAUSE_NS UINT64_C(5000000)
#define RACE_TRIES     16

/* 1 if whoever holds the writer lock is not, or no longer, a living writer: it starts, dies, or is the owner repairing. */
static int holder_is_passing(const pc_attached *a)
{
	uint32_t word;
	if (a->id.liveness_kind == PC_LIVENESS_NONE) return 0;
	word = pc_death_seen(a->control, a->id.liveness_kind, a->id.liveness_offset);
	return word == 0 || (word & PC_FUTEX_OWNER_DIED) != 0;
}

static pc_status take_lock(pc_writer *w, pc_err *err)
{
	char control_name[PC_CONTROL_NAME_BYTES], holder[64];
	pc_status s = PC_EBUSY;
	pc_name_control(w->at.name, control_name);
	for (int i = 0; i < DYING_TRIES; i++) {
		s = pc_lock_take(&w->at.control_object, control_name, PC_LOCK_OFFSET_WRITER, &w->lock, err);
		if (s != PC_EBUSY || !holder_is_passing(&w->at)) break;
		pc_clock_sleep_ns(DYING_PAUSE_NS);
	}
	if (s != PC_EBUSY) return s;
	pc_describe_writer(w->at.control, holder, sizeof holder);
	return pc_err_set(err, s, "region '%s' is being written by %s", w->at.name, holder);
}

/* Attach and lock; PC_ESTALE when the region was replaced in between. */
static pc_status attach_locked(const char *name, const pc_trust *trust, pc_writer *w, pc_err *err)
{
	pc_status s = pc_attach(name, 1, trust, &w->at, err);
	if (s != PC_OK) return s;
	s = take_lock(w, err);
	if (s == PC_OK && w->at.id.flags & PC_REGION_LEGACY) {
		w->sample = malloc((size_t)w->at.id.payload_bytes);
		if (!w->sample) s = pc_err_set(err, PC_ENOMEM, "no memory to sample region '%s'", name);
	}
	if (s == PC_OK && !pc_state_set(w->at.control, PC_STATE_RECOVERING)) s = PC_ESTALE;
	pc_object_close(&w->at.control_object); /* the lock has a descriptor of its own */
	if (s != PC_OK) {
		free(w->sample);
		w->sample = NULL;
		pc_lock_release(&w->lock);
		pc_detach(&w->at);
	}
	return s;
}

static void announce(pc_writer *w, const char *program)
{
	pc_control *c = w->at.control;
	pc_process self;
	size_t bytes;
	pc_process_self(&self);
	if (!program) program = self.name;
	bytes = strlen(program);
	if (bytes > sizeof c->writer_name - 1) bytes = sizeof c->writer_name - 1;
	memset(c->writer_name, 0, sizeof c->writer_name);
	memcpy(c->writer_name, program, bytes);
	pc_store_relaxed_u32(&c->writer_pid, self.pid);
	c->writer_uid = self.uid;
	c->writer_start = self.start;
	c->writer_pidns = self.pidns;
}

/* The state is RECOVERING and the lock is ours. A failure leaves both to the next writer. */
static pc_status take_over(pc_writer *w, const char *program, pc_err *err)
{
	pc_control *c = w->at.control;
	pc_status s = pc_death_arm(c->robust, err);
	if (s != PC_OK) return s;
	w->tick = pc_recover(&w->at);
	w->payload_cut = (uint32_t)(pc_load_relaxed_u64(&c->seq) & 1);
	announce(w, program);
	w->epoch = pc_load_relaxed_u32(&c->epoch) + 1;
	pc_store_release_u32(&c->epoch, w->epoch);
	pc_store_relaxed_u64(&c->takeovers, pc_load_relaxed_u64(&c->takeovers) + 1);
	pc_store_relaxed_u64(&c->beat_late_max_ns, 0);
	pc_store_relaxed_u64(&c->beat_unix_ns, pc_clock_unix_ns());
	w->last_wake_ns = pc_clock_mono_ns();
	pc_writer_touch(w, w->last_wake_ns);
	if (!pc_state_set(c, PC_STATE_LIVE)) return PC_ESTALE;
	pc_notify(c);
	return PC_OK;
}

/* Everything back, the pages too if no living thread's robust list leads into them. */
static void let_go(pc_writer *w)
{
	pc_drive_fini(&w->drive);
	pc_layout_drop(&w->layout);
	if (!pc_death_disarm(w->at.control->robust)) memset(&w->at.control_map, 0, sizeof w->at.control_map);
	pc_lock_release(&w->lock);
	pc_detach(&w->at);
	free(w->sample);
	w->sample = NULL;
}

static pc_status drive_roles(pc_writer *w, pc_err *err)
{
	pc_status s = pc_drive_init(&w->drive, pc_writer_layout(w));
	return s == PC_OK ? s : pc_err_set(err, s, "no memory for the roles of region '%s'", w->at.name);
}

static pc_status open_once(const char *name, const pc_writer_options *options, const pc_trust *trust, pc_writer *w,
                           pc_err *err)
{
	pc_status s = attach_locked(name, trust, w, err);
	if (s != PC_OK) return s;
	s = drive_roles(w, err);
	if (s == PC_OK) s = take_over(w, options->program, err);
	if (s != PC_OK) let_go(w);
	return s;
}

static pc_status read_options(const pc_writer_options *options, pc_writer_options *ret_options, pc_err *err)
{
	memset(ret_options, 0, sizeof *ret_options);
	if (!options) return PC_OK;
	if (options->struct_size < sizeof *ret_options)
		return pc_err_set(err, PC_EINVAL, "pc_writer_options: struct_size is not set");
	*ret_options = *options;
	if (options->flags & ~(uint32_t)PC_WRITER_TRUST_ANY)
		return pc_err_set(err, PC_EINVAL, "pc_writer_options: unknown flags");
	return PC_OK;
}

pc_status pc_writer_open(const char *name, const pc_writer_options *options, pc_writer **ret_writer, pc_err *err)
{
	char plain[PC_NAME_BYTES];
	pc_writer_options own;
	pc_trust trust = {0};
	pc_writer *w;
	pc_status s = read_options(options, &own, err);
	if (s == PC_OK) s = pc_object_name(name, plain, err);
	if (s != PC_OK) return s;
	w = calloc(1, sizeof *w);
	if (!w) return pc_err_set(err, PC_ENOMEM, "no memory for a writer");
	trust.any = own.flags & PC_WRITER_TRUST_ANY;
	w->forks = pc_process_forks();
	s = PC_ESTALE;
	for (int i = 0; i < RACE_TRIES && s == PC_ESTALE; i++) s = open_once(plain, &own, &trust, w, err);
	if (s == PC_ESTALE) s = pc_err_set(err, PC_ENOTREADY, "region '%s' is being replaced", plain);
	if (s != PC_OK) {
		free(w);
		return s;
	}
	*ret_writer = w;
	return PC_OK;
}

void pc_writer_close(pc_writer **writer)
{
	pc_writer *w = writer ? *writer : NULL;
	if (!w) return;
	*writer = NULL;
	if (w->forks != pc_process_forks()) {
		/* Inherited: the lock is closed and the pages are not there. What is left is this process's memory. */
		memset(&w->at.control_map, 0, sizeof w->at.control_map);
		memset(&w->at.payload_map, 0, sizeof w->at.payload_map);
		pc_detach(&w->at);
		pc_drive_fini(&w->drive);
		free(w->sample);
	} else {
		pc_writer_abort(w);
		(void)pc_writer_say_dead(w);
		if (pc_load_relaxed_u32(&w->at.control->epoch) == w->epoch)
			(void)pc_state_set(w->at.control, PC_STATE_CLOSED);
		pc_notify(w->at.control);
		let_go(w);
	}
	pc_layout_drop(&w->layout);
	free(w);
}

uint64_t pc_writer_payload_bytes(const pc_writer *writer)
{
	return writer->at.id.payload_bytes;
}

const pc_control *pc_writer_control(const pc_writer *writer)
{
	return writer->at.control;
}

pc_status pc_writer_check(const pc_writer *writer)
{
	const pc_control *c;
	if (writer->forks != pc_process_forks()) return PC_ESTALE;
	c = writer->at.control;
	return pc_load_relaxed_u32(&c->state) == PC_STATE_RETIRED || pc_load_relaxed_u32(&c->epoch) != writer->epoch
	               ? PC_ESTALE
	               : PC_OK;
}
