/* value.c - see value.h: one element, arrays, and the walk. The JSON shape is in value_json.c. */
#include "value.h"

#include "base/num.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- one element --------------------------------------------------------------------------------------- */

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

static void add_flags(pc_strbuf *b, const pc_field *field, const pc_value *v)
{
	char names[512];
	(void)pc_flags_text(field, v->kind == PC_VALUE_UINT ? v->as.u : (uint64_t)v->as.i, names, sizeof names);
	cli_escape_z(b, names);
}

static bool is_number(const pc_value *v)
{
	return (v->kind == PC_VALUE_INT && !v->label) || v->kind == PC_VALUE_UINT || v->kind == PC_VALUE_REAL;
}

/* Twelve digits: 3 * 0.1 is meant to be 0.3. */
static void add_scaled(pc_strbuf *b, const pc_field *field, const pc_value *v)
{
	double n = v->kind == PC_VALUE_INT ? (double)v->as.i : v->kind == PC_VALUE_UINT ? (double)v->as.u : v->as.r;
	pc_strbuf_printf(b, "%.12g", n * field->scale);
}

static void add_value(pc_strbuf *b, const pc_field *field, const pc_value *v)
{
	switch (v->kind) {
	case PC_VALUE_BOOL: pc_strbuf_puts(b, v->as.i ? "true" : "false"); break;
	case PC_VALUE_INT:
		if (v->label)
			cli_escape_z(b, v->label);
		else
			pc_strbuf_printf(b, "%" PRId64, v->as.i);
		break;
	case PC_VALUE_UINT: pc_strbuf_printf(b, "%" PRIu64, v->as.u); break;
	case PC_VALUE_REAL: add_real(b, field, v->as.r); break;
	case PC_VALUE_TEXT: cli_escape(b, v->text, v->bytes_count); break;
	case PC_VALUE_BLOB: add_hex(b, v->bytes, v->bytes_count); break;
	}
}

