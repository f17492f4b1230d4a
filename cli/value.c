/* value.c - see value.h. */
#include "value.h"

#include "base/num.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

cli_part cli_part_of(const cli_payload *payload, const char *path, const pc_ref *ref)
{
	return (cli_part){.path = path,
	                  .field = ref->field,
	                  .first = payload->bytes + ref->offset,
	                  .dims_given = ref->dims_given,
	                  .count = ref->count};
}

/* ---- one element --------------------------------------------------------------------------------------- */

/* Decode; texts get a buffer, which the caller frees. */
static bool decode(const pc_field *field, const char *element, pc_value *ret, char **ret_buffer)
{
	size_t bytes = pc_field_text_bytes(field);
	*ret_buffer = NULL;
	if (pc_field_is_text(field) && !(*ret_buffer = malloc(bytes))) return false;
	return pc_value_get(field, element, *ret_buffer, bytes, ret) == PC_OK;
}

static void add_hex(pc_strbuf *b, const void *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) pc_strbuf_printf(b, "%02x", ((const unsigned char *)bytes)[i]);
}

static void add_real(pc_strbuf *b, const pc_field *field, double real)
{
	char text[PC_NUM_TEXT_MAX];
	pc_strbuf_add(b, text,
	              field->type == PC_TYPE_F32 ? pc_num_format_f32((float)real, text)
	                                         : pc_num_format_f64(real, text));
}

void cli_value_text(pc_strbuf *b, const pc_field *field, const char *element)
{
	pc_value v;
	char *buffer;
	if (!decode(field, element, &v, &buffer)) {
		b->failed = true;
		free(buffer);
		return;
	}
	if (field->flag_count) {
		char names[512];
		(void)pc_flags_text(field, v.kind == PC_VALUE_UINT ? v.as.u : (uint64_t)v.as.i, names, sizeof names);
		cli_escape_z(b, names);
		return;
	}
	switch (v.kind) {
	case PC_VALUE_BOOL: pc_strbuf_puts(b, v.as.i ? "true" : "false"); break;
	case PC_VALUE_INT:
		if (v.label)
			cli_escape_z(b, v.label);
		else
			pc_strbuf_printf(b, "%" PRId64, v.as.i);
		break;
	case PC_VALUE_UINT: pc_strbuf_printf(b, "%" PRIu64, v.as.u); break;
	case PC_VALUE_REAL: add_real(b, field, v.as.r); break;
	case PC_VALUE_TEXT: cli_escape(b, v.text, v.bytes_count); break;
	case PC_VALUE_BLOB: add_hex(b, v.bytes, v.bytes_count); break;
	}
	free(buffer);
}

static void value_json(cli_json *j, const pc_field *field, const char *element)
{
	pc_value v;
	char *buffer;
	if (!decode(field, element, &v, &buffer)) {
		j->text.failed = true;
		free(buffer);
		return;
	}
	switch (v.kind) {
	case PC_VALUE_BOOL: cli_json_bool(j, v.as.i != 0); break;
	case PC_VALUE_INT:
		if (v.label)
			cli_json_z(j, v.label);
		else
			cli_json_i64(j, v.as.i);
		break;
	case PC_VALUE_UINT: cli_json_u64(j, v.as.u); break;
	case PC_VALUE_REAL:
		if (field->type == PC_TYPE_F32)
			cli_json_f32(j, (float)v.as.r);
		else
			cli_json_f64(j, v.as.r);
		break;
	case PC_VALUE_TEXT: cli_json_text(j, v.text, v.bytes_count); break;
	case PC_VALUE_BLOB: cli_json_hex(j, v.bytes, v.bytes_count); break;
	}
	free(buffer);
}

/* ---- arrays -------------------------------------------------------------------------------------------- */

/* Elements that one step of dimension `dim` covers. */
static uint64_t below(const pc_field *field, uint32_t dim)
{
	uint64_t elements = 1;
	while (++dim < field->dim_count) elements *= field->dims[dim];
	return elements;
}

void cli_index_text(pc_strbuf *b, const pc_field *field, uint32_t dims_given, uint64_t i)
{
	for (uint32_t dim = dims_given; dim < field->dim_count; dim++)
		pc_strbuf_printf(b, "[%" PRIu64 "]", i / below(field, dim) % field->dims[dim]);
}

