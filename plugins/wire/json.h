/* wire/json.h - JSON text at the end of a buffer: commas and escapes are its business, nesting the caller's. */
#ifndef PC_WIRE_JSON_H
#define PC_WIRE_JSON_H
#include "wire/buf.h"

#include <pagecast/layout.h>

/** Zero-initialise with the buffer set. */
typedef struct wire_json {
	wire_buf *to;
	bool comma; /* something stands before on this level */
} wire_json;

void wire_json_open(wire_json *j, char bracket);  /* '{' or '[' */
void wire_json_close(wire_json *j, char bracket); /* '}' or ']' */
void wire_json_key(wire_json *j, const char *key);
void wire_json_text(wire_json *j, const char *text, size_t bytes); /* UTF-8 */
void wire_json_puts(wire_json *j, const char *text);               /* NUL-ended */
void wire_json_uint(wire_json *j, uint64_t v);
void wire_json_int(wire_json *j, int64_t v);
void wire_json_f32(wire_json *j, float v);  /* shortest text that reads back the same; nan and infinities: null */
void wire_json_f64(wire_json *j, double v); /* the same */
void wire_json_bool(wire_json *j, bool v);
void wire_json_null(wire_json *j);
void wire_json_time(wire_json *j, uint64_t v); /* WIRE_NEVER: null */
void wire_json_hex(wire_json *j, const void *data, size_t bytes);

/** The values of a payload as one object (PC-HTTP-02); @p layout NULL = raw, `{"": "hex"}`. */
void wire_json_values(wire_json *j, const pc_layout *layout, const void *payload, size_t bytes);

#endif
