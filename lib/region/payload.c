/* region/payload.c - see payload.h. */
#include "region/payload.h"

#include "region/copy.h"

#include <string.h>

#define PART_BYTES ((size_t)16384)

pc_status pc_payload_load(const pc_attached *a, uint64_t offset, void *dst, size_t bytes)
{
	if (a->payload_file.handle) {
		pc_status s = pc_object_read(&a->payload_file, offset, dst, bytes);
		if (s != PC_EUNSUPPORTED) return s;
	}
	pc_copy_out(dst, a->payload + offset, bytes);
	return PC_OK;
}

pc_status pc_payload_store(const pc_attached *a, uint64_t offset, const void *src, size_t bytes)
{
	if (a->payload_file.handle) {
		pc_status s = pc_object_write(&a->payload_file, offset, src, bytes);
		if (s != PC_EUNSUPPORTED) return s;
	}
	if (bytes) pc_copy_in(a->payload + offset, src, bytes);
	return PC_OK;
}

static size_t part_at(size_t at, size_t bytes)
{
	return bytes - at < PART_BYTES ? bytes - at : PART_BYTES;
}

int pc_payload_differs(const pc_attached *a, const void *private_bytes)
{
	unsigned char part[PART_BYTES];
	size_t bytes = (size_t)a->id.payload_bytes;
	if (!a->payload_file.handle) return pc_copy_differs(a->payload, private_bytes, bytes);
	for (size_t at = 0; at < bytes; at += PART_BYTES) {
		size_t count = part_at(at, bytes);
		if (pc_payload_load(a, at, part, count) != PC_OK) return 1;
		/* The other side may be a slot, which only its writer, the caller, changes. */
		if (memcmp(part, (const char *)private_bytes + at, count) != 0) return 1;
	}
	return 0;
}

static int is_zero(const unsigned char *bytes, size_t count)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, count - 1);
}

pc_status pc_payload_fill(const pc_attached *a, const void *initial)
{
	const unsigned char *from = initial;
	size_t bytes = (size_t)a->id.payload_bytes;
	pc_status s = PC_OK;
	for (size_t at = 0; at < bytes && s == PC_OK; at += PART_BYTES) {
		size_t count = part_at(at, bytes);
		if (!is_zero(from + at, count)) s = pc_payload_store(a, at, from + at, count);
	}
	return s;
}
