/* region/attach.h - open, check and map the two objects of a region: what readers and writers share. */
#ifndef PC_REGION_ATTACH_H
#define PC_REGION_ATTACH_H
#include "platform/map.h"
#include "region/identity.h"

/** Whose objects are good enough. */
typedef struct pc_trust {
	const uint32_t *uids; /* besides oneself and root; borrowed */
	uint32_t uid_count;
	uint32_t any; /* 1: anybody's, with any permissions */
} pc_trust;

/** A region as one reader, writer or owner has it mapped. */
typedef struct pc_attached {
	char name[PC_NAME_BYTES]; /* of the objects: pc_object_name() */
	pc_identity id;
	pc_object control_object;
	pc_map control_map, payload_map;
	pc_control *control;    /* = control_map.base */
	unsigned char *slots;   /* first slot header; NULL if there are none */
	uint64_t slot_mask;     /* K - 1 where K is a power of two: saves readers a division; else UINT64_MAX */
	unsigned char *payload; /* = payload_map.base; NULL for a reader who may not open the file, and if adopted */
	char *path;             /* of the file that is the payload; NULL: memory */
	pc_object payload_file; /* open if the payload is a file, or memory that others may cut short; else handle 0 */
	uint64_t payload_file_id;
	uint32_t control_uid;      /* whose the control object is */
	uint32_t payload_is_loose; /* 1: somebody untrusted may write or truncate it: look at slots only */
} pc_attached;

static inline pc_slot *pc_slot_at(const pc_attached *a, uint64_t index)
{
	return (pc_slot *)(void *)(a->slots + index * a->id.slot_stride);
}
/** The slot that tick @p tick has or will have; the region has slots. */
static inline pc_slot *pc_slot_of(const pc_attached *a, uint64_t tick)
{
	return pc_slot_at(a, a->slot_mask != UINT64_MAX ? tick & a->slot_mask : tick % a->id.slot_count);
}

/** Derive the places of slots from a->id and a->control. */
void pc_place_slots(pc_attached *a);
/**
 * Attach to both objects of a region.
 *
 * @param name      made by pc_object_name()
 * @param writable  1: map control and payload read-write (a legacy region's payload read-only), absent in forked children
 * @param trust     borrowed during the call
 * @return PC_OK; PC_EABSENT; PC_ENOTREADY; PC_EVERSION; PC_ECORRUPT; PC_EUNTRUSTED; PC_EPERM; PC_ENOMEM; PC_EIO
 */
pc_status pc_attach(const char *name, int writable, const pc_trust *trust, pc_attached *ret_attached, pc_err *err);
/** Unmap and close; accepts a zeroed one. */
void pc_detach(pc_attached *attached);
/** 1 if @p uid is this process's user, root, or in the list. */
int pc_trust_uid(const pc_trust *trust, uint32_t uid);
/** Control page readable by people: holder of the writer role as "'name' (pid 12)". */
void pc_describe_writer(const pc_control *c, char *text, size_t text_bytes);

#endif
