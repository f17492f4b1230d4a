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

/* ---- what depends on the bytes ---- */

static const char *number_type(const pc_field *f)
{
	static const char *const names[2][4] = {{"u8", "u16", "u32", "u64"}, {"i8", "i16", "i32", "i64"}};
	bool is_enum = f->type >= PC_TYPE_ENUM8 && f->type <= PC_TYPE_ENUM32;
	bool is_signed = is_enum && f->label_count && f->labels[0].value < 0;
	if (!is_enum) return pc_type_name(f->type);
	return names[is_signed][f->type == PC_TYPE_ENUM8 ? 0 : f->type == PC_TYPE_ENUM16 ? 1 : 2];
}

/* [up, offset, type, bit, bits, units, encoding] */
static void put_source(wire_buf *b, const char *key, const pc_source *source)
{
	const pc_field *f = source->field;
	if (!f) return;
	wire_pack_text(b, key);
	wire_pack_array(b, 7);
	wire_pack_uint(b, source->up);
	wire_pack_uint(b, source->offset);
	wire_pack_text(b, number_type(f));
	wire_pack_uint(b, f->bit_first);
	wire_pack_uint(b, f->bit_count);
	wire_pack_uint(b, f->text_units);
	wire_pack_text(b, pc_encoding_name(f->encoding));
}

static void put_when(wire_buf *b, const pc_dynamic *d)
{
	if (!d->when.field) return;
	put_source(b, "wh", &d->when);
	wire_pack_text(b, "wn");
	wire_pack_bool(b, d->when_not != 0);
	wire_pack_text(b, "wc");
	wire_pack_array(b, d->case_count);
	for (uint32_t i = 0; i < d->case_count; i++) {
		const pc_case *c = &d->cases[i];
		wire_pack_array(b, 2);
		if (c->text) {
			wire_pack_text(b, c->text);
			wire_pack_bool(b, c->is_prefix != 0);
		} else {
			wire_pack_int(b, c->low);
			wire_pack_int(b, c->high);
		}
	}
}

static void put_newest(wire_buf *b, const pc_dynamic *d)
{
	if (!d->newest.field) return;
	put_source(b, "nw", &d->newest);
	wire_pack_text(b, "na");
	wire_pack_array(b, 2);
	wire_pack_uint(b, d->newest_array->stride_bytes);
	wire_pack_uint(b, d->newest_array->dims[0]);
	if (!d->newest_array->dynamic) return;
	pc_source count = d->newest_array->dynamic->count;
	count.up += d->newest.up;
	put_source(b, "nc", &count);
}

static void put_columns(wire_buf *b, const pc_dynamic *d)
{
	static const char *const keys[PC_COLUMN_KEY_COUNT] = {
#define PC_X(id, name) [id] = name,
	        PC_COLUMN_TABLE(PC_X)
#undef PC_X
	};
	uint32_t count = 0;
	if (!d->columns.field) return;
	for (uint32_t i = 0; i < PC_COLUMN_KEY_COUNT; i++) count += d->column[i] != NULL;
	wire_pack_text(b, "co");
	wire_pack_map(b, count + 3);
	uint_pair(b, "up", d->columns.up);
	wire_pack_text(b, "table");
	wire_pack_text(b, d->columns.field->name);
	for (uint32_t i = 0; i < PC_COLUMN_KEY_COUNT; i++) {
		pc_source source = {.field = d->column[i], .offset = d->column_offset[i]};
		put_source(b, keys[i], &source);
	}
	wire_pack_text(b, "codes");
	wire_pack_array(b, d->code_count);
	for (uint32_t i = 0; i < d->code_count; i++) {
		wire_pack_array(b, 2);
		wire_pack_int(b, d->codes[i].value);
		wire_pack_text(b, d->codes[i].text);
	}
}

static uint32_t dynamic_pairs(const pc_dynamic *d)
{
	const pc_source *const single[] = {&d->at, &d->stride, &d->count, &d->length, &d->columns};
	uint32_t pairs = d->when.field ? 3 : 0;
	for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) pairs += single[i]->field != NULL;
	if (!d->newest.field) return pairs;
	return pairs + 2 + (d->newest_array->dynamic && d->newest_array->dynamic->count.field ? 1u : 0u);
}

