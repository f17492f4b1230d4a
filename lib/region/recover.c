/* region/recover.c - repair after a killed writer.
 *
 * A commit closes the slot before it opens the payload, so at most one of the two is cut short, and
 * the other is complete and at most one tick apart:
 *
 *     died              slot of t+1   payload        repair
 *     in the slot       odd           even, t        slot := payload; t+1 never happened
 *     between           even, t+1     even, t        payload := slot
 *     in the payload    even, t+1     odd            payload := slot
 *     after             even, t+1     even, t+1      nothing
 *
 * A slot counts only if its index is tick % K: an aborted or rewritten slot carries the tick of
 * another, and so is never taken for history. Repairs are themselves written under the sequence
 * locks and in this order, so a second death while repairing leaves one of the same four cases.      */
#include "region/publish.h"

static pc_slot *newest_slot(const pc_attached *a)
{
	pc_slot *newest = NULL;
	for (uint32_t i = 0; i < a->id.slot_count; i++) {
		pc_slot *slot = pc_slot_at(a, i);
		if (pc_load_acquire_u64(&slot->seq) & 1 || slot->tick % a->id.slot_count != i) continue;
		if (!newest || slot->tick > newest->tick) newest = slot;
	}
	return newest;
}

static void count(uint64_t *counter)
{
	pc_store_relaxed_u64(counter, pc_load_relaxed_u64(counter) + 1);
}

/* Nobody of ours touches a legacy payload, so only slots can be cut short. The newest one, where it is the only one, stays
 * odd until the observer's first look publishes a whole one; any other is closed under a number that is not its own. */
static uint64_t recover_legacy(const pc_attached *a)
{
	pc_control *c = a->control;
	const pc_slot *newest = newest_slot(a);
	pc_stamp stamp = newest ? pc_stamp_of_slot(newest) : pc_stamp_of_payload(c);
	for (uint32_t i = 0; i < a->id.slot_count; i++) {
		pc_slot *slot = pc_slot_at(a, i);
		if (!(pc_load_relaxed_u64(&slot->seq) & 1) || stamp.tick % a->id.slot_count == i) continue;
		pc_slot_finish(slot, &stamp);
		count(&c->recovered_slot);
	}
	pc_store_release_u64(&c->latest, stamp.tick);
	pc_store_relaxed_u64(&c->tick, stamp.tick);
	return stamp.tick;
}

uint64_t pc_recover(const pc_attached *a)
{
	pc_control *c = a->control;
	const pc_slot *newest;
	int cut_short = (pc_load_acquire_u64(&c->seq) & 1) != 0;
	if (a->id.flags & PC_REGION_LEGACY) return recover_legacy(a);
	newest = newest_slot(a);
	if (newest && (cut_short || newest->tick > c->tick)) {
		pc_payload_from_slot(a, newest, PC_PAYLOAD_RECOVERED);
		count(&c->recovered_payload);
		cut_short = 0;
	}
	for (uint32_t i = 0; i < a->id.slot_count && !cut_short; i++) {
		pc_slot *slot = pc_slot_at(a, i);
		if (!(pc_load_relaxed_u64(&slot->seq) & 1)) continue;
		pc_slot_from_payload(a, slot, PC_PAYLOAD_RECOVERED);
		count(&c->recovered_slot);
	}
	pc_store_release_u64(&c->latest, c->tick);
	return c->tick;
}
