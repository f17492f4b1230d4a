/* wire/schema.c - a layout as the map of a SCHEMA message (PC-SCH-01). */
#include "wire/encode.h"
#include "wire/pack.h"

#include <stdio.h>

static bool has_text(const char *text)
{
	return text && text[0];
}

static void text_pair(wire_buf *b, const char *key, const char *text)
{
	if (!has_text(text)) return;
	wire_pack_text(b, key);
	wire_pack_text(b, text);
}

static void uint_pair(wire_buf *b, const char *key, uint64_t v)
{
	wire_pack_text(b, key);
	wire_pack_uint(b, v);
}

static uint32_t pair_count(const pc_field *f)
{
	return 4u + (f->dim_count ? 2u : 0u) + (f->text_units ? 1u : 0u) + has_text(f->unit) + has_text(f->title) +
	       has_text(f->doc) + (f->has_min ? 1u : 0u) + (f->has_max ? 1u : 0u) + (f->label_count ? 1u : 0u) +
	       (f->type == PC_TYPE_STRUCT ? 1u : 0u);
}

static void put_shape(wire_buf *b, const pc_field *f)
{
	wire_pack_text(b, "n");
	wire_pack_text(b, f->name);
	wire_pack_text(b, "t");
	wire_pack_text(b, pc_type_name(f->type));
	uint_pair(b, "o", f->offset);
	uint_pair(b, "b", f->element_bytes);
	if (f->dim_count) {
		uint_pair(b, "s", f->stride_bytes);
		wire_pack_text(b, "d");
		wire_pack_array(b, f->dim_count);
		for (uint32_t i = 0; i < f->dim_count; i++) wire_pack_uint(b, f->dims[i]);
	}
	if (f->text_units) uint_pair(b, "l", f->text_units);
}

static void put_labels(wire_buf *b, const pc_field *f)
{
	if (!f->label_count) return;
	wire_pack_text(b, "en");
	wire_pack_array(b, f->label_count);
	for (uint32_t i = 0; i < f->label_count; i++) {
		wire_pack_array(b, 2);
		wire_pack_int(b, f->labels[i].value);
		wire_pack_text(b, f->labels[i].text);
	}
}

static void put_fields(wire_buf *b, const pc_field *fields, uint32_t count);

static void put_field(wire_buf *b, const pc_field *f)
{
	wire_pack_map(b, pair_count(f));
	put_shape(b, f);
	text_pair(b, "u", f->unit);
	text_pair(b, "ti", f->title);
	text_pair(b, "doc", f->doc);
	if (f->has_min) {
		wire_pack_text(b, "min");
		wire_pack_f64(b, f->min);
	}
	if (f->has_max) {
		wire_pack_text(b, "max");
		wire_pack_f64(b, f->max);
	}
	put_labels(b, f);
	if (f->type != PC_TYPE_STRUCT) return;
	wire_pack_text(b, "f");
	put_fields(b, f->fields, f->field_count);
}

/* Depth is bounded by PC_LAYOUT_DEPTH_MAX. */
static void put_fields(wire_buf *b, const pc_field *fields, uint32_t count)
{
	wire_pack_array(b, count);
	for (uint32_t i = 0; i < count; i++) put_field(b, &fields[i]);
}

void wire_sid_text(uint64_t schema_id, char ret_text[17])
{
	ret_text[0] = 0;
	if (schema_id)
		(void)snprintf(ret_text, 17, "%08lx%08lx", (unsigned long)(schema_id >> 32),
		               (unsigned long)(schema_id & 0xffffffffu));
}

void wire_put_schema(wire_buf *b, uint64_t schema_id, const pc_layout *layout)
{
	char sid[17];
	uint32_t count;
	size_t text_bytes;
	const pc_field *fields = pc_layout_fields(layout, &count);
	const char *text = pc_layout_text(layout, &text_bytes);
	wire_sid_text(schema_id, sid);
	wire_pack_array(b, 3);
	wire_pack_uint(b, WIRE_SCHEMA);
	wire_pack_text(b, sid);
	wire_pack_map(b, 4);
	uint_pair(b, "size", pc_layout_bytes(layout));
	uint_pair(b, "align", pc_layout_align(layout));
	wire_pack_text(b, "text");
	wire_pack_str(b, text, text_bytes);
	wire_pack_text(b, "fields");
	put_fields(b, fields, count);
}
