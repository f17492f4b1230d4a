/* show.c - a payload as tables for people. See view.h. */
#include "os.h"
#include "view.h"

#include <inttypes.h>
#include <string.h>

#define HEX_COLUMNS 16

struct showing {
	cli_table table;
	uint64_t limit;
};

/* "B", and for large numbers of bytes also what a person would say. */
static void unit_cell(cli_table *t, const cli_part *part)
{
	const pc_field *field = cli_part_field(part);
	pc_value v;
	pc_strbuf b = {0};
	cli_escape_z(&b, field->unit);
	bool is_bytes = !strcmp(field->unit, "B") || !strcmp(field->unit, "B/s");
	bool is_one = part->at.dims_given == field->dim_count && !pc_field_is_text(field);
	if (is_bytes && is_one && pc_value_get(field, cli_part_element(part, 0), NULL, 0, &v) == PC_OK) {
		double bytes = v.kind == PC_VALUE_UINT  ? (double)v.as.u
		               : v.kind == PC_VALUE_INT ? (double)v.as.i
		                                        : (v.kind == PC_VALUE_REAL ? v.as.r : 0);
		char human[32];
		bytes *= field->scale;
		cli_format_bytes(human, bytes);
		if (bytes >= 10000 && bytes < 1e30) pc_strbuf_printf(&b, "  (%s%s)", human, field->unit + 1);
	}
	cli_cell_buf(t, CLI_DIM, &b);
}

static bool add_row(void *arg, const cli_part *part)
{
	struct showing *s = arg;
	pc_strbuf value = {0};
	cli_part_text(&value, part, s->limit, CLI_SHOWN);
	cli_cell(&s->table, CLI_PLAIN, "%s", part->path);
	cli_cell_buf(&s->table, CLI_PLAIN, &value);
	unit_cell(&s->table, part);
	return true;
}

/* An array of structs whose fields are all single values with a place of their own: a table with a column per field. */
static bool is_tabular(const cli_part *part)
{
	const pc_field *field = cli_part_field(part);
	bool is_array = part->at.dims_given < field->dim_count;
	if (field->type != PC_TYPE_STRUCT || !is_array || field->count < 2) return false;
	if (field->field_count + 1 > CLI_COLUMNS_MAX || field->floating_count) return false;
	for (uint32_t i = 0; i < field->field_count; i++) {
		const pc_field *f = &field->fields[i];
		if (f->fields || f->dim_count || (f->dynamic && f->dynamic->columns.field)) return false;
	}
	return true;
}

static unsigned right_columns(const pc_field *field)
{
	unsigned right = 0;
	for (uint32_t i = 0; i < field->field_count; i++) {
		pc_type type = field->fields[i].type;
		bool is_number = type >= PC_TYPE_I8 && type <= PC_TYPE_F64 && !field->fields[i].text_units;
		if (is_number) right |= 1u << (i + 1);
	}
	return right;
}

static bool print_skipped(uint64_t skipped)
{
	pc_strbuf note = {0};
	if (skipped) pc_strbuf_printf(&note, "%" PRIu64 " rows of zeroes are not shown (--full)\n", skipped);
	return cli_put_buf(&note);
}

/* "20 of 128 in use", where the map says how many. */
static bool print_used(const cli_part *part)
{
	const pc_field *field = cli_part_field(part);
	pc_strbuf note = {0};
	if (field->dynamic && field->dynamic->count.field && !part->at.dims_given)
		pc_strbuf_printf(&note, "%s: %" PRIu32 " of %" PRIu32 " in use\n", part->path, part->at.place.dim0,
		                 field->dims[0]);
	return cli_put_buf(&note);
}

/* A row per value: fits any width. */
static bool show_values(const cli_part *part, bool color, uint64_t limit)
{
	struct showing s = {.limit = limit};
	cli_walk walk = {.fn = add_row, .arg = &s, .skips_zeroes = limit != 0};
	cli_table_start(&s.table, color, 3, NULL, 0);
	(void)cli_walk_part(&walk, part);
	return cli_table_print(&s.table, 0) && print_skipped(walk.skipped) && print_used(part);
}

