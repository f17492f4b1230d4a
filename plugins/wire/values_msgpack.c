/* wire/values_msgpack.c - values in VAL messages. */
#include "wire/encode.h"
#include "wire/pack.h"
#include "wire/values.h"

#include <string.h>

static void on_map(void *to, uint32_t pairs)
{
	wire_pack_map(to, pairs);
}

static void on_array(void *to, uint32_t count)
{
	wire_pack_array(to, count);
}

static void on_end(void *to)
{
	(void)to; /* msgpack counts in advance */
}

static void on_key(void *to, const char *key)
{
	wire_pack_text(to, key);
}

static void on_value(void *to, const pc_field *field, const pc_value *v)
{
	switch (v->kind) {
	case PC_VALUE_BOOL: wire_pack_bool(to, v->as.i != 0); break;
	case PC_VALUE_INT:
		if (v->label)
			wire_pack_text(to, v->label);
		else
			wire_pack_int(to, v->as.i);
		break;
	case PC_VALUE_UINT: wire_pack_uint(to, v->as.u); break;
	case PC_VALUE_REAL:
		if (field->type == PC_TYPE_F32)
			wire_pack_f32(to, (float)v->as.r);
		else
			wire_pack_f64(to, v->as.r);
		break;
	case PC_VALUE_TEXT: wire_pack_str(to, v->text, v->bytes_count); break;
	case PC_VALUE_BLOB: wire_pack_bin(to, v->bytes, v->bytes_count); break;
	}
}

static void on_null(void *to)
{
	wire_pack_nil(to);
}

static void on_blob(void *to, const void *data, size_t bytes)
{
	wire_pack_bin(to, data, bytes);
}

static void on_numbers(void *to, const pc_field *field, const uint8_t *elements, uint64_t stride, uint64_t count)
{
	size_t each = (size_t)field->element_bytes;
	wire_pack_ext(to, wire_ext_of(field->type), (size_t)(count * each));
	if (stride == each) {
		wire_buf_put(to, elements, (size_t)(count * each));
		return;
	}
	for (uint64_t i = 0; i < count; i++) wire_buf_put(to, elements + i * stride, each);
}

void wire_pack_values(wire_buf *b, const pc_layout *layout, const void *payload, size_t bytes, const uint8_t *changed)
{
	const wire_sink sink = {.to = b,
	                        .map = on_map,
	                        .map_end = on_end,
	                        .array = on_array,
	                        .array_end = on_end,
	                        .key = on_key,
	                        .value = on_value,
	                        .null = on_null,
	                        .blob = on_blob,
	                        .numbers = on_numbers};
	wire_walk_values(&sink, layout, payload, bytes, changed);
}
