/* layout_show.c - see layout_show.h. */
#include "layout_show.h"

#include "json.h"
#include "out.h"

#include <inttypes.h>
#include <string.h>

#define LABELS_SHOWN 6u

/* ---- what else is known of a field, in few words ---- */

static void note(pc_strbuf *b, const char *format, const char *what)
{
	if (!what || !*what) return;
	pc_strbuf_puts(b, b->bytes ? ", " : "");
	pc_strbuf_printf(b, format, what);
}

static void note_labels(pc_strbuf *b, const pc_label *labels, uint32_t count, bool is_hex)
{
	if (!count) return;
	pc_strbuf_puts(b, b->bytes ? ", " : "");
	for (uint32_t i = 0; i < count && i < LABELS_SHOWN; i++) {
		pc_strbuf_printf(b, is_hex ? "%s0x%" PRIx64 " " : "%s%" PRId64 " ", i ? "; " : "",
		                 (uint64_t)labels[i].value);
		pc_strbuf_puts(b, labels[i].text);
	}
	if (count > LABELS_SHOWN) pc_strbuf_printf(b, "; and %" PRIu32 " more", count - LABELS_SHOWN);
}

static void note_place(pc_strbuf *b, const pc_field *f)
{
	const pc_dynamic *d = f->dynamic;
	if (f->bit_count) {
		pc_strbuf_printf(b, "%sbits %" PRIu32, b->bytes ? ", " : "", f->bit_first);
		if (f->bit_count > 1) pc_strbuf_printf(b, "..%" PRIu32, f->bit_first + f->bit_count - 1);
	}
	if (f->dim_count && f->stride_bytes != f->element_bytes)
		pc_strbuf_printf(b, "%severy %" PRIu64 " bytes", b->bytes ? ", " : "", f->stride_bytes);
	if (!d) return;
	note(b, "at %s", d->at.path);
	note(b, "newest %s", d->newest.path);
	note(b, "every %s bytes", d->stride.path);
	note(b, "count %s", d->count.path);
	note(b, "length %s", d->length.path);
	note(b, "when %s", d->when.path);
	note(b, "columns %s", d->columns.path);
}

static void put_notes(pc_strbuf *b, const pc_field *f)
{
	note(b, "%s", f->unit);
	note_place(b, f);
	note_labels(b, f->labels, f->label_count, false);
	note_labels(b, f->flags, f->flag_count, true);
	if (f->encoding && f->encoding != PC_ENCODING_UTF8) note(b, "%s", pc_encoding_name(f->encoding));
	note(b, "%s", f->format);
	note(b, "overlay of %s", f->overlay);
	note(b, "role %s", pc_role_name(f->role));
	note(b, "signature %s", f->signature);
	note(b, "dead value %s", f->dead_value);
	note(b, "%s", f->title);
	note(b, "%s", f->doc);
}

static void add_row(void *arg, const ly_row *row)
{
	cli_table *t = arg;
	pc_strbuf type = {0}, notes = {0}, shown = {0};
	ly_type_text(&type, row->field);
	put_notes(&notes, row->field);
	if (ly_field_floats(row->field))
		cli_cell(t, CLI_DIM, "-");
	else
		cli_cell(t, CLI_PLAIN, "%" PRIu64, row->offset);
	cli_cell(t, CLI_PLAIN, "%" PRIu64, row->bytes);
	cli_cell_buf(t, CLI_PLAIN, &type);
	cli_cell_text(t, CLI_BOLD, row->path, strlen(row->path));
	if (notes.bytes) cli_escape(&shown, notes.text, notes.bytes);
	shown.failed |= notes.failed;
	cli_cell_buf(t, CLI_DIM, &shown);
	pc_strbuf_free(&notes);
}

bool cli_show_layout(const ly_block *block, bool color)
{
	static const char *const headings[] = {"OFFSET", "SIZE", "TYPE", "NAME", "NOTES"};
	cli_table t;
	pc_strbuf head = {0};
	pc_strbuf_printf(&head, "%s%s%s  %" PRIu64 " bytes, align %" PRIu32 "\n", cli_style(color, CLI_BOLD),
	                 block->name, cli_style(color, CLI_PLAIN), block->bytes, block->align);
	if (!cli_put_buf(&head)) return false;
	cli_table_start(&t, color, 5, headings, 3);
	if (!ly_rows(block, LY_ROWS_ALL, add_row, &t)) t.failed = true;
	return cli_table_print(&t, 0);
}

/* ---- JSON ---- */

static void put_text(cli_json *j, const char *key, const char *text)
{
	if (!text || !*text) return;
	cli_json_key(j, key);
	cli_json_z(j, text);
}

