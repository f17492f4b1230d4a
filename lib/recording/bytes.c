/* recording/bytes.c - see bytes.h. */
#include "recording/bytes.h"

#include <stdlib.h>
#include <string.h>

void rec_buf_free(rec_buf *b)
{
	free(b->data);
	*b = (rec_buf){NULL, 0, 0, false};
}

static bool make_room(rec_buf *b, size_t bytes)
{
	size_t room = b->room ? b->room : 4096;
	uint8_t *more;
	if (b->failed || bytes > SIZE_MAX / 4 - b->bytes) return false;
	while (room < b->bytes + bytes) room *= 2;
	if (room == b->room) return true;
	more = realloc(b->data, room);
	if (!more) return false;
	b->data = more;
	b->room = room;
	return true;
}

void rec_put(rec_buf *b, const void *data, size_t bytes)
{
	if (!bytes) return;
	if (!make_room(b, bytes)) {
		b->failed = true;
		return;
	}
	memcpy(b->data + b->bytes, data, bytes);
	b->bytes += bytes;
}

void rec_put_number(rec_buf *b, uint64_t value, unsigned bytes)
{
	uint8_t raw[8];
	for (unsigned i = 0; i < bytes; i++) raw[i] = (uint8_t)(value >> 8 * i);
	rec_put(b, raw, bytes);
}

void rec_put_text(rec_buf *b, const char *text)
{
	size_t bytes = strlen(text);
	rec_put_number(b, bytes, 4);
	rec_put(b, text, bytes);
}

size_t rec_begin_record(rec_buf *b, unsigned op)
{
	rec_put_number(b, op, 1);
	rec_put_number(b, 0, 8);
	return b->bytes;
}

void rec_end_record(rec_buf *b, size_t begun)
{
	if (!b->failed) rec_patch(b, begun - 8, b->bytes - begun, 8);
}

void rec_patch(rec_buf *b, size_t at, uint64_t value, unsigned bytes)
{
	if (b->failed) return;
	for (unsigned i = 0; i < bytes; i++) b->data[at + i] = (uint8_t)(value >> 8 * i);
}

/* Half a byte at a time: a table of 16, and fast enough beside the compression. */
uint32_t rec_crc32(uint32_t crc, const void *data, size_t bytes)
{
	static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
	                                   0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
	                                   0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	const uint8_t *p = data;
	crc = ~crc;
	for (size_t i = 0; i < bytes; i++) {
		crc = table[(crc ^ p[i]) & 15] ^ crc >> 4;
		crc = table[(crc ^ p[i] >> 4) & 15] ^ crc >> 4;
	}
	return ~crc;
}

const uint8_t *rec_take(rec_in *in, uint64_t bytes)
{
	const uint8_t *at = in->at;
	if (in->failed || bytes > (uint64_t)(in->end - in->at)) {
		in->failed = true;
		return NULL;
	}
	in->at += bytes;
	return at;
}

uint64_t rec_take_number(rec_in *in, unsigned bytes)
{
	const uint8_t *raw = rec_take(in, bytes);
	uint64_t value = 0;
	for (unsigned i = 0; raw && i < bytes; i++) value |= (uint64_t)raw[i] << 8 * i;
	return value;
}

const char *rec_take_text(rec_in *in, size_t *ret_bytes)
{
	uint64_t bytes = rec_take_number(in, 4);
	const uint8_t *text = rec_take(in, bytes);
	*ret_bytes = text ? (size_t)bytes : 0;
	return (const char *)text;
}
