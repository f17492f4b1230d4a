/* wire/patch.c - writing and applying patches. */
#include "wire/patch.h"

#include <string.h>

static size_t leb128(uint8_t out[10], uint64_t v)
{
	size_t n = 0;
	while (v >= 0x80) {
		out[n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	out[n++] = (uint8_t)v;
	return n;
}

void wire_patch_run(wire_patch *p, uint64_t offset, const void *data, size_t bytes)
{
	uint8_t head[20];
	size_t n = leb128(head, offset - p->at);
	n += leb128(head + n, bytes);
	wire_buf_put(p->to, head, n);
	wire_buf_put(p->to, data, bytes);
	p->at = offset + bytes;
}

typedef struct run_reader {
	const uint8_t *at, *end;
	uint64_t place; /* in the payload */
} run_reader;

static bool take_leb128(run_reader *r, uint64_t *ret)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte;
		if (r->at == r->end) return false;
		byte = *r->at++;
		if (shift == 63 && byte > 1) return false;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

/* The next run; false if it is malformed. Leaves @c place behind it. */
static bool take_run(run_reader *r, size_t payload_bytes, const uint8_t **ret_data, uint64_t *ret_bytes)
{
	uint64_t skip, bytes;
	if (!take_leb128(r, &skip) || !take_leb128(r, &bytes) || !bytes) return false;
	if (skip > payload_bytes - r->place || bytes > payload_bytes - r->place - skip) return false;
	if (bytes > (uint64_t)(r->end - r->at)) return false;
	*ret_data = r->at;
	*ret_bytes = bytes;
	r->at += bytes;
	r->place += skip + bytes;
	return true;
}

pc_status wire_patch_apply(void *payload, size_t payload_bytes, const void *patch, size_t patch_bytes)
{
	const uint8_t *start = patch, *data;
	uint64_t bytes;
	if (!patch_bytes) return PC_OK;
	for (run_reader r = {start, start + patch_bytes, 0}; r.at != r.end;)
		if (!take_run(&r, payload_bytes, &data, &bytes)) return PC_EINVAL;
	for (run_reader r = {start, start + patch_bytes, 0}; r.at != r.end;) {
		(void)take_run(&r, payload_bytes, &data, &bytes);
		memcpy((uint8_t *)payload + r.place - bytes, data, (size_t)bytes);
	}
	return PC_OK;
}
