/* region/read.c - snapshots, views and history: the reading half of the sequence locks.
 *
 * Slots are looked at before the payload. A commit closes the slot first, so whoever begins with the
 * payload can see tick 7 there after it saw tick 8 in the slot; the other way round it cannot. And the
 * writer spends most of its time outside the slot, so that the first try nearly always succeeds even
 * against a writer at full speed, where the payload alone would need thousands.                     */
#include "region/reader.h"

#include "platform/clock.h"
#include "region/copy.h"
#include "region/payload.h"
#include "region/publish.h"

#define TRIES          1000u
#define TRIES_ON_CLOCK 32u /* the clock is first read after this many */
#define TRY_NS         UINT64_C(1000000)

/* A slot is complete before it is named in `latest`. A reader that was slow between the two loads may have read it
 * then, and would find nothing that is not older for as long as the writer stands still there: it asks for it again. */
static uint64_t newest_tick(const pc_reader *r)
{
	uint64_t latest = pc_load_acquire_u64(&r->at.control->latest);
	return latest > r->last_tick ? latest : r->last_tick;
}

/* What one read wants, and has found so far. */
typedef struct reading {
	uint64_t offset, bytes;
	pc_stamp stamp;
	uint32_t copies;    /* made so far, good and bad */
	uint32_t from_slot; /* where the good one came from */
} reading;

/* One try. @return 1 and the stamp that belongs to the copied bytes; 0 a write was in progress. */
static int copy_slot(const pc_slot *slot, void *dst, reading *got)
{
	uint64_t seq = pc_load_acquire_u64(&slot->seq);
	if (seq & 1) return 0;
	got->copies++;
	got->from_slot = 1;
	pc_copy_out(dst, (const char *)(slot + 1) + got->offset, (size_t)got->bytes);
	got->stamp = pc_stamp_of_slot(slot);
	/* Orders the loads above before the one below, without which it would prove nothing. */
	pc_fence_acquire();
	return pc_load_relaxed_u64(&slot->seq) == seq;
}

static int copy_payload(const pc_reader *r, void *dst, reading *got)
{
	const pc_control *c = r->at.control;
	uint64_t seq = pc_load_acquire_u64(&c->seq);
	if (seq & 1) return 0;
	got->copies++;
	got->from_slot = 0;
	if (pc_payload_load(&r->at, got->offset, dst, (size_t)got->bytes) != PC_OK) return 0;
	got->stamp = pc_stamp_of_payload(c);
	pc_fence_acquire();
	return pc_load_relaxed_u64(&c->seq) == seq;
}

static int copy_newest(const pc_reader *r, void *dst, reading *got)
{
	if (r->at.slots && copy_slot(pc_slot_of(&r->at, newest_tick(r)), dst, got) && got->stamp.tick >= r->last_tick)
		return 1;
	return r->payload_readable && copy_payload(r, dst, got) && got->stamp.tick >= r->last_tick;
}

static void relax(void)
{
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
	__builtin_ia32_pause();
#endif
}

/* 1 while another try is due: a number of tries or a time, whichever is later. */
static int try_again(uint32_t tries, uint64_t *since_ns)
{
	relax();
	if (tries == TRIES_ON_CLOCK) *since_ns = pc_clock_mono_ns();
	return tries < TRIES || pc_clock_mono_ns() - *since_ns < TRY_NS;
}

static void fill_info(const pc_reader *r, const reading *got, pc_snapshot_info *info)
{
	uint64_t now = pc_clock_mono_ns();
	info->tick = got->stamp.tick;
	info->commit_unix_ns = got->stamp.unix_ns;
	info->age_ns = got->stamp.mono_ns && now > got->stamp.mono_ns ? now - got->stamp.mono_ns : 0;
	info->epoch = pc_load_relaxed_u32(&r->at.control->epoch);
	info->payload_flags = got->stamp.payload_flags;
	info->attempts = got->copies;
	info->from_slot = got->from_slot;
}

static int is_retired(const pc_reader *r)
{
	return pc_load_relaxed_u32(&r->at.control->state) == PC_STATE_RETIRED;
}

