/* layout/tsv_read.c - see tsv_read.h. Columns are found by their headings; rows become a tree by their paths. */
#include "layout/tsv_read.h"

#include "base/cursor.h"
#include "base/err.h"
#include "base/num.h"
#include "layout/tree.h"

#include <string.h>

enum { FIELD, TYPE, COUNT, OFFSET, SIZE, ELEM_SIZE, COLUMNS };
static const char *const headings[COLUMNS] = {"field", "type", "count", "offset", "size", "elem_size"};
#define CELLS_MAX 32

struct reading {
	pc_cursor c;
	pc_arena arena;
	pc_err *err;
	unsigned line;
	int column[COLUMNS]; /* which cell it is, -1: not in this table */
	ly_item root;
	uint32_t rows;
	bool has_total;
};

struct row {
	pc_span cell[COLUMNS];
	uint64_t offset, size, unit;
	uint32_t dims[LY_DIMS_MAX], dim_count;
};

static pc_status fail(const struct reading *r, const char *format, pc_span what)
{
	char text[160];
	(void)snprintf(text, sizeof text, format, (int)(what.bytes > 60 ? 60 : what.bytes), what.at);
	return pc_err_set(r->err, PC_EINVAL, "%u: %s", r->line, text);
}

/* ---- lines and cells ---- */

static bool is_of_line(int byte)
{
	return byte != '\n' && byte != '\r';
}

static bool is_of_cell(int byte)
{
	return byte != '\t';
}

static bool next_line(struct reading *r, pc_span *ret)
{
	if (!pc_cursor_left(&r->c)) return false;
	*ret = pc_cursor_span(&r->c, is_of_line);
	(void)pc_cursor_accept(&r->c, '\r');
	(void)pc_cursor_accept(&r->c, '\n');
	r->line++;
	return true;
}

static int split(pc_span line, pc_span cells[CELLS_MAX])
{
	pc_cursor c = pc_cursor_of(line.at, line.bytes);
	int count = 0;
	do cells[count++] = pc_cursor_span(&c, is_of_cell);
	while (count < CELLS_MAX && pc_cursor_accept(&c, '\t'));
	return count;
}

static pc_status read_headings(struct reading *r)
{
	pc_span line, cells[CELLS_MAX];
	if (!next_line(r, &line)) return pc_err_set(r->err, PC_EINVAL, "1: expected a table, found nothing");
	int count = split(line, cells);
	for (int i = 0; i < COLUMNS; i++) {
		int at = 0;
		while (at < count && !pc_span_is(cells[at], headings[i])) at++;
		r->column[i] = at < count ? at : -1;
		if (at == count && (i == FIELD || i == TYPE || i == OFFSET))
			return pc_err_set(
			        r->err, PC_EINVAL,
			        "1: expected the headings field, type, count, offset, size, elem_size with tabs "
			        "between them; there is no '%s'",
			        headings[i]);
	}
	return PC_OK;
}

static pc_status read_number(const struct reading *r, pc_span cell, uint64_t *ret)
{
	pc_int n;
	if (!cell.bytes) return PC_OK;
	if (pc_num_parse_int(cell.at, cell.bytes, &n) != PC_NUM_OK || n.negative || n.magnitude > PC_LAYOUT_BYTES_MAX)
		return fail(r, "expected a number of bytes, found '%.*s'", cell);
	*ret = n.magnitude;
	return PC_OK;
}

/* "2x3" */
static pc_status read_count(const struct reading *r, struct row *row)
{
	pc_span cell = row->cell[COUNT];
	for (size_t at = 0; at < cell.bytes;) {
		size_t bytes = 0;
		pc_int n;
		while (at + bytes < cell.bytes && cell.at[at + bytes] != 'x') bytes++;
		if (row->dim_count == LY_DIMS_MAX || pc_num_parse_int(cell.at + at, bytes, &n) != PC_NUM_OK ||
		    n.negative || !n.magnitude || n.magnitude > UINT32_MAX)
			return fail(r, "expected a count such as 4 or 2x3, found '%.*s'", cell);
		row->dims[row->dim_count++] = (uint32_t)n.magnitude;
		at += bytes + 1;
	}
	return PC_OK;
}

static pc_status read_row(const struct reading *r, pc_span line, struct row *ret)
{
	pc_span cells[CELLS_MAX];
	int count = split(line, cells);
	*ret = (struct row){.unit = 0};
	for (int i = 0; i < COLUMNS; i++) {
		if (r->column[i] < 0) continue;
		if (r->column[i] >= count)
			return fail(r, "there are fewer columns than headings%.*s", (pc_span){"", 0});
		ret->cell[i] = cells[r->column[i]];
	}
	pc_status s = read_number(r, ret->cell[OFFSET], &ret->offset);
	if (s == PC_OK) s = read_number(r, ret->cell[SIZE], &ret->size);
	if (s == PC_OK) s = read_number(r, ret->cell[ELEM_SIZE], &ret->unit);
	return s == PC_OK ? read_count(r, ret) : s;
}

/* ---- types ---- */

static const char *const types[][2] = {{"bool8", "bool"}, {"ptr", "u64"}};

