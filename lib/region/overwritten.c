/* region/overwritten.c - has some other program written into a payload that has a writer of ours? See payload.h. */
#include "region/payload.h"

int pc_payload_is_overwritten(const char *name, uint64_t control_file_id)
{
	pc_trust trust = {0};
	pc_attached a;
	int found = 0;
	if (pc_attach(name, 1, &trust, &a, NULL) != PC_OK) return 0;
	if (a.slots && !(a.id.flags & PC_REGION_LEGACY) && a.control_object.file_id == control_file_id) {
		uint64_t seq = pc_load_acquire_u64(&a.control->seq), tick = pc_load_relaxed_u64(&a.control->tick);
		const pc_slot *slot = pc_slot_of(&a, tick);
		uint64_t slot_seq = pc_load_acquire_u64(&slot->seq);
		found = !(seq & 1) && !(slot_seq & 1) && pc_load_relaxed_u64(&slot->tick) == tick &&
		        pc_payload_differs(&a, slot + 1);
		/* A commit in between would differ as well. */
		pc_fence_acquire();
		if (pc_load_relaxed_u64(&a.control->seq) != seq || pc_load_relaxed_u64(&slot->seq) != slot_seq)
			found = 0;
	}
	pc_detach(&a);
	return found;
}
