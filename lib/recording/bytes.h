/* recording/bytes.h - little-endian numbers into a buffer that grows, and out of bytes that nobody vouches for. */
#ifndef PC_RECORDING_BYTES_H
#define PC_RECORDING_BYTES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zero to start. A failed allocation sticks: check once, at the end. */
typedef struct rec_buf {
	uint8_t *data;
	size_t bytes, room;
	bool failed;
} rec_buf;
void rec_buf_free(rec_buf *b);
void rec_put(rec_buf *b, const void *data, size_t bytes);
void rec_put_number(rec_buf *b, uint64_t value, unsigned bytes);
/** A text as MCAP writes it: its length, its bytes. */
void rec_put_text(rec_buf *b, const char *text);
/** Begin a record: its length is filled in by rec_end_record(). @return what that wants */
size_t rec_begin_record(rec_buf *b, unsigned op);
void rec_end_record(rec_buf *b, size_t begun);
/** Write a number over what stands there. */
void rec_patch(rec_buf *b, size_t at, uint64_t value, unsigned bytes);
/** CRC-32 as in zlib. @param crc 0 to start */
uint32_t rec_crc32(uint32_t crc, const void *data, size_t bytes);

/** A reading position; the first read beyond the end fails it for good, and reads 0. */
typedef struct rec_in {
	const uint8_t *at, *end;
	bool failed;
} rec_in;
uint64_t rec_take_number(rec_in *in, unsigned bytes);
/** So many bytes; NULL, and failed, if there are not. */
const uint8_t *rec_take(rec_in *in, uint64_t bytes);
/** A text as MCAP writes it, not NUL-ended. */
const char *rec_take_text(rec_in *in, size_t *ret_bytes);

#endif