static void table_row(cli_table *t, const cli_part *part, uint64_t i)
{
	pc_strbuf index = {0};
	pc_scope row;
	cli_index_text(&index, part, i);
	cli_cell_buf(t, CLI_DIM, &index);
	pc_scope_enter(&part->at.scope, &part->at.place, i, &row);
	for (uint32_t k = 0; k < row.field_count; k++) {
		cli_part cell = {.path = "", .at.scope = row};
		pc_strbuf value = {0};
		if (pc_scope_locate(&row, &row.fields[k], &cell.at.place) == PC_OK)
			cli_value_text(&value, &cell, 0, CLI_SHOWN);
		cli_cell_buf(t, CLI_PLAIN, &value);
	}
}

static bool show_table(const cli_part *part, bool color, uint64_t limit)
{
	const pc_field *field = cli_part_field(part);
	unsigned columns = cli_os_columns();
	uint64_t skipped = 0;
	cli_table t;
	cli_table_start(&t, color, field->field_count + 1, NULL, right_columns(field));
	cli_cell(&t, CLI_BOLD, "%s", part->path);
	for (uint32_t i = 0; i < field->field_count; i++) cli_cell(&t, CLI_BOLD, "%s", field->fields[i].name);
	for (uint64_t i = 0; i < part->at.place.count; i++) {
		if (limit && cli_is_zero(cli_part_element(part, i), part->at.place.element_bytes))
			skipped++;
		else
			table_row(&t, part, i);
	}
	if (columns && cli_table_width(&t) > columns) {
		cli_table_free(&t);
		return show_values(part, color, limit);
	}
	return cli_table_print(&t, 0) && print_skipped(skipped) && print_used(part);
}

bool cli_show_part(const cli_part *part, bool color, uint64_t limit)
{
	return is_tabular(part) ? show_table(part, color, limit) : show_values(part, color, limit);
}

/* Part @p i of the top level, if it is there. */
static bool take_top(const pc_scope *top, uint32_t i, cli_part *ret)
{
	*ret = (cli_part){.path = top->fields[i].name, .at.scope = *top};
	return pc_scope_locate(top, &top->fields[i], &ret->at.place) == PC_OK;
}

bool cli_show_payload(const cli_payload *payload, bool color, uint64_t limit)
{
	struct showing s = {.limit = limit};
	cli_walk walk = {.fn = add_row, .arg = &s, .skips_zeroes = limit != 0};
	pc_scope top;
	cli_part part;
	if (!payload->layout) return cli_show_hex(payload->bytes, payload->count, 0);
	pc_scope_top(payload->layout, payload->bytes, payload->count, &top);
	cli_table_start(&s.table, color, 3, NULL, 0);
	/* one table of everything but the arrays that get one of their own, which follow */
	for (uint32_t i = 0; i < pc_scope_count(&top); i++)
		if (take_top(&top, i, &part) && !is_tabular(&part)) (void)cli_walk_part(&walk, &part);
	bool more = cli_table_print(&s.table, 0) && print_skipped(walk.skipped);
	for (uint32_t i = 0; more && i < pc_scope_count(&top); i++)
		if (take_top(&top, i, &part) && is_tabular(&part))
			more = cli_puts("\n") && show_table(&part, color, limit);
	return more;
}

bool cli_show_hex(const void *bytes, uint64_t count, uint64_t first_offset)
{
	const unsigned char *at = bytes;
	for (uint64_t row = 0; row < count; row += HEX_COLUMNS) {
		char line[16 + HEX_COLUMNS * 4 + 8];
		int used = snprintf(line, sizeof line, "%08" PRIx64 " ", first_offset + row);
		for (uint64_t i = row; i < row + HEX_COLUMNS; i++) {
			const char *gap = i == row + HEX_COLUMNS / 2 ? "  " : " ";
			used += i < count ? snprintf(line + used, sizeof line - (size_t)used, "%s%02x", gap, at[i])
			                  : snprintf(line + used, sizeof line - (size_t)used, "%s  ", gap);
		}
		line[used++] = ' ';
		line[used++] = ' ';
		for (uint64_t i = row; i < count && i < row + HEX_COLUMNS; i++)
			line[used++] = at[i] >= ' ' && at[i] <= '~' ? (char)at[i] : '.';
		line[used++] = '\n';
		if (!cli_put(line, (size_t)used)) return false;
	}
	return true;
}
