/* blob.c - shared messages and their frame headers. */
#include "blob.h"

#include <stdlib.h>
#include <string.h>

size_t ws_frame_head(uint8_t to[10], enum ws_frame_part part, uint64_t bytes)
{
	unsigned length_bytes = bytes < 126 ? 0 : bytes <= 0xffff ? 2 : 8;
	to[0] = (uint8_t)((part == WS_FRAME_WHOLE || part == WS_FRAME_LAST ? 0x80 : 0) |
	                  (part == WS_FRAME_WHOLE || part == WS_FRAME_FIRST ? 0x02 : 0));
	to[1] = (uint8_t)(length_bytes == 0 ? bytes : length_bytes == 2 ? 126 : 127);
	for (unsigned i = 0; i < length_bytes; i++) to[2 + i] = (uint8_t)(bytes >> 8 * (length_bytes - 1 - i));
	return 2 + length_bytes;
}

ws_blob *ws_blob_begin(size_t bytes)
{
	ws_blob *blob = calloc(1, sizeof *blob);
	if (!blob) return NULL;
	blob->refs = 1;
	if (!wire_buf_reserve(&blob->buf, WS_HEAD_ROOM + bytes)) {
		free(blob);
		return NULL;
	}
	blob->buf.bytes = WS_HEAD_ROOM;
	return blob;
}

int ws_blob_seal(ws_blob *blob)
{
	uint8_t head[10];
	if (blob->buf.failed) {
		ws_blob_release(&blob);
		return -1;
	}
	blob->head_bytes = (uint32_t)ws_frame_head(head, WS_FRAME_WHOLE, ws_blob_bytes(blob));
	memcpy(blob->buf.data + WS_HEAD_ROOM - blob->head_bytes, head, blob->head_bytes);
	return 0;
}

ws_blob *ws_blob_hold(ws_blob *blob)
{
	blob->refs++;
	return blob;
}

void ws_blob_release(ws_blob **blob)
{
	ws_blob *old = *blob;
	*blob = NULL;
	if (!old || --old->refs) return;
	wire_buf_free(&old->buf);
	free(old);
}
