/* wire/values.c - from the bytes of a payload to named values (PC-VAL-01, PC-VAL-02). */
#include "wire/values.h"

#include "wire/names.h"

#include <stdlib.h>

int wire_ext_of(pc_type type)
{
	switch (type) {
	case PC_TYPE_I8: return WIRE_EXT_I8;
	case PC_TYPE_U8: return WIRE_EXT_U8;
	case PC_TYPE_I16: return WIRE_EXT_I16;
	case PC_TYPE_U16: return WIRE_EXT_U16;
	case PC_TYPE_I32: return WIRE_EXT_I32;
	case PC_TYPE_U32: return WIRE_EXT_U32;
	case PC_TYPE_I64: return WIRE_EXT_I64;
	case PC_TYPE_U64: return WIRE_EXT_U64;
	case PC_TYPE_F32: return WIRE_EXT_F32;
	case PC_TYPE_F64: return WIRE_EXT_F64;
	default: return 0;
	}
}

static void walk_fields(const wire_sink *s, const pc_field *fields, uint32_t count, const uint8_t *base,
                        const uint8_t *changed);

/* Texts up to this many bytes decode on the stack. */
#define TEXT_BYTES 256

static void walk_scalar(const wire_sink *s, const pc_field *f, const uint8_t *element)
{
	char small[TEXT_BYTES];
	bool is_text = f->type == PC_TYPE_CHAR || f->type == PC_TYPE_WCHAR16;
	size_t room = is_text ? 3 * (size_t)f->text_units + 1 : 0;
	char *text = room > sizeof small ? malloc(room) : small;
	pc_value v = {0};
	if (!text || pc_value_get(f, element, text, room > sizeof small ? room : sizeof small, &v) != PC_OK) {
		v.kind = PC_VALUE_TEXT; /* out of memory: better an empty text than a map with a key too few */
		v.text = small;
		v.bytes_count = 0;
	}
	if (v.kind == PC_VALUE_BLOB)
		s->blob(s->to, v.bytes, v.bytes_count);
	else
		s->value(s->to, f, &v);
	if (text != small) free(text);
}

static void walk_element(const wire_sink *s, const pc_field *f, const uint8_t *element)
{
	if (f->type == PC_TYPE_STRUCT)
		walk_fields(s, f->fields, f->field_count, element, NULL);
	else
		walk_scalar(s, f, element);
}

/* Arrays nest by dimension; @p element is the first element of this level. */
static void walk_array(const wire_sink *s, const pc_field *f, uint32_t dim, const uint8_t *element, uint64_t count)
{
	uint64_t below;
	if (dim == f->dim_count) {
		walk_element(s, f, element);
		return;
	}
	below = f->dims[dim] ? count / f->dims[dim] : 0;
	s->array(s->to, f->dims[dim]);
	for (uint32_t i = 0; i < f->dims[dim]; i++)
		walk_array(s, f, dim + 1, element + (uint64_t)i * below * f->stride_bytes, below);
	s->array_end(s->to);
}

static void walk_field(const wire_sink *s, const pc_field *f, const uint8_t *base)
{
	bool is_blob = f->type == PC_TYPE_U8 && f->text_units;
	s->key(s->to, f->name);
	if (f->dim_count && wire_ext_of(f->type) && !is_blob)
		s->numbers(s->to, f, base + f->offset, f->stride_bytes, f->count);
	else
		walk_array(s, f, 0, base + f->offset, f->count);
}

static void walk_fields(const wire_sink *s, const pc_field *fields, uint32_t count, const uint8_t *base,
                        const uint8_t *changed)
{
	uint32_t pairs = 0;
	for (uint32_t i = 0; i < count; i++) pairs += !changed || changed[i];
	s->map(s->to, pairs);
	for (uint32_t i = 0; i < count; i++)
		if (!changed || changed[i]) walk_field(s, &fields[i], base);
	s->map_end(s->to);
}

void wire_walk_values(const wire_sink *sink, const pc_layout *layout, const void *payload, size_t bytes,
                      const uint8_t *changed)
{
	uint32_t count;
	const pc_field *fields;
	if (!layout || pc_layout_bytes(layout) > bytes) {
		sink->map(sink->to, 1);
		sink->key(sink->to, "");
		sink->blob(sink->to, payload, bytes);
		sink->map_end(sink->to);
		return;
	}
	fields = pc_layout_fields(layout, &count);
	walk_fields(sink, fields, count, payload, changed);
}