static void put_u64(cli_json *j, const char *key, uint64_t value)
{
	cli_json_key(j, key);
	cli_json_u64(j, value);
}

static void put_labels(cli_json *j, const char *key, const pc_label *labels, uint32_t count)
{
	if (!count) return;
	cli_json_key(j, key);
	cli_json_open(j, '{');
	for (uint32_t i = 0; i < count; i++) {
		char number[24];
		(void)snprintf(number, sizeof number, "%" PRId64, labels[i].value);
		put_text(j, number, labels[i].text);
	}
	cli_json_close(j, '}');
}

static void put_dims(cli_json *j, const pc_field *f)
{
	if (f->dim_count) {
		cli_json_key(j, "dims");
		cli_json_open(j, '[');
		for (uint32_t i = 0; i < f->dim_count; i++) cli_json_u64(j, f->dims[i]);
		cli_json_close(j, ']');
		put_u64(j, "stride", f->stride_bytes);
	}
	if (f->text_units) put_u64(j, "units", f->text_units);
	if (!f->bit_count) return;
	cli_json_key(j, "bits");
	cli_json_open(j, '[');
	cli_json_u64(j, f->bit_first);
	cli_json_u64(j, f->bit_first + f->bit_count - 1);
	cli_json_close(j, ']');
}

static void put_numbers(cli_json *j, const pc_field *f)
{
	const struct {
		const char *key;
		double value;
		bool is_given;
	} numbers[] = {{"min", f->min, f->has_min}, {"max", f->max, f->has_max}, {"scale", f->scale, f->scale != 1}};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (!numbers[i].is_given) continue;
		cli_json_key(j, numbers[i].key);
		cli_json_f64(j, numbers[i].value);
	}
}

static void put_dynamic(cli_json *j, const pc_dynamic *d)
{
	ly_source all[LY_SOURCES];
	if (!d) return;
	ly_sources_of(d, all);
	for (uint32_t i = 0; i < LY_SOURCES; i++) /* "stride" is the number of bytes */
		put_text(j, strcmp(all[i].key, "stride") ? all[i].key : "stride_field", all[i].source->path);
	put_labels(j, "codes", d->codes, d->code_count);
}

static void put_fields(cli_json *j, const ly_block *block, uint64_t base, bool is_placed);

static void put_field(cli_json *j, const pc_field *f, uint64_t base, bool is_placed)
{
	is_placed = is_placed && !ly_field_floats(f);
	cli_json_open(j, '{');
	put_text(j, "name", f->name);
	put_text(j, "type", pc_type_name(f->type));
	put_text(j, "type_name", f->type_name);
	if (!ly_field_floats(f)) put_u64(j, "offset", f->offset);
	if (is_placed) put_u64(j, "absolute", base + f->offset);
	put_u64(j, "size", ly_field_bytes(f));
	put_u64(j, "element_size", f->element_bytes);
	put_dims(j, f);
	put_text(j, "unit", f->unit);
	put_text(j, "title", f->title);
	put_text(j, "doc", f->doc);
	put_numbers(j, f);
	put_labels(j, "labels", f->labels, f->label_count);
	put_labels(j, "flags", f->flags, f->flag_count);
	put_text(j, "encoding", pc_encoding_name(f->encoding));
	put_text(j, "format", f->format);
	put_text(j, "overlay", f->overlay);
	put_dynamic(j, f->dynamic);
	put_text(j, "role", pc_role_name(f->role));
	put_text(j, "signature", f->signature);
	put_text(j, "dead_value", f->dead_value);
	if (f->fields) {
		ly_block inner = ly_block_of_field(f);
		put_fields(j, &inner, base + f->offset, is_placed);
	}
	cli_json_close(j, '}');
}

static void put_fields(cli_json *j, const ly_block *block, uint64_t base, bool is_placed)
{
	cli_json_key(j, "fields");
	cli_json_open(j, '[');
	for (uint32_t i = 0; i < block->field_count + block->floating_count; i++)
		put_field(j, &block->fields[i], base, is_placed);
	cli_json_close(j, ']');
}

bool cli_layout_json(const ly_block *block)
{
	cli_json j = {.depth = 0};
	cli_json_open(&j, '{');
	put_text(&j, "name", block->name);
	put_u64(&j, "size", block->bytes);
	put_u64(&j, "align", block->align);
	put_fields(&j, block, 0, true);
	cli_json_close(&j, '}');
	pc_strbuf_puts(&j.text, "\n");
	return cli_put_buf(&j.text);
}
