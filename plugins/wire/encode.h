/* wire/encode.h - every message from the bridge to a viewer, as bytes at the end of a buffer.
 *
 * Each function appends one msgpack array `[op, ...]` (or a part of one where it says so). Arguments are
 * borrowed during the call; texts are UTF-8 and NUL-ended. Out of memory shows in @c failed of the buffer. */
#ifndef PC_WIRE_ENCODE_H
#define PC_WIRE_ENCODE_H
#include "wire/buf.h"
#include "wire/names.h"

#include <pagecast/layout.h>

typedef struct wire_limits {
	uint32_t msg_bytes, msgs_per_s, subs, frames;
	uint64_t window_bytes;
	uint32_t hz, ack; /* ack: messages, at most, for one ACK */
	uint64_t ack_bytes;
} wire_limits;

typedef struct wire_hello {
	const uint8_t *boot; /* WIRE_BOOT_BYTES */
	uint64_t t_us, mono_us;
	const char *daemon;   /* version text */
	const char *instance; /* of the daemon */
	uint32_t hb_ms;
	bool may_write;
	wire_limits limits;
	const char *const *caps; /* ends with NULL; NULL = none */
} wire_hello;
void wire_put_hello(wire_buf *b, const wire_hello *h);

typedef struct wire_ann {
	uint32_t rid, gen;
	const char *name;
	uint64_t size;
	uint64_t schema_id; /* 0 = raw bytes */
	uint32_t flags;
	uint32_t state; /* pc_liveness */
	uint32_t stale_ms, hint_ms;
	uint32_t kind; /* enum pc_writer_kind */
	const char *doc;
	const char *set; /* paths that the viewer may set, separated by ','; NULL or "": left out (PC-ANN-05) */
} wire_ann;
/** The head of an ANN: exactly @p rows calls of wire_put_ann_row() must follow. */
void wire_put_ann(wire_buf *b, bool last, uint32_t rows);
void wire_put_ann_row(wire_buf *b, const wire_ann *a);
void wire_put_unann(wire_buf *b, const uint32_t *rids, uint32_t count);

/** @p sid as 16 hex digits; the map describes @p layout (PC-SCH-01). */
void wire_put_schema(wire_buf *b, uint64_t schema_id, const pc_layout *layout);
/** Write @p schema_id as the protocol spells it: 16 lower-case hex digits, "" for 0. */
void wire_sid_text(uint64_t schema_id, char ret_text[17]);

typedef struct wire_res_row {
	uint32_t rid, code;
} wire_res_row;
void wire_put_res(wire_buf *b, uint64_t ref, uint32_t code, const wire_res_row *rows, uint32_t count);

typedef struct wire_update {
	uint32_t rid, gen;
	uint64_t base, seq, wseq;
	uint64_t t_us;   /* WIRE_NEVER = nil */
	uint64_t age_ms; /* WIRE_NEVER = nil */
	uint32_t flags;  /* enum wire_update_flags */
} wire_update;
/** UPD: @p data is the payload (KEY) or a patch (patch.h). */
void wire_put_upd(wire_buf *b, const wire_update *u, const void *data, size_t bytes);
/**
 * VAL: values of the top-level fields of @p payload.
 * @param layout   NULL = raw: one key "" with all @p bytes bytes
 * @param changed  one byte per top-level field, nonzero = send it; NULL = all. Ignored for a raw region.
 */
void wire_put_val(wire_buf *b, const wire_update *u, const pc_layout *layout, const void *payload, size_t bytes,
                  const uint8_t *changed);

typedef struct wire_live {
	uint32_t rid, state;
	uint64_t hb_age_ms, write_age_ms; /* WIRE_NEVER = nil */
	uint32_t epoch, pid;
	float write_hz;
	const char *writer,
	        *why; /* cleaned of what is not UTF-8, cut at 95 bytes; why NULL or "": left out (PC-LIV-08) */
} wire_live;
/** The head of a LIVE: exactly @p rows calls of wire_put_live_row() must follow. */
void wire_put_live(wire_buf *b, uint64_t t_us, uint32_t rows);
void wire_put_live_row(wire_buf *b, const wire_live *l);

typedef struct wire_hb {
	uint64_t n, t_us, mono_us;
	uint32_t viewers, regions;
	uint64_t conflated, sent_bytes, held;
} wire_hb;
void wire_put_hb(wire_buf *b, const wire_hb *h);
void wire_put_pong(wire_buf *b, uint64_t n, uint64_t t_us);
void wire_put_status(wire_buf *b, unsigned level, const char *id, const char *text, uint64_t ttl_ms);
/** @p ref may be NULL: the error answers nothing in particular. */
void wire_put_err(wire_buf *b, const uint64_t *ref, uint32_t code, const char *text);
void wire_put_bye(wire_buf *b, uint32_t code, const char *text, uint64_t reconnect_ms);

#endif