/* The layout's word for it; NULL: there is none. */
static const char *type_of(pc_span word, uint64_t unit)
{
	if (pc_span_is(word, "ptr") && unit == 4) return "u32";
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (pc_span_is(word, types[i][0])) return types[i][1];
	for (int t = 0; t < PC_TYPE_COUNT; t++)
		if (t != PC_TYPE_STRUCT && pc_span_is(word, pc_type_name((pc_type)t))) return pc_type_name((pc_type)t);
	return NULL;
}

static uint64_t bytes_of(const char *type)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} all[] = {
#define PC_X(id, name, bytes) {name, bytes},
	        PC_TYPE_TABLE(PC_X)
#undef PC_X
	};
	size_t i = 0;
	while (strcmp(all[i].name, type)) i++;
	return all[i].bytes;
}

/* "struct NAME[]": NAME, "" for anon. @return false it is no struct */
static bool struct_name(pc_span type, pc_span *ret)
{
	size_t skip = type.bytes > 7 && !memcmp(type.at, "struct ", 7)  ? 7
	              : type.bytes > 6 && !memcmp(type.at, "union ", 6) ? 6
	                                                                : 0;
	pc_span name = {type.at + skip, type.bytes - skip};
	if (!skip)
		return pc_span_is(type, "struct") || pc_span_is(type, "union") ? (*ret = (pc_span){"", 0}, true)
		                                                               : false;
	while (name.bytes > 2 && name.at[name.bytes - 2] == '[' && name.at[name.bytes - 1] == ']') name.bytes -= 2;
	*ret = pc_span_is(name, "anon") ? (pc_span){"", 0} : name;
	return true;
}

/* ---- rows become a tree ---- */

/* One step of a path: its name, without indices. @return false it ends here */
static bool next_step(pc_cursor *c, pc_span *ret)
{
	ret->at = c->at;
	ret->bytes = 0;
	for (int byte; (byte = pc_cursor_peek(c)) >= 0 && byte != '.' && byte != '['; c->at++) ret->bytes++;
	while (pc_cursor_accept(c, '['))
		for (int byte = pc_cursor_take(c); byte >= 0 && byte != ']';) byte = pc_cursor_take(c);
	return pc_cursor_accept(c, '.');
}

/* The struct that the row belongs to, with its absolute offset; its last field of that name is nearly always the newest. */
static pc_status find_parent(struct reading *r, pc_span path, ly_item **ret, uint64_t *ret_offset, pc_span *ret_name)
{
	pc_cursor c = pc_cursor_of(path.at, path.bytes);
	ly_item *at = &r->root;
	uint64_t offset = 0;
	uint32_t depth = 0;
	while (next_step(&c, ret_name)) {
		ly_item *found = NULL;
		if (pc_span_is(*ret_name, "(anon)")) continue;
		if (++depth > PC_LAYOUT_DEPTH_MAX) return fail(r, "'%.*s' is too deep", path);
		if (at->last && pc_span_is(*ret_name, at->last->name)) found = at->last;
		for (ly_item *f = at->first; f && !found; f = f->next)
			if (pc_span_is(*ret_name, f->name)) found = f;
		if (!found || found->type)
			return fail(r, "no row in front of this one says that '%.*s' is a struct", *ret_name);
		at = found;
		offset += found->offset;
	}
	*ret = at;
	*ret_offset = offset;
	return PC_OK;
}

/* Sizes must agree with each other; those that are not there follow from the others. */
static pc_status check_sizes(const struct reading *r, const struct row *row, ly_item *item)
{
	uint64_t count = 1;
	for (uint32_t i = 0; i < row->dim_count; i++) {
		if (count > PC_LAYOUT_BYTES_MAX / row->dims[i]) return fail(r, "'%.*s' is too many", row->cell[COUNT]);
		count *= row->dims[i];
	}
	uint64_t unit = item->type ? bytes_of(item->type) : row->unit ? row->unit : row->size / count;
	if (!unit) return fail(r, "expected size or elem_size of the struct '%.*s'", row->cell[FIELD]);
	if (row->unit && row->unit != unit) return fail(r, "'%.*s' has elements of another size", row->cell[TYPE]);
	if (unit > PC_LAYOUT_BYTES_MAX / count) return fail(r, "'%.*s' is too many", row->cell[COUNT]);
	item->unit_bytes = unit;
	if (!row->size || row->size == unit * count) return PC_OK;
	if (count < 2 || row->size < unit * count || (row->size - unit) % (count - 1))
		return fail(r, "count, size and elem_size of '%.*s' do not fit each other", row->cell[FIELD]);
	item->stride_bytes = (row->size - unit) / (count - 1);
	return PC_OK;
}

static void take_dims(const struct row *row, ly_item *item)
{
	bool is_text = item->type && (!strcmp(item->type, "char") || !strncmp(item->type, "wchar", 5));
	if (row->dim_count == 1 && row->dims[0] == 1 && !is_text &&
	    !memchr(row->cell[TYPE].at, '[', row->cell[TYPE].bytes))
		return; /* a scalar */
	memcpy(item->dims, row->dims, sizeof item->dims);
	item->dim_count = row->dim_count;
}