/* The common case, for whom every nanosecond counts: the newest slot, complete, and nothing wanted but the bytes. */
static inline int copy_at_once(pc_reader *r, void *dst)
{
	const pc_slot *slot;
	uint64_t seq, tick;
	if (!r->at.slots) return 0;
	slot = pc_slot_of(&r->at, newest_tick(r));
	seq = pc_load_acquire_u64(&slot->seq);
	if (seq & 1) return 0;
	pc_copy_out(dst, slot + 1, (size_t)r->at.id.payload_bytes);
	tick = pc_load_relaxed_u64(&slot->tick);
	pc_fence_acquire();
	if (pc_load_relaxed_u64(&slot->seq) != seq || tick < r->last_tick) return 0;
	r->last_tick = tick;
	return 1;
}

/* Out of line, so that the common case does not pay for its registers. */
PC_NOINLINE static pc_status read_with_patience(pc_reader *r, reading *got, void *dst, pc_snapshot_info *ret_info)
{
	uint32_t tries = 0;
	uint64_t since = 0;
	while (!copy_newest(r, dst, got))
		if (!try_again(++tries, &since)) return PC_EAGAIN;
	r->last_tick = got->stamp.tick;
	if (ret_info) fill_info(r, got, ret_info);
	return PC_OK;
}

PC_NOINLINE static pc_status snapshot_with_patience(pc_reader *r, void *dst, pc_snapshot_info *ret_info)
{
	reading got = {.bytes = r->at.id.payload_bytes};
	return read_with_patience(r, &got, dst, ret_info);
}

pc_status pc_reader_snapshot(pc_reader *reader, void *dst, size_t dst_bytes, pc_snapshot_info *ret_info)
{
	if (dst_bytes < reader->at.id.payload_bytes) return PC_EINVAL;
	if (is_retired(reader)) return PC_ESTALE;
	if (!ret_info && copy_at_once(reader, dst)) return PC_OK;
	return snapshot_with_patience(reader, dst, ret_info);
}

pc_status pc_reader_read(pc_reader *reader, uint64_t offset, void *dst, size_t bytes, pc_snapshot_info *ret_info)
{
	reading got = {.offset = offset, .bytes = bytes};
	if (offset > reader->at.id.payload_bytes || bytes > reader->at.id.payload_bytes - offset) return PC_EINVAL;
	if (is_retired(reader)) return PC_ESTALE;
	return read_with_patience(reader, &got, dst, ret_info);
}

/* A slot that is complete now, with its number: one half of a read, the other is pc_reader_still_valid(). */
static int view_newest(const pc_reader *r, pc_view *view, reading *got)
{
	view->slot = pc_slot_of(&r->at, newest_tick(r));
	view->slot_seq = pc_load_acquire_u64(&view->slot->seq);
	if (view->slot_seq & 1) return 0;
	got->copies++;
	got->stamp = pc_stamp_of_slot(view->slot);
	return pc_reader_still_valid(view) && got->stamp.tick >= r->last_tick;
}

pc_status pc_reader_view(pc_reader *reader, pc_view *ret_view)
{
	reading got = {.from_slot = 1};
	pc_view view = {0};
	uint32_t tries = 0;
	uint64_t since = 0;
	if (!reader->at.slots) return PC_EUNSUPPORTED;
	if (is_retired(reader)) return PC_ESTALE;
	while (!view_newest(reader, &view, &got))
		if (!try_again(++tries, &since)) return PC_EAGAIN;
	view.data = view.slot + 1;
	view.bytes = reader->at.id.payload_bytes;
	reader->last_tick = got.stamp.tick;
	fill_info(reader, &got, &view.info);
	*ret_view = view;
	return PC_OK;
}

int pc_reader_still_valid(const pc_view *view)
{
	pc_fence_acquire();
	return pc_load_relaxed_u64(&view->slot->seq) == view->slot_seq;
}

pc_status pc_reader_history(pc_reader *reader, uint64_t tick, void *dst, size_t dst_bytes, pc_snapshot_info *ret_info)
{
	reading got = {.bytes = reader->at.id.payload_bytes};
	if (dst_bytes < reader->at.id.payload_bytes) return PC_EINVAL;
	if (!reader->at.slots || tick > newest_tick(reader)) return PC_EABSENT;
	/* A slot that is being written is being overwritten: only the newest tick is in the payload, too. */
	if (!(copy_slot(pc_slot_of(&reader->at, tick), dst, &got) && got.stamp.tick == tick) &&
	    !(reader->payload_readable && copy_payload(reader, dst, &got) && got.stamp.tick == tick))
		return PC_EABSENT;
	if (ret_info) fill_info(reader, &got, ret_info);
	return PC_OK;
}
