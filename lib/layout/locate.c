/* layout/locate.c - where fields lie in a payload whose bytes say so. Everything read here is hostile: an offset, a stride
 * or a count is compared with what is there before it is used, and sums cannot overflow: places stay below
 * payload_bytes, factors below PC_LAYOUT_BYTES_MAX. */
#include "layout/bits.h"
#include "layout/layout.h"
#include "layout/types.h"

#include <string.h>

void pc_scope_top(const pc_layout *layout, const void *payload, uint64_t payload_bytes, pc_scope *ret_scope)
{
	*ret_scope = (pc_scope){.payload = payload,
	                        .payload_bytes = payload_bytes,
	                        .fields = layout->fields,
	                        .field_count = layout->field_count,
	                        .floating_count = layout->floating_count,
	                        .end = payload_bytes};
}

/* ---- numbers of the map ---- */

/* A number as it is meant: never negative ones for places and counts, which are 0 then. */
static bool read_number(const pc_scope *s, const pc_field *f, uint64_t at, int64_t *ret)
{
	pc_value v;
	if (at > s->payload_bytes || f->element_bytes > s->payload_bytes - at) return false;
	if (pc_value_get_used(f, s->payload + at, 0, NULL, 0, &v) != PC_OK) return false;
	*ret = v.kind == PC_VALUE_UINT && v.as.u > INT64_MAX ? INT64_MAX : v.as.i;
	return v.kind != PC_VALUE_REAL && v.kind != PC_VALUE_BLOB;
}

static uint64_t place_of(const pc_scope *s, const pc_source *source)
{
	return s->base[s->depth - source->up] + source->offset; /* up <= depth: both from one layout */
}

/* False if the source is not there, negative, or (as a bool) no number. */
static bool read_source(const pc_scope *s, const pc_source *source, uint64_t *ret)
{
	int64_t n;
	if (!read_number(s, source->field, place_of(s, source), &n) || n < 0) return false;
	*ret = (uint64_t)n;
	return true;
}

/* ---- variants ---- */

static bool text_is(const pc_scope *s, const pc_field *f, uint64_t at, const pc_case *c)
{
	char text[1024];
	pc_value v;
	uint32_t units = f->text_units < 200 ? f->text_units : 200;
	if (at > s->payload_bytes || f->element_bytes > s->payload_bytes - at) return false;
	if (pc_value_get_used(f, s->payload + at, units, text, sizeof text, &v) != PC_OK) return false;
	size_t bytes = strlen(c->text);
	return v.bytes_count >= bytes && !memcmp(v.text, c->text, bytes) && (c->is_prefix || v.bytes_count == bytes);
}

static bool is_selected(const pc_scope *s, const pc_dynamic *d)
{
	uint64_t at = place_of(s, &d->when);
	int64_t n = 0;
	bool is_text = pc_field_is_text(d->when.field), found = false;
	if (!is_text && !read_number(s, d->when.field, at, &n)) return false;
	for (uint32_t i = 0; !found && i < d->case_count; i++)
		found = is_text ? text_is(s, d->when.field, at, &d->cases[i])
		                : n >= d->cases[i].low && n <= d->cases[i].high;
	return found != (d->when_not != 0);
}

/* ---- places ---- */

/* Byte distance of the element of newest_array in which `newest` is largest. */
static bool find_newest(const pc_scope *s, const pc_dynamic *d, uint64_t *ret)
{
	const pc_field *array = d->newest_array;
	uint64_t count = array->dims[0], used, best = 0;
	int64_t best_n = 0;
	if (array->dynamic && array->dynamic->count.field) {
		/* the array stands in the scope that the path started in, or in structs inside of it without a count */
		pc_source c = array->dynamic->count;
		c.up += d->newest.up;
		if (c.up <= s->depth && read_source(s, &c, &used) && used < count) count = used;
	}
	for (uint64_t i = 0; i < count; i++) {
		int64_t n;
		if (!read_number(s, d->newest.field, place_of(s, &d->newest) + i * array->stride_bytes, &n)) break;
		if (i && n <= best_n) continue;
		best_n = n;
		best = i;
	}
	*ret = best * array->stride_bytes;
	return count != 0;
}