static void put_dynamic(wire_buf *b, const pc_dynamic *d)
{
	if (!d) return;
	wire_pack_text(b, "dy");
	wire_pack_map(b, dynamic_pairs(d));
	put_source(b, "at", &d->at);
	put_source(b, "st", &d->stride);
	put_source(b, "ct", &d->count);
	put_source(b, "ln", &d->length);
	put_newest(b, d);
	put_when(b, d);
	put_columns(b, d);
}

/* ---- fields ---- */

/* The text of a plain char is UTF-8. */
static bool tells_encoding(const pc_field *f)
{
	return f->encoding && (f->type != PC_TYPE_CHAR || f->encoding != PC_ENCODING_UTF8);
}

static uint32_t more_pairs(const pc_field *f)
{
	const bool given[] = {f->scale < 1 || f->scale > 1,
	                      f->bit_count != 0,
	                      f->flag_count != 0,
	                      tells_encoding(f),
	                      has_text(f->format),
	                      has_text(f->type_name),
	                      has_text(f->overlay),
	                      f->role != PC_ROLE_NONE,
	                      f->floating_count != 0,
	                      f->dynamic != NULL,
	                      f->fields && f->type != PC_TYPE_STRUCT};
	uint32_t pairs = 0;
	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) pairs += given[i];
	return pairs;
}

static uint32_t pair_count(const pc_field *f)
{
	return 4u + (f->dim_count ? 2u : 0u) + (f->text_units ? 1u : 0u) + has_text(f->unit) + has_text(f->title) +
	       has_text(f->doc) + (f->has_min ? 1u : 0u) + (f->has_max ? 1u : 0u) + (f->label_count ? 1u : 0u) +
	       (f->fields ? 1u : 0u) + more_pairs(f);
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

static void put_labels(wire_buf *b, const char *key, const pc_label *labels, uint32_t count)
{
	if (!count) return;
	wire_pack_text(b, key);
	wire_pack_array(b, count);
	for (uint32_t i = 0; i < count; i++) {
		wire_pack_array(b, 2);
		wire_pack_int(b, labels[i].value);
		wire_pack_text(b, labels[i].text);
	}
}

static void put_more(wire_buf *b, const pc_field *f)
{
	if (f->scale < 1 || f->scale > 1) {
		wire_pack_text(b, "sc");
		wire_pack_f64(b, f->scale);
	}
	if (f->bit_count) {
		wire_pack_text(b, "bi");
		wire_pack_array(b, 2);
		wire_pack_uint(b, f->bit_first);
		wire_pack_uint(b, f->bit_count);
	}
	put_labels(b, "fl", f->flags, f->flag_count);
	if (tells_encoding(f)) text_pair(b, "e", pc_encoding_name(f->encoding));
	text_pair(b, "fmt", f->format);
	text_pair(b, "ty", f->type_name);
	text_pair(b, "ov", f->overlay);
	text_pair(b, "ro", pc_role_name(f->role));
	put_dynamic(b, f->dynamic);
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
	put_labels(b, "en", f->labels, f->label_count);
	put_more(b, f);
	if (!f->fields) return;
	if (f->type != PC_TYPE_STRUCT) uint_pair(b, "sb", pc_field_struct_bytes(f));
	wire_pack_text(b, "f");
	put_fields(b, f->fields, f->field_count);
	if (!f->floating_count) return;
	wire_pack_text(b, "fx");
	put_fields(b, f->fields + f->field_count, f->floating_count);
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
	uint32_t floating = pc_layout_floating(layout);
	wire_pack_map(b, floating ? 5 : 4);
	uint_pair(b, "size", pc_layout_bytes(layout));
	uint_pair(b, "align", pc_layout_align(layout));
	wire_pack_text(b, "text");
	wire_pack_str(b, text, text_bytes);
	wire_pack_text(b, "fields");
	put_fields(b, fields, count);
	if (!floating) return;
	wire_pack_text(b, "fx");
	put_fields(b, fields + count, floating);
}
