/* fuzz_layout.c - any bytes as layout text: it is refused with a place, or what came out holds what layout.h says. Behind a
 * NUL stands a map of that layout, as hostile as can be. */
#include <pagecast/layout.h>

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELEMENT_BYTES_MAX 4096u

/* What it reads is what it writes: text -> value -> text of the value -> the same value. */
static void check_values(const pc_field *f)
{
	static unsigned char element[ELEMENT_BYTES_MAX], again[ELEMENT_BYTES_MAX];
	static char text[4 * ELEMENT_BYTES_MAX + 1], written[64];
	pc_value v;
	if (f->element_bytes > ELEMENT_BYTES_MAX || f->type == PC_TYPE_STRUCT) return;
	for (size_t i = 0; i < f->element_bytes; i++) element[i] = (unsigned char)(i * 37 + f->offset);
	PC_ASSERT(pc_value_get(f, element, text, sizeof text, &v) == PC_OK);
	if (v.kind == PC_VALUE_INT || v.kind == PC_VALUE_UINT) {
		if (v.kind == PC_VALUE_INT)
			(void)snprintf(written, sizeof written, "%lld", (long long)v.as.i);
		else
			(void)snprintf(written, sizeof written, "%llu", (unsigned long long)v.as.u);
		if (f->bit_count || f->flag_count) return; /* other bits stay; flags may be called like numbers */
		/* A label may look like a number and then wins. */
		for (uint32_t i = 0; i < f->label_count; i++)
			if (!strcmp(f->labels[i].text, written)) return;
		PC_ASSERT(pc_value_set(f, again, written, NULL) == PC_OK);
		PC_ASSERT(!memcmp(element, again, f->element_bytes));
		for (uint32_t i = 0; i < f->label_count; i++)
			PC_ASSERT(pc_value_set(f, again, f->labels[i].text, NULL) == PC_OK);
	} else if (v.kind == PC_VALUE_TEXT) {
		PC_ASSERT(strlen(v.text) == v.bytes_count);
	}
}

static void check_fields(const pc_layout *layout, const pc_field *fields, uint32_t count, uint64_t bytes, char *path,
                         size_t room)
{
	uint64_t end = 0;
	bool shares = false;
	for (uint32_t i = 0; i < count; i++) {
		if (fields[i].overlay[0] || fields[i].bit_count) shares = true; /* whom it shares with may come first */
	}
	for (uint32_t i = 0; i < count; i++) {
		const pc_field *f = &fields[i];
		size_t used = strlen(path);
		pc_ref ref;
		PC_ASSERT((f->offset >= end || shares) && f->stride_bytes >= f->element_bytes && f->element_bytes &&
		          f->count);
		end = f->offset + (f->count - 1) * f->stride_bytes + f->element_bytes;
		PC_ASSERT(end <= bytes);
		int more = snprintf(path + used, room - used, "%s%s", used ? "." : "", f->name);
		PC_ASSERT(pc_layout_find(layout, path, &ref, NULL) == PC_OK && ref.field == f && ref.count == f->count);
		for (uint32_t d = 0; d < f->dim_count; d++) {
			more = (int)strlen(path);
			(void)snprintf(path + more, room - (size_t)more, "[%u]", (unsigned)f->dims[d] - 1);
		}
		PC_ASSERT(pc_layout_find(layout, path, &ref, NULL) == PC_OK && ref.count == 1);
		PC_ASSERT(ref.offset + f->element_bytes <= pc_layout_bytes(layout));
		check_values(f);
		if (f->fields) check_fields(layout, f->fields, f->field_count, pc_field_struct_bytes(f), path, room);
		path[used] = '\0';
	}
}

/* A hostile map of that layout: whatever is located lies within it. Bounded: each field is looked at a few times. */
static void touch(const pc_scope *scope, uint32_t *budget)
{
	static char text[4 * ELEMENT_BYTES_MAX + 1];
	for (uint32_t i = 0; i < pc_scope_count(scope) && *budget; i++) {
		pc_place place;
		pc_scope inner;
		pc_value v;
		if (pc_scope_locate(scope, &scope->fields[i], &place) != PC_OK) continue;
		PC_ASSERT(place.offset < scope->payload_bytes);
		for (uint64_t k = 0; k < place.count && *budget; k++, *budget -= *budget != 0) {
			uint64_t at = place.offset + k * place.stride_bytes;
			PC_ASSERT(at + place.element_bytes <= scope->payload_bytes);
			if (place.field->fields) {
				pc_scope_enter(scope, &place, k, &inner);
				touch(&inner, budget);
			} else {
				(void)pc_value_get_used(place.field, scope->payload + at, place.units, text,
				                        sizeof text, &v);
			}
		}
		for (uint32_t k = 0; k < pc_scope_columns(scope, place.field) && *budget;
		     k++, *budget -= *budget != 0) {
			pc_column column;
			if (pc_scope_column(scope, &place, k, &column) != PC_OK) continue;
			PC_ASSERT(column.field.offset + column.field.element_bytes * column.field.count <=
			          scope->payload_bytes);
		}
	}
}

static void check_map(const pc_layout *layout, const uint8_t *data, size_t bytes)
{
	uint32_t budget = 4096;
	pc_scope top;
	pc_scope_top(layout, data, bytes, &top);
	touch(&top, &budget);
}

static void check_canonical(const pc_layout *layout)
{
	size_t bytes;
	const char *text = pc_layout_text(layout, &bytes);
	pc_layout *again = NULL;
	PC_ASSERT(strlen(text) == bytes);
	PC_ASSERT(pc_layout_parse(text, bytes, &again, NULL) == PC_OK);
	PC_ASSERT(!strcmp(text, pc_layout_text(again, NULL)) && pc_layout_id(again) == pc_layout_id(layout));
	PC_ASSERT(pc_layout_bytes(again) == pc_layout_bytes(layout) &&
	          pc_layout_align(again) == pc_layout_align(layout));
	pc_layout_destroy(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char path[2048] = "";
	uint32_t count;
	pc_layout *layout = NULL;
	pc_err err = {""};
	const uint8_t *nul = bytes ? memchr(data, 0, bytes) : NULL;
	size_t text_bytes = nul ? (size_t)(nul - data) : bytes;
	if (pc_layout_parse((const char *)data, text_bytes, &layout, &err) != PC_OK) {
		unsigned line = 0, column = 0;
		PC_ASSERT(!layout && sscanf(err.text, "%u:%u: ", &line, &column) == 2 && line && column);
		return 0;
	}
	const pc_field *fields = pc_layout_fields(layout, &count);
	check_canonical(layout);
	if (nul) check_map(layout, nul + 1, bytes - text_bytes - 1);
	check_fields(layout, fields, count, pc_layout_bytes(layout), path, sizeof path);
	pc_layout_destroy(&layout);
	return 0;
}