/* Start, and where the bytes end that the field may use. */
static bool find_start(const pc_scope *s, const pc_field *f, pc_place *place, uint64_t *ret_end)
{
	const pc_dynamic *d = f->dynamic;
	uint64_t rotated = 0;
	int64_t at;
	if (!d || !d->at.field) {
		place->offset = s->base[s->depth] + f->offset;
		*ret_end = s->end;
		return place->offset < s->end;
	}
	*ret_end = s->payload_bytes;
	if (d->newest_array && !find_newest(s, d, &rotated)) return false;
	if (!read_number(s, d->at.field, place_of(s, &d->at) + rotated, &at) || at < 0) return false;
	place->offset = (uint64_t)at;
	return place->offset < s->payload_bytes;
}

/* How many elements of `f` before offset + room. */
static uint64_t count_fitting(const pc_place *place, uint64_t room)
{
	if (room < place->element_bytes) return 0;
	return (room - place->element_bytes) / place->stride_bytes + 1;
}

static pc_status locate_array(const pc_scope *s, const pc_field *f, pc_place *place, uint64_t room)
{
	const pc_dynamic *d = f->dynamic;
	uint64_t rows = f->dims[0], inner = f->count / f->dims[0], said;
	if (d && d->stride.field) {
		if (!read_source(s, &d->stride, &said) || !said) said = 0;
		if (said > PC_LAYOUT_BYTES_MAX) said = PC_LAYOUT_BYTES_MAX;
		if (!said) rows = 0;
		place->stride_bytes = said ? said : 1;
		/* rows of an older writer; values are there whole or not at all */
		if (said < place->element_bytes && f->type == PC_TYPE_STRUCT) place->element_bytes = said;
	}
	if (d && d->count.field) {
		if (!read_source(s, &d->count, &said)) said = 0;
		place->is_cut |= said > rows;
		if (said < rows) rows = said;
	}
	uint64_t fitting = count_fitting(place, room) / inner;
	if (fitting < rows) {
		place->is_cut = 1;
		rows = fitting;
	}
	place->dim0 = (uint32_t)rows;
	place->count = rows * inner;
	return PC_OK;
}

static pc_status locate_single(const pc_scope *s, const pc_field *f, pc_place *place, uint64_t room)
{
	const pc_dynamic *d = f->dynamic;
	uint64_t said;
	uint32_t unit = f->text_units ? (uint32_t)(f->element_bytes / f->text_units) : 0;
	if (d && d->length.field) {
		if (!read_source(s, &d->length, &said)) said = 0;
		place->is_cut |= said > place->units;
		if (said < place->units) place->units = (uint32_t)said;
	}
	place->count = 1;
	place->dim0 = 1;
	if (place->element_bytes <= room) return PC_OK;
	/* It does not fit whole: texts, blobs and structs are there as far as they are. */
	if (unit && room / unit < place->units) {
		place->units = (uint32_t)(room / unit);
		place->is_cut = 1;
	}
	place->element_bytes = unit ? (uint64_t)place->units * unit : room;
	return f->type == PC_TYPE_STRUCT || place->units ? PC_OK : PC_EABSENT;
}

pc_status pc_scope_locate(const pc_scope *scope, const pc_field *field, pc_place *ret_place)
{
	uint64_t end = 0;
	*ret_place = (pc_place){.field = field,
	                        .stride_bytes = field->stride_bytes,
	                        .element_bytes = field->element_bytes,
	                        .units = field->text_units};
	if (field->dynamic && field->dynamic->when.field && !is_selected(scope, field->dynamic)) return PC_EABSENT;
	if (!find_start(scope, field, ret_place, &end)) return PC_EABSENT;
	uint64_t room = end - ret_place->offset;
	return field->dim_count ? locate_array(scope, field, ret_place, room)
	                        : locate_single(scope, field, ret_place, room);
}

void pc_scope_enter(const pc_scope *scope, const pc_place *place, uint64_t index, pc_scope *ret_inner)
{
	const pc_field *f = place->field;
	uint64_t start = place->offset + index * place->stride_bytes, bytes = place->element_bytes;
	if (f->type != PC_TYPE_STRUCT && bytes > place->units) bytes = place->units; /* u8[N]: what is in use */
	if (ret_inner != scope) *ret_inner = *scope;
	ret_inner->fields = f->fields;
	ret_inner->field_count = f->field_count;
	ret_inner->floating_count = f->floating_count;
	ret_inner->base[++ret_inner->depth] = start;
	ret_inner->end = start + bytes;
}

/* ---- columns ---- */

/* The scope that holds the table, and the table's place in it. */
static bool find_table(const pc_scope *scope, const pc_dynamic *d, pc_place *ret)
{
	pc_scope outer = *scope;
	outer.depth -= d->columns.up;
	outer.end = d->columns.up ? scope->payload_bytes : scope->end;
	return pc_scope_locate(&outer, d->columns.field, ret) == PC_OK;
}

