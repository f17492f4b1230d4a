/* wire/buf.h - bytes that grow as messages are written. A failed allocation sticks: check once, at the end. */
#ifndef PC_WIRE_BUF_H
#define PC_WIRE_BUF_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zero it to start. One thread at a time. */
typedef struct wire_buf {
	uint8_t *data;
	size_t bytes;      /* written so far */
	size_t room_bytes; /* allocated */
	bool failed;       /* an allocation failed: the content is not complete */
} wire_buf;

/** Add a copy of @p bytes bytes; @p data may be NULL if there are none. */
void wire_buf_put(wire_buf *b, const void *data, size_t bytes);
/** Room for @p bytes more at data + bytes, not counted until the caller adds to @c bytes; NULL if out of memory. */
uint8_t *wire_buf_reserve(wire_buf *b, size_t bytes);
/** Forget the content, keep the memory, clear @c failed. */
void wire_buf_reset(wire_buf *b);
/** Free and zero; accepts a zeroed one. */
void wire_buf_free(wire_buf *b);

#endif