void cli_value_text(pc_strbuf *b, const cli_part *part, uint64_t i, enum cli_form form)
{
	const pc_field *field = cli_part_field(part);
	size_t bytes = pc_field_text_bytes(field);
	char *buffer = pc_field_is_text(field) ? malloc(bytes) : NULL;
	pc_value v;
	if (pc_value_get_used(field, cli_part_element(part, i), part->at.place.units, buffer, buffer ? bytes : 0, &v) !=
	    PC_OK)
		b->failed = true;
	else if (field->flag_count)
		add_flags(b, field, &v);
	else if (form == CLI_SHOWN && field->scale != 1 && is_number(&v))
		add_scaled(b, field, &v);
	else
		add_value(b, field, &v);
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

uint64_t cli_part_step(const cli_part *part)
{
	return below(cli_part_field(part), part->at.dims_given);
}

void cli_index_text(pc_strbuf *b, const cli_part *part, uint64_t i)
{
	const pc_field *field = cli_part_field(part);
	for (uint32_t dim = part->at.dims_given; dim < field->dim_count; dim++)
		pc_strbuf_printf(b, "[%" PRIu64 "]", i / below(field, dim) % field->dims[dim]);
}

struct listing {
	pc_strbuf *text;
	const cli_part *part;
	uint64_t left; /* elements that are still printed */
	enum cli_form form;
};

static void array_text(struct listing *l, uint32_t dim, uint64_t first)
{
	const pc_field *field = cli_part_field(l->part);
	uint64_t step = below(field, dim);
	uint32_t count = dim == l->part->at.dims_given ? l->part->at.place.dim0 : field->dims[dim];
	pc_strbuf_puts(l->text, "[");
	for (uint32_t i = 0; i < count; i++) {
		pc_strbuf_puts(l->text, i ? ", " : "");
		if (!l->left) {
			pc_strbuf_printf(l->text, "... %" PRIu64 " more", (count - i) * step);
			break;
		}
		if (dim + 1 < field->dim_count) {
			array_text(l, dim + 1, first + i * step);
		} else {
			cli_value_text(l->text, l->part, first + i, l->form);
			l->left--;
		}
	}
	pc_strbuf_puts(l->text, "]");
}

void cli_part_text(pc_strbuf *b, const cli_part *part, uint64_t limit, enum cli_form form)
{
	struct listing l = {b, part, limit ? limit : UINT64_MAX, form};
	if (part->at.dims_given < cli_part_field(part)->dim_count)
		array_text(&l, part->at.dims_given, 0);
	else
		cli_value_text(b, part, 0, form);
}

/* ---- the walk ------------------------------------------------------------------------------------------ */

bool cli_is_zero(const void *bytes, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (((const char *)bytes)[i]) return false;
	return true;
}

static bool has_columns(const pc_field *field)
{
	return field->dynamic && field->dynamic->columns.field;
}

bool cli_part_is_nested(const cli_part *part)
{
	return cli_part_field(part)->fields || has_columns(cli_part_field(part));
}

/* "prefix.name", freed by the caller; NULL without memory. */
static char *join(const char *prefix, const char *name)
{
	pc_strbuf path = {0};
	pc_strbuf_printf(&path, "%s%s%s", prefix, *prefix ? "." : "", name);
	return pc_strbuf_take(&path, NULL);
}

static bool walk_scope(cli_walk *walk, const pc_scope *scope, const char *prefix, uint32_t *ret_found)
{
	bool more = true;
	*ret_found = 0;
	for (uint32_t i = 0; more && i < pc_scope_count(scope); i++) {
		cli_part part = {.at.scope = *scope};
		if (pc_scope_locate(scope, &scope->fields[i], &part.at.place) != PC_OK) continue;
		char *path = join(prefix, scope->fields[i].name);
		if (!path) return false;
		part.path = path;
		more = cli_walk_part(walk, &part);
		free(path);
		++*ret_found;
	}
	return more;
}

/* Each column as a field of its own. */
static bool walk_columns(cli_walk *walk, const cli_part *row)
{
	const pc_scope *scope = &row->at.scope;
	uint32_t count = pc_scope_columns(scope, cli_part_field(row));
	bool more = true;
	for (uint32_t i = 0; more && i < count; i++) {
		pc_column column;
		if (pc_scope_column(scope, &row->at.place, i, &column) != PC_OK) continue;
		const pc_field *f = &column.field;
		char *path = join(row->path, f->name);
		if (!path) return false;
		cli_part part = {.path = path,
		                 .at = {.scope = *scope,
		                        .place = {.field = f,
		                                  .offset = f->offset,
		                                  .stride_bytes = f->stride_bytes,
		                                  .element_bytes = f->element_bytes,
		                                  .count = f->count,
		                                  .dim0 = f->dim_count ? f->dims[0] : 1,
		                                  .units = f->text_units}}};
		more = walk->fn(walk->arg, &part);
		free(path);
	}
	return more;
}

/* Bytes with fields: those of the fields that are there; the bare bytes where none is. */
static bool walk_bytes(cli_walk *walk, const cli_part *part)
{
	pc_scope inner;
	uint32_t found;
	pc_scope_enter(&part->at.scope, &part->at.place, 0, &inner);
	return walk_scope(walk, &inner, part->path, &found) && (found || walk->fn(walk->arg, part));
}

bool cli_walk_part(cli_walk *walk, const cli_part *part)
{
	const pc_field *field = cli_part_field(part);
	bool is_array = part->at.dims_given < field->dim_count, more = true;
	if (has_columns(field)) return walk_columns(walk, part);
	if (!field->fields) return walk->fn(walk->arg, part);
	if (field->type != PC_TYPE_STRUCT) return walk_bytes(walk, part);
	for (uint64_t i = 0; more && i < part->at.place.count; i++) {
		pc_strbuf path = {0};
		pc_scope inner;
		uint32_t found;
		if (is_array && walk->skips_zeroes &&
		    cli_is_zero(cli_part_element(part, i), part->at.place.element_bytes)) {
			walk->skipped++;
			continue;
		}
		pc_strbuf_puts(&path, part->path);
		cli_index_text(&path, part, i);
		char *text = pc_strbuf_take(&path, NULL);
		if (!text) return false;
		pc_scope_enter(&part->at.scope, &part->at.place, i, &inner);
		more = walk_scope(walk, &inner, text, &found);
		free(text);
	}
	return more;
}

bool cli_walk_payload(cli_walk *walk, const cli_payload *payload)
{
	pc_scope top;
	uint32_t found;
	if (!payload->layout) return true;
	pc_scope_top(payload->layout, payload->bytes, payload->count, &top);
	return walk_scope(walk, &top, "", &found);
}
