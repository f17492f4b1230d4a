/* wire/pack.h - msgpack items at the end of a wire_buf; inside this room only. */
#ifndef PC_WIRE_PACK_H
#define PC_WIRE_PACK_H
#include "wire/buf.h"

#include <pagecast/layout.h>

/* Out of memory shows in b->failed. */
void wire_pack_array(wire_buf *b, uint32_t count);
void wire_pack_map(wire_buf *b, uint32_t pairs);
void wire_pack_uint(wire_buf *b, uint64_t v);
void wire_pack_int(wire_buf *b, int64_t v);
void wire_pack_bool(wire_buf *b, bool v);
void wire_pack_nil(wire_buf *b);
void wire_pack_f32(wire_buf *b, float v);
void wire_pack_f64(wire_buf *b, double v);
void wire_pack_str(wire_buf *b, const char *text, size_t bytes);
void wire_pack_text(wire_buf *b, const char *text); /* NUL-ended; NULL as "" */
void wire_pack_bin(wire_buf *b, const void *data, size_t bytes);
/** Head of an ext item; @p bytes bytes must follow by wire_buf_put(). */
void wire_pack_ext(wire_buf *b, int type, size_t bytes);
/** WIRE_NEVER as nil. */
void wire_pack_time(wire_buf *b, uint64_t v);

/** The map of a VAL; arguments as wire_put_val(). */
void wire_pack_values(wire_buf *b, const pc_layout *layout, const void *payload, size_t bytes, const uint8_t *changed);

#endif
