/* keepsake.h - a bridge's numbers and snapshots as bytes, for the bridge of the next run (docs/decisions/0032).
 *
 * In the byte order of the machine, which they do not leave. Read as input: another version may have written them. */
#ifndef WS_KEEPSAKE_H
#define WS_KEEPSAKE_H
#include "delta.h"

#define WS_KEPT_NAME_BYTES 64u
#define WS_KEPT_BOOT_BYTES 16u
#define WS_KEPT_DATA_MAX   (UINT64_C(16) << 20) /* payload of a region that has data */

/** One region: what was said of it under the boot. */
typedef struct ws_kept {
	uint32_t rid, gen;
	char name[WS_KEPT_NAME_BYTES];
	uint64_t payload_bytes, schema_id;
	uint64_t seq; /* the newest that viewers may hold, 0 none */
	/* what follows only with data */
	bool has_data;
	uint32_t payload_flags;
	ws_delta delta; /* with a snapshot, its seq is the one above */
	uint64_t wseq, unix_ns;
	uint64_t written_ns; /* monotonic: when the snapshot was committed */
	uint64_t *field_seqs;
	uint32_t field_count; /* 0: nobody asked for fields */
	bool is_claimed;      /* keep.c: a region of this run has it */
} ws_kept;

typedef struct ws_keepsake {
	uint8_t boot[WS_KEPT_BOOT_BYTES];
	ws_kept *rows; /* by rid, ascending, each once */
	size_t count;
} ws_keepsake;

/** Bytes that the data of a row adds. */
uint64_t ws_kept_data_bytes(const ws_kept *row);
/** Append everything; the buffer's @c failed tells of a lack of memory. */
void ws_keepsake_write(const ws_keepsake *k, wire_buf *to);
/**
 * @return NULL, and @p ret is to be freed; or what is wrong with the bytes, and it is empty
 */
const char *ws_keepsake_read(const uint8_t *bytes, size_t count, ws_keepsake *ret);
ws_kept *ws_keepsake_find(const ws_keepsake *k, uint32_t rid);
/** Forget the data of a row, not its numbers. */
void ws_kept_drop_data(ws_kept *row);
void ws_keepsake_free(ws_keepsake *k);

#endif
