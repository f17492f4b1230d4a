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

static void walk_scope(const wire_sink *s, const pc_scope *scope, const uint8_t *changed, const pc_place *blob);

/* Texts up to this many bytes decode on the stack. */
#define TEXT_BYTES 256

/* The labels of the flags that are set, then the rest as a number if there is one. */
static void walk_flags(const wire_sink *s, const pc_field *f, uint64_t value)
{
	uint32_t count = 0;
	uint64_t rest = value;
	for (uint32_t i = 0; i < f->flag_count; i++) {
		uint64_t mask = (uint64_t)f->flags[i].value;
		if ((value & mask) != mask) continue;
		rest &= ~mask;
		count++;
	}
	s->array(s->to, count + (rest != 0));
	for (uint32_t i = 0; i < f->flag_count; i++) {
		uint64_t mask = (uint64_t)f->flags[i].value;
		pc_value label = {.kind = PC_VALUE_INT, .label = f->flags[i].text};
		if ((value & mask) == mask) s->value(s->to, f, &label);
	}
	if (rest) s->value(s->to, f, &(pc_value){.kind = PC_VALUE_UINT, .as.u = rest});
	s->array_end(s->to);
}

static void walk_scalar(const wire_sink *s, const pc_field *f, const uint8_t *element, uint32_t units)
{
	char small[TEXT_BYTES];
	size_t room = pc_field_text_bytes(f);
	char *text = room > sizeof small ? malloc(room) : small;
	pc_value v = {0};
	if (!text ||
	    pc_value_get_used(f, element, units, text, room > sizeof small ? room : sizeof small, &v) != PC_OK) {
		v.kind = PC_VALUE_TEXT; /* out of memory: better an empty text than a map with a key too few */
		v.text = small;
		v.bytes_count = 0;
	}
	if (v.kind == PC_VALUE_BLOB)
		s->blob(s->to, v.bytes, v.bytes_count);
	else if (f->flag_count)
		walk_flags(s, f, v.kind == PC_VALUE_UINT ? v.as.u : (uint64_t)v.as.i);
	else
		s->value(s->to, f, &v);
	if (text != small) free(text);
}

/* A row that describes itself: a map of its columns. */
static void walk_columns(const wire_sink *s, const pc_scope *scope, const pc_place *place)
{
	uint32_t count = pc_scope_columns(scope, place->field), pairs = 0;
	pc_column column;
	for (uint32_t i = 0; i < count; i++) pairs += pc_scope_column(scope, place, i, &column) == PC_OK;
	s->map(s->to, pairs);
	for (uint32_t i = 0; i < count; i++) {
		const pc_field *f = &column.field;
		if (pc_scope_column(scope, place, i, &column) != PC_OK) continue;
		const uint8_t *at = scope->payload + f->offset;
		s->key(s->to, f->name);
		if (!f->dim_count) {
			walk_scalar(s, f, at, f->text_units);
		} else if (wire_ext_of(f->type)) {
			s->numbers(s->to, f, at, f->stride_bytes, f->count);
		} else {
			s->array(s->to, f->dims[0]);
			for (uint32_t k = 0; k < f->dims[0]; k++) walk_scalar(s, f, at + k * f->stride_bytes, 0);
			s->array_end(s->to);
		}
	}
	s->map_end(s->to);
}

static void walk_element(const wire_sink *s, const pc_scope *scope, const pc_place *place, uint64_t index)
{
	const pc_field *f = place->field;
	pc_scope inner;
	if (f->fields) {
		pc_scope_enter(scope, place, index, &inner);
		walk_scope(s, &inner, NULL, f->type == PC_TYPE_STRUCT ? NULL : place);
	} else if (f->dynamic && f->dynamic->columns.field) {
		walk_columns(s, scope, place);
	} else {
		walk_scalar(s, f, scope->payload + place->offset + index * place->stride_bytes, place->units);
	}
}

/* Arrays nest by dimension; @p first is the number of the first element of this level. */
static void walk_array(const wire_sink *s, const pc_scope *scope, const pc_place *place, uint32_t dim, uint64_t first)
{
	const pc_field *f = place->field;
	if (dim == f->dim_count) {
		walk_element(s, scope, place, first);
		return;
	}
	uint32_t here = dim ? f->dims[dim] : place->dim0;
	uint64_t below = 1;
	for (uint32_t i = dim + 1; i < f->dim_count; i++) below *= f->dims[i];
	s->array(s->to, here);
	for (uint32_t i = 0; i < here; i++) walk_array(s, scope, place, dim + 1, first + i * below);
	s->array_end(s->to);
}

static void walk_place(const wire_sink *s, const pc_scope *scope, const pc_place *place)
{
	const pc_field *f = place->field;
	bool is_value = f->fields || f->text_units || f->flag_count;
	if (f->dim_count && wire_ext_of(f->type) && !is_value)
		s->numbers(s->to, f, scope->payload + place->offset, place->stride_bytes, place->count);
	else
		walk_array(s, scope, place, 0, 0);
}

/* A field that is not there has no key; where a map says what changed, it is nil. */
static void walk_scope(const wire_sink *s, const pc_scope *scope, const uint8_t *changed, const pc_place *blob)
{
	uint32_t pairs = blob != NULL, count = pc_scope_count(scope);
	pc_place place;
	for (uint32_t i = 0; i < count; i++)
		pairs += changed ? changed[i] != 0 : pc_scope_locate(scope, &scope->fields[i], &place) == PC_OK;
	s->map(s->to, pairs);
	if (blob) {
		s->key(s->to, "");
		s->blob(s->to, scope->payload + blob->offset, blob->units);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (changed && !changed[i]) continue;
		bool is_there = pc_scope_locate(scope, &scope->fields[i], &place) == PC_OK;
		if (!is_there && !changed) continue;
		s->key(s->to, scope->fields[i].name);
		if (is_there)
			walk_place(s, scope, &place);
		else
			s->null(s->to);
	}
	s->map_end(s->to);
}

void wire_walk_values(const wire_sink *sink, const pc_layout *layout, const void *payload, size_t bytes,
                      const uint8_t *changed)
{
	pc_scope top;
	if (!layout || pc_layout_bytes(layout) > bytes) {
		sink->map(sink->to, 1);
		sink->key(sink->to, "");
		sink->blob(sink->to, payload, bytes);
		sink->map_end(sink->to);
		return;
	}
	pc_scope_top(layout, payload, bytes, &top);
	walk_scope(sink, &top, changed, NULL);
}
