/* blob.h - an encoded message that several viewers share, with its RFC 6455 frame header in front of it. */
#ifndef WS_BLOB_H
#define WS_BLOB_H
#include "wire/buf.h"

/* Room before the message: our frame header (<= 10), and what lws_write() wants there (LWS_PRE = 16). */
#define WS_HEAD_ROOM 16u

/** Under the bridge's lock: references are plain counts. The bytes of one that is sealed may be read without it. */
typedef struct ws_blob {
	uint32_t refs;
	uint32_t head_bytes; /* frame header right before the message, set by ws_blob_seal() */
	uint64_t made_ns;
	wire_buf buf; /* WS_HEAD_ROOM bytes, then the message */
} ws_blob;

/** A blob with one reference and room for @p bytes; encode into @c buf, then seal. NULL if out of memory. */
ws_blob *ws_blob_begin(size_t bytes);
/** Write the frame header. @return 0, or -1 if an allocation failed meanwhile: then the blob is released */
int ws_blob_seal(ws_blob *blob);
ws_blob *ws_blob_hold(ws_blob *blob);
/** Give one reference back and set *blob to NULL; accepts NULL. */
void ws_blob_release(ws_blob **blob);

static inline const uint8_t *ws_blob_message(const ws_blob *blob)
{
	return blob->buf.data + WS_HEAD_ROOM;
}
static inline size_t ws_blob_bytes(const ws_blob *blob)
{
	return blob->buf.bytes - WS_HEAD_ROOM;
}
static inline const uint8_t *ws_blob_frame(const ws_blob *blob)
{
	return blob->buf.data + WS_HEAD_ROOM - blob->head_bytes;
}
static inline size_t ws_blob_frame_bytes(const ws_blob *blob)
{
	return ws_blob_bytes(blob) + blob->head_bytes;
}

enum ws_frame_part { WS_FRAME_WHOLE, WS_FRAME_FIRST, WS_FRAME_MIDDLE, WS_FRAME_LAST };
/** Header of a binary frame, or of one fragment of it, from server to client; bytes written (2, 4 or 10). */
size_t ws_frame_head(uint8_t to[10], enum ws_frame_part part, uint64_t bytes);

#endif