uint32_t pc_scope_columns(const pc_scope *scope, const pc_field *field)
{
	pc_place table;
	if (!field->dynamic || !field->dynamic->columns.field || !find_table(scope, field->dynamic, &table)) return 0;
	return table.dim0;
}

/* An integer of row `at` of the table, of which `bytes` are there. */
static bool column_number(const pc_scope *s, const pc_dynamic *d, enum pc_column_key key, const pc_place *table,
                          uint64_t at, int64_t *ret)
{
	const pc_field *f = d->column[key];
	return d->column_offset[key] + f->element_bytes <= table->element_bytes &&
	       read_number(s, f, at + d->column_offset[key], ret);
}

static bool column_text(const pc_scope *s, const pc_dynamic *d, enum pc_column_key key, const pc_place *table,
                        uint64_t at, char dst[PC_COLUMN_TEXT_MAX])
{
	char text[4 * PC_COLUMN_TEXT_MAX];
	const pc_field *f = d->column[key];
	pc_value v;
	dst[0] = '\0';
	if (!f || d->column_offset[key] + f->element_bytes > table->element_bytes) return false;
	if (pc_value_get(f, s->payload + at + d->column_offset[key], text, sizeof text, &v) != PC_OK) return false;
	size_t bytes = v.bytes_count < PC_COLUMN_TEXT_MAX ? v.bytes_count : PC_COLUMN_TEXT_MAX - 1;
	while (bytes < v.bytes_count && ((unsigned char)v.text[bytes] & 0xC0) == 0x80) bytes--;
	memcpy(dst, v.text, bytes);
	dst[bytes] = '\0';
	return bytes != 0;
}

static pc_type type_of_code(const pc_dynamic *d, int64_t code)
{
	for (uint32_t i = 0; i < d->code_count; i++)
		if (d->codes[i].value == code) return pc_type_of_name(d->codes[i].text, strlen(d->codes[i].text));
	return PC_TYPE_COUNT;
}

/* Several char are one text, several of another type an array. */
static void shape_column(pc_field *f, uint32_t count)
{
	f->element_bytes = pc_type_bytes(f->type);
	f->count = 1;
	f->scale = 1;
	if (pc_type_kind(f->type) == PC_KIND_TEXT) {
		f->text_units = count;
		f->element_bytes *= count;
		f->encoding = f->type == PC_TYPE_CHAR ? PC_ENCODING_UTF8 : PC_ENCODING_NONE;
	} else if (count > 1) {
		f->count = f->dims[0] = count;
		f->dim_count = 1;
	}
	f->stride_bytes = f->element_bytes;
}

pc_status pc_scope_column(const pc_scope *scope, const pc_place *place, uint32_t index, pc_column *ret_column)
{
	const pc_dynamic *d = place->field->dynamic;
	pc_place table;
	int64_t code, offset, count = 1;
	if (!d || !d->columns.field || !find_table(scope, d, &table) || index >= table.dim0) return PC_EABSENT;
	uint64_t at = table.offset + index * table.stride_bytes;
	memset(&ret_column->field, 0, sizeof ret_column->field);
	if (!column_text(scope, d, PC_COLUMN_NAME, &table, at, ret_column->name)) return PC_EABSENT;
	(void)column_text(scope, d, PC_COLUMN_UNIT, &table, at, ret_column->unit);
	(void)column_text(scope, d, PC_COLUMN_DOC, &table, at, ret_column->doc);
	if (!column_number(scope, d, PC_COLUMN_TYPE, &table, at, &code) ||
	    !column_number(scope, d, PC_COLUMN_OFFSET, &table, at, &offset) || offset < 0)
		return PC_EABSENT;
	if (d->column[PC_COLUMN_COUNT] && !column_number(scope, d, PC_COLUMN_COUNT, &table, at, &count))
		return PC_EABSENT;
	pc_field *f = &ret_column->field;
	f->type = type_of_code(d, code);
	if (f->type == PC_TYPE_COUNT || count < 1 || count > place->units) return PC_EABSENT;
	shape_column(f, (uint32_t)count);
	if ((uint64_t)offset > place->units || f->element_bytes * f->count > place->units - (uint64_t)offset)
		return PC_EABSENT;
	f->offset = place->offset + (uint64_t)offset;
	f->name = ret_column->name;
	f->unit = ret_column->unit;
	f->doc = ret_column->doc;
	f->title = f->format = f->type_name = f->overlay = "";
	return PC_OK;
}
