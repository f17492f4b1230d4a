/* wire/buf.c - the growing buffer behind every encoder. */
#include "wire/buf.h"

#include <stdlib.h>
#include <string.h>

uint8_t *wire_buf_reserve(wire_buf *b, size_t bytes)
{
	size_t room = b->room_bytes ? b->room_bytes : 256;
	uint8_t *data;
	if (b->failed) return NULL;
	if (bytes <= b->room_bytes - b->bytes) return b->data + b->bytes;
	if (bytes > SIZE_MAX / 4 || b->bytes > SIZE_MAX / 4) goto failed;
	while (room - b->bytes < bytes) room *= 2;
	data = realloc(b->data, room);
	if (!data) goto failed;
	b->data = data;
	b->room_bytes = room;
	return data + b->bytes;
failed:
	b->failed = true;
	return NULL;
}

void wire_buf_put(wire_buf *b, const void *data, size_t bytes)
{
	uint8_t *to;
	if (!bytes) return;
	to = wire_buf_reserve(b, bytes);
	if (!to) return;
	memcpy(to, data, bytes);
	b->bytes += bytes;
}

void wire_buf_reset(wire_buf *b)
{
	b->bytes = 0;
	b->failed = false;
}

void wire_buf_free(wire_buf *b)
{
	free(b->data);
	*b = (wire_buf){0};
}
