/* layout/write.c - a layout as canonical text: every offset, size and alignment written out, keys in one order, so that
 * equal layouts are equal texts and no reader needs to know the rules that computed them. */
#include "base/num.h"
#include "layout/layout.h"
#include "layout/line.h"
#include "layout/types.h"

#include <inttypes.h>

static void write_key_text(pc_strbuf *out, enum pc_key key, const char *text)
{
	if (!*text) return;
	pc_strbuf_printf(out, " %s=\"", pc_key_name(key));
	for (const char *run = text;; text++) {
		const char *escape = *text == '"' ? "\\\"" : *text == '\\' ? "\\\\" : *text == '\n' ? "\\n" : "\\t";
		if (*text && *text != '"' && *text != '\\' && *text != '\n' && *text != '\t') continue;
		pc_strbuf_add(out, run, (size_t)(text - run));
		if (!*text) break;
		pc_strbuf_add(out, escape, 2);
		run = text + 1;
	}
	pc_strbuf_puts(out, "\"");
}

/* The empty text is a value as well. */
static void write_value(pc_strbuf *out, enum pc_key key, const char *text)
{
	if (text && !*text) pc_strbuf_printf(out, " %s=\"\"", pc_key_name(key));
	if (text) write_key_text(out, key, text);
}

static void write_labels(pc_strbuf *out, enum pc_key key, const pc_label *labels, uint32_t count)
{
	if (!count) return;
	pc_strbuf_printf(out, " %s=\"", pc_key_name(key));
	for (uint32_t i = 0; i < count; i++) {
		pc_strbuf_puts(out, i ? "," : "");
		if (key == PC_KEY_FLAGS)
			pc_strbuf_printf(out, "0x%" PRIx64 ":", (uint64_t)labels[i].value);
		else
			pc_strbuf_printf(out, "%" PRId64 ":", labels[i].value);
		for (const char *c = labels[i].text; *c; c++) {
			const char escaped[2] = {'\\', *c == '\n' ? 'n' : *c == '\t' ? 't' : *c};
			if (*c == '"' || *c == '\\' || *c == ',' || *c == ':' || *c == '\n' || *c == '\t')
				pc_strbuf_add(out, escaped, 2);
			else
				pc_strbuf_add(out, c, 1);
		}
	}
	pc_strbuf_puts(out, "\"");
}

static void write_number(pc_strbuf *out, enum pc_key key, double value)
{
	char text[PC_NUM_TEXT_MAX];
	size_t bytes = pc_num_format_f64(value, text);
	pc_strbuf_printf(out, " %s=", pc_key_name(key));
	pc_strbuf_add(out, text, bytes);
}

static void write_word(pc_strbuf *out, enum pc_key key, const char *word)
{
	if (word && *word) pc_strbuf_printf(out, " %s=%s", pc_key_name(key), word);
}

static void write_dynamic(pc_strbuf *out, const pc_dynamic *d)
{
	if (!d) return;
	write_word(out, PC_KEY_AT, d->at.path);
	write_word(out, PC_KEY_NEWEST, d->newest.path);
	write_word(out, PC_KEY_COUNT, d->count.path);
	write_word(out, PC_KEY_LENGTH, d->length.path);
	if (d->when.path) write_key_text(out, PC_KEY_WHEN, d->when.path);
	if (d->columns.path) write_key_text(out, PC_KEY_COLUMNS, d->columns.path);
	write_labels(out, PC_KEY_CODES, d->codes, d->code_count);
}

static void write_more(pc_strbuf *out, const pc_field *f)
{
	bool is_plain_char = f->type == PC_TYPE_CHAR && f->encoding == PC_ENCODING_UTF8;
	if (f->scale != 1) write_number(out, PC_KEY_SCALE, f->scale);
	if (f->bit_count == 1) pc_strbuf_printf(out, " %s=%" PRIu32, pc_key_name(PC_KEY_BITS), f->bit_first);
	if (f->bit_count > 1)
		pc_strbuf_printf(out, " %s=%" PRIu32 "..%" PRIu32, pc_key_name(PC_KEY_BITS), f->bit_first,
		                 f->bit_first + f->bit_count - 1);
	write_labels(out, PC_KEY_FLAGS, f->flags, f->flag_count);
	if (!is_plain_char) write_word(out, PC_KEY_ENCODING, pc_encoding_name(f->encoding));
	write_word(out, PC_KEY_FORMAT, f->format);
	write_word(out, PC_KEY_TYPE, f->type_name);
	write_word(out, PC_KEY_OVERLAY, f->overlay);
	write_dynamic(out, f->dynamic);
	write_word(out, PC_KEY_ROLE, pc_role_name(f->role));
	write_value(out, PC_KEY_SIGNATURE, f->signature);
	write_value(out, PC_KEY_DEAD_VALUE, f->dead_value);
}

static void write_field_line(pc_strbuf *out, const pc_field *f, uint32_t depth)
{
	bool floats = f->dynamic && f->dynamic->at.field;
	pc_strbuf_printf(out, "%*s", (int)depth * 2, "");
	if (!floats) pc_strbuf_printf(out, "@%" PRIu64 " ", f->offset);
	pc_strbuf_printf(out, "%s %s", f->name, pc_type_name(f->type));
	for (uint32_t i = 0; i < f->dim_count; i++) pc_strbuf_printf(out, "[%" PRIu32 "]", f->dims[i]);
	if (f->text_units) pc_strbuf_printf(out, "[%" PRIu32 "]", f->text_units);
	if (f->fields)
		pc_strbuf_printf(out, " %s=%" PRIu64 " %s=%" PRIu64, pc_key_name(PC_KEY_SIZE),
		                 pc_fields_head_of(f->fields)->bytes, pc_key_name(PC_KEY_ALIGN),
		                 pc_fields_head_of(f->fields)->align);
	if (f->dynamic && f->dynamic->stride.path)
		write_word(out, PC_KEY_STRIDE, f->dynamic->stride.path);
	else if (f->stride_bytes != f->element_bytes)
		pc_strbuf_printf(out, " %s=%" PRIu64, pc_key_name(PC_KEY_STRIDE), f->stride_bytes);
	write_key_text(out, PC_KEY_UNIT, f->unit);
	write_key_text(out, PC_KEY_TITLE, f->title);
	write_key_text(out, PC_KEY_DOC, f->doc);
	if (f->has_min) write_number(out, PC_KEY_MIN, f->min);
	if (f->has_max) write_number(out, PC_KEY_MAX, f->max);
	write_labels(out, PC_KEY_LABELS, f->labels, f->label_count);
	write_more(out, f);
	pc_strbuf_puts(out, f->fields ? " {\n" : "\n");
}

/* Recursion is bounded: the parser refused more than PC_LAYOUT_DEPTH_MAX levels. */
static void write_fields(pc_strbuf *out, const pc_field *fields, uint32_t count, uint32_t depth)
{
	for (uint32_t i = 0; i < count; i++) {
		write_field_line(out, &fields[i], depth);
		if (!fields[i].fields) continue;
		write_fields(out, fields[i].fields, fields[i].field_count + fields[i].floating_count, depth + 1);
		pc_strbuf_printf(out, "%*s}\n", (int)depth * 2, "");
	}
}

void pc_layout_write(const pc_layout *layout, pc_strbuf *out)
{
	pc_strbuf_printf(out, "layout %s=%" PRIu64 " %s=%" PRIu32 "\n", pc_key_name(PC_KEY_SIZE), layout->bytes,
	                 pc_key_name(PC_KEY_ALIGN), layout->align);
	write_fields(out, layout->fields, layout->field_count + layout->floating_count, 0);
}
