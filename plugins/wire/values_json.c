/* wire/values_json.c - values in HTTP answers (PC-HTTP-02). */
#include "wire/json.h"
#include "wire/values.h"

#include <string.h>

static void on_map(void *to, uint32_t pairs)
{
	(void)pairs;
	wire_json_open(to, '{');
}

static void on_map_end(void *to)
{
	wire_json_close(to, '}');
}

static void on_array(void *to, uint32_t count)
{
	(void)count;
	wire_json_open(to, '[');
}

static void on_array_end(void *to)
{
	wire_json_close(to, ']');
}

static void on_key(void *to, const char *key)
{
	wire_json_key(to, key);
}

static void on_value(void *to, const pc_field *field, const pc_value *v)
{
	switch (v->kind) {
	case PC_VALUE_BOOL: wire_json_bool(to, v->as.i != 0); break;
	case PC_VALUE_INT:
		if (v->label)
			wire_json_puts(to, v->label);
		else
			wire_json_int(to, v->as.i);
		break;
	case PC_VALUE_UINT: wire_json_uint(to, v->as.u); break;
	case PC_VALUE_REAL:
		if (field->type == PC_TYPE_F32)
			wire_json_f32(to, (float)v->as.r);
		else
			wire_json_f64(to, v->as.r);
		break;
	case PC_VALUE_TEXT: wire_json_text(to, v->text, v->bytes_count); break;
	case PC_VALUE_BLOB: wire_json_hex(to, v->bytes, v->bytes_count); break;
	}
}

static void on_null(void *to)
{
	wire_json_null(to);
}

static void on_blob(void *to, const void *data, size_t bytes)
{
	wire_json_hex(to, data, bytes);
}

static void on_numbers(void *to, const pc_field *field, const uint8_t *elements, uint64_t stride, uint64_t count)
{
	wire_json_open(to, '[');
	for (uint64_t i = 0; i < count; i++) {
		pc_value v = {0};
		if (pc_value_get(field, elements + i * stride, NULL, 0, &v) == PC_OK)
			on_value(to, field, &v);
		else
			wire_json_null(to);
	}
	wire_json_close(to, ']');
}

void wire_json_values(wire_json *j, const pc_layout *layout, const void *payload, size_t bytes)
{
	const wire_sink sink = {.to = j,
	                        .map = on_map,
	                        .map_end = on_map_end,
	                        .array = on_array,
	                        .array_end = on_array_end,
	                        .key = on_key,
	                        .value = on_value,
	                        .null = on_null,
	                        .blob = on_blob,
	                        .numbers = on_numbers};
	wire_walk_values(&sink, layout, payload, bytes, NULL);
}