static void array_text(pc_strbuf *b, const pc_field *field, uint32_t dim, const char *at, uint64_t *left)
{
	uint64_t step = below(field, dim);
	pc_strbuf_puts(b, "[");
	for (uint32_t i = 0; i < field->dims[dim]; i++, at += step * field->stride_bytes) {
		pc_strbuf_puts(b, i ? ", " : "");
		if (!*left) {
			pc_strbuf_printf(b, "... %" PRIu64 " more", (field->dims[dim] - i) * step);
			break;
		}
		if (dim + 1 < field->dim_count) {
			array_text(b, field, dim + 1, at, left);
		} else {
			cli_value_text(b, field, at);
			--*left;
		}
	}
	pc_strbuf_puts(b, "]");
}

void cli_part_text(pc_strbuf *b, const cli_part *part, uint64_t limit)
{
	uint64_t left = limit ? limit : UINT64_MAX;
	if (part->dims_given < part->field->dim_count)
		array_text(b, part->field, part->dims_given, part->first, &left);
	else
		cli_value_text(b, part->field, part->first);
}

static void element_json(cli_json *j, const pc_field *field, const char *at);

static void array_json(cli_json *j, const pc_field *field, uint32_t dim, const char *at)
{
	uint64_t step = below(field, dim);
	if (dim == field->dim_count) {
		element_json(j, field, at);
		return;
	}
	cli_json_open(j, '[');
	for (uint32_t i = 0; i < field->dims[dim]; i++)
		array_json(j, field, dim + 1, at + i * step * field->stride_bytes);
	cli_json_close(j, ']');
}

static void fields_json(cli_json *j, const pc_field *fields, uint32_t count, const char *base)
{
	cli_json_open(j, '{');
	for (uint32_t i = 0; i < count; i++) {
		cli_json_key(j, fields[i].name);
		array_json(j, &fields[i], 0, base + fields[i].offset);
	}
	cli_json_close(j, '}');
}

static void element_json(cli_json *j, const pc_field *field, const char *at)
{
	if (field->type == PC_TYPE_STRUCT)
		fields_json(j, field->fields, field->field_count, at);
	else
		value_json(j, field, at);
}

void cli_part_json(cli_json *j, const cli_part *part)
{
	array_json(j, part->field, part->dims_given, part->first);
}

void cli_payload_json(cli_json *j, const cli_payload *payload)
{
	uint32_t count;
	if (payload->layout) {
		const pc_field *fields = pc_layout_fields(payload->layout, &count);
		fields_json(j, fields, count, payload->bytes);
		return;
	}
	cli_json_open(j, '{');
	cli_json_key(j, "");
	cli_json_hex(j, payload->bytes, (size_t)payload->count);
	cli_json_close(j, '}');
}

/* ---- the walk ------------------------------------------------------------------------------------------ */

bool cli_is_zero(const char *bytes, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (bytes[i]) return false;
	return true;
}

static bool walk_fields(cli_walk *walk, const pc_field *fields, uint32_t count, const char *base, const char *prefix)
{
	bool more = true;
	for (uint32_t i = 0; more && i < count; i++) {
		pc_strbuf path = {0};
		pc_strbuf_printf(&path, "%s%s%s", prefix, *prefix ? "." : "", fields[i].name);
		char *text = pc_strbuf_take(&path, NULL);
		if (!text) return false;
		cli_part part = {
		        .path = text, .field = &fields[i], .first = base + fields[i].offset, .count = fields[i].count};
		more = cli_walk_part(walk, &part);
		free(text);
	}
	return more;
}

bool cli_walk_part(cli_walk *walk, const cli_part *part)
{
	const pc_field *field = part->field;
	bool is_array = part->dims_given < field->dim_count, more = true;
	if (field->type != PC_TYPE_STRUCT) return walk->fn(walk->arg, part);
	for (uint64_t i = 0; more && i < part->count; i++) {
		const char *element = part->first + i * field->stride_bytes;
		pc_strbuf path = {0};
		if (is_array && walk->skips_zeroes && cli_is_zero(element, field->element_bytes)) {
			walk->skipped++;
			continue;
		}
		pc_strbuf_puts(&path, part->path);
		cli_index_text(&path, field, part->dims_given, i);
		char *text = pc_strbuf_take(&path, NULL);
		if (!text) return false;
		more = walk_fields(walk, field->fields, field->field_count, element, text);
		free(text);
	}
	return more;
}

bool cli_walk_payload(cli_walk *walk, const cli_payload *payload)
{
	uint32_t count;
	if (!payload->layout) return true;
	const pc_field *fields = pc_layout_fields(payload->layout, &count);
	return walk_fields(walk, fields, count, payload->bytes, "");
}
