/* wire/patch.h - a patch: what turns one state of a payload into another (PC-UPD-02).
 *
 * Runs of `skip length bytes`, both numbers unsigned LEB128; skip counts from the end of the run before. */
#ifndef PC_WIRE_PATCH_H
#define PC_WIRE_PATCH_H
#include "wire/buf.h"

#include <pagecast/status.h>

/** Writes runs in order of their place. Zero-initialise with the buffer set. */
typedef struct wire_patch {
	wire_buf *to;
	uint64_t at; /* end of the last run in the payload */
} wire_patch;

/** Add the run [@p offset, @p offset + @p bytes), 0 < bytes, at or behind the end of the last run. */
void wire_patch_run(wire_patch *p, uint64_t offset, const void *data, size_t bytes);

/**
 * Apply a patch to @p payload. Checked as a whole first: a malformed patch changes nothing.
 * @return PC_OK; PC_EINVAL a run of no bytes, a number of more than 64 bits, or a reach beyond the payload (PC-UPD-04)
 */
pc_status wire_patch_apply(void *payload, size_t payload_bytes, const void *patch, size_t patch_bytes);

#endif