static pc_status add_row(struct reading *r, const struct row *row)
{
	ly_item *parent = NULL;
	uint64_t base = 0;
	pc_span name, struct_type = {"", 0};
	pc_status s = find_parent(r, row->cell[FIELD], &parent, &base, &name);
	if (s != PC_OK) return s;
	if (!name.bytes) return fail(r, "expected the name of a field, found '%.*s'", row->cell[FIELD]);
	if (row->offset < base) return fail(r, "'%.*s' lies in front of its struct", row->cell[FIELD]);
	if (++r->rows > PC_LAYOUT_FIELDS_MAX) return fail(r, "there are too many rows%.*s", (pc_span){"", 0});
	ly_item *item = ly_item_add(&r->arena, parent);
	char *copy = pc_arena_copy(&r->arena, name.at, name.bytes);
	if (!item || !copy) return PC_ENOMEM;
	item->offset = row->offset - base;
	item->name = copy;
	if (!struct_name(row->cell[TYPE], &struct_type)) {
		item->type = type_of(row->cell[TYPE], row->unit);
		if (!item->type)
			return fail(r, "expected a type such as i32, f64, char or struct NAME, found '%.*s'",
			            row->cell[TYPE]);
		if (pc_span_is(row->cell[TYPE], "ptr")) item->doc = "a pointer";
	} else if (struct_type.bytes) {
		copy = pc_arena_copy(&r->arena, struct_type.at, struct_type.bytes);
		item->type_name = copy ? ly_clean_name(&r->arena, copy) : NULL;
		if (!item->type_name) return PC_ENOMEM;
	}
	take_dims(row, item);
	return check_sizes(r, row, item);
}

static pc_status take_total(struct reading *r, const struct row *row)
{
	pc_span name = {"", 0};
	if (struct_name(row->cell[TYPE], &name) && name.bytes) {
		char *copy = pc_arena_copy(&r->arena, name.at, name.bytes);
		r->root.type_name = copy ? ly_clean_name(&r->arena, copy) : NULL;
		if (!r->root.type_name) return PC_ENOMEM;
	}
	r->root.unit_bytes = row->size ? row->size : row->unit;
	r->has_total = true;
	return PC_OK;
}

static pc_status read_rows(struct reading *r)
{
	pc_span line;
	struct row row;
	pc_status s = read_headings(r);
	while (s == PC_OK && next_line(r, &line)) {
		bool is_comment = line.bytes && line.at[0] == '#',
		     is_total = line.bytes >= 6 && !memcmp(line.at, "#total", 6);
		if (!line.bytes || (is_comment && !is_total)) continue;
		s = read_row(r, line, &row);
		if (s == PC_OK && is_total) s = take_total(r, &row);
		/* what is inside of an anonymous one has its own rows, as if it stood outside */
		else if (s == PC_OK && !pc_span_is(row.cell[FIELD], "(anon)"))
			s = add_row(r, &row);
	}
	return s;
}

/* A struct whose fields are not listed is bytes. A whole without a last row ends with its last field. */
static void complete(ly_item *item)
{
	for (ly_item *f = item->first; f; f = f->next) {
		if (f->type) continue;
		complete(f);
		if (f->first || f->dim_count == LY_DIMS_MAX || f->unit_bytes > UINT32_MAX) continue;
		f->type = "u8";
		f->dims[f->dim_count++] = (uint32_t)f->unit_bytes;
		f->unit_bytes = 1;
	}
}

static pc_status finish(struct reading *r, pc_layout **ret, char ret_name[64])
{
	pc_strbuf text = {0};
	pc_err inner = {""};
	if (!r->root.first) return pc_err_set(r->err, PC_EINVAL, "%u: expected rows of fields", r->line);
	complete(&r->root);
	for (const ly_item *f = r->root.first; f && !r->has_total; f = f->next)
		if (f->offset + ly_item_bytes(f) > r->root.unit_bytes)
			r->root.unit_bytes = f->offset + ly_item_bytes(f);
	ly_tree_text(&r->arena, &r->root, &text);
	pc_status s = text.failed ? PC_ENOMEM : pc_layout_parse(text.text, text.bytes, ret, &inner);
	if (s == PC_EINVAL) { /* its place is one in our text, which nobody has seen */
		const char *colon = strstr(inner.text, ": ");
		(void)pc_err_set(r->err, s, "%u: the rows are no layout: %s", r->line, colon ? colon + 2 : inner.text);
	}
	if (s == PC_OK) (void)snprintf(ret_name, 64, "%s", r->root.type_name ? r->root.type_name : "");
	pc_strbuf_free(&text);
	return s;
}

pc_status ly_tsv_read(const char *text, size_t bytes, pc_layout **ret_layout, char ret_name[64], pc_err *err)
{
	struct reading r = {.c = pc_cursor_of(text, bytes), .err = err};
	pc_status s = read_rows(&r);
	if (s == PC_OK) s = finish(&r, ret_layout, ret_name);
	pc_arena_free(&r.arena);
	return s == PC_ENOMEM ? pc_err_set(err, s, "out of memory") : s;
}
