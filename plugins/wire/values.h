/* wire/values.h - one walk over the fields of a payload for both encodings; inside this room only.
 *
 * The rules of what a field becomes (PC-VAL-02) stand once, in values.c; a sink says how that is written. */
#ifndef PC_WIRE_VALUES_H
#define PC_WIRE_VALUES_H
#include <pagecast/layout.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct wire_sink {
	void *to;
	void (*map)(void *to, uint32_t pairs);
	void (*map_end)(void *to);
	void (*array)(void *to, uint32_t count);
	void (*array_end)(void *to);
	void (*key)(void *to, const char *key);
	void (*value)(void *to, const pc_field *field, const pc_value *value);
	void (*null)(void *to);
	void (*blob)(void *to, const void *data, size_t bytes);
	/* All elements of an array of numbers, packed without gaps, little-endian. */
	void (*numbers)(void *to, const pc_field *field, const uint8_t *elements, uint64_t stride, uint64_t count);
} wire_sink;

/** Feed @p sink one map. Arguments as wire_put_val(). */
void wire_walk_values(const wire_sink *sink, const pc_layout *layout, const void *payload, size_t bytes,
                      const uint8_t *changed);
/** 16..25 for a type whose arrays travel as ext, 0 for others. */
int wire_ext_of(pc_type type);

#endif
