/* layout/line.c - see line.h. The grammar is docs/layout.md. */
#include "layout/line.h"

#include "base/num.h"
#include "base/utf8.h"
#include "layout/types.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const struct key {
	const char *name;
	int where;
	const char *called;
} keys[PC_KEY_COUNT] = {
#define PC_X(id, name, where, called) [id] = {name, where, called},
        PC_KEY_TABLE(PC_X)
#undef PC_X
};

const char *pc_key_name(enum pc_key key)
{
	return keys[key].name;
}

/* ---- messages ---- */

pc_status pc_line_fail(const struct pc_lines *r, const char *at, const char *format, ...)
{
	char text[sizeof r->err->text];
	unsigned line = 1, column = 1;
	va_list args;
	if (!r->err) return PC_EINVAL;
	for (const char *c = r->c.start; c < at; c++) {
		if (*c == '\n') {
			line++;
			column = 1;
		} else if ((*c & 0xC0) != 0x80) { /* columns count characters, not bytes */
			column++;
		}
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return pc_err_set(r->err, PC_EINVAL, "%u:%u: %s", line, column, text);
}

static bool is_space(int byte)
{
	return byte == ' ' || byte == '\t';
}

static bool is_word(int byte)
{
	return byte > ' ' && byte != '"' && byte != '{' && byte != '}' && byte != '#' && byte != '=' && byte != '[' &&
	       byte != ']';
}

struct pc_found pc_line_found(const struct pc_lines *r, const char *at)
{
	struct pc_found found;
	pc_cursor c = {at, at, r->c.end};
	pc_span word = pc_cursor_span(&c, is_word);
	if (at == r->c.end || *at == '\n' || *at == '\r' || *at == '#') {
		(void)snprintf(found.text, sizeof found.text, "the end of the line");
		return found;
	}
	if (!word.bytes) word.bytes = (unsigned char)*at < ' ' ? 0 : 1;
	bool cut = word.bytes > 24;
	if (cut) word.bytes = pc_utf8_valid_bytes(at, 24);
	(void)snprintf(found.text, sizeof found.text, "'%.*s'%s", (int)word.bytes, at, cut ? "..." : "");
	return found;
}

static pc_status expected(const struct pc_lines *r, const char *what)
{
	return pc_line_fail(r, r->c.at, "expected %s, found %s", what, pc_line_found(r, r->c.at).text);
}

/* ---- tokens ---- */

static bool is_name_start(int byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static bool is_name(int byte)
{
	return is_name_start(byte) || (byte >= '0' && byte <= '9');
}

static bool is_number(int byte)
{
	return is_name(byte) || byte == '.' || byte == '+' || byte == '-';
}

static void skip_space(struct pc_lines *r)
{
	(void)pc_cursor_span(&r->c, is_space);
}

static bool at_line_end(const struct pc_lines *r)
{
	int next = pc_cursor_peek(&r->c);
	if (next == '\r' && pc_cursor_left(&r->c) > 1) next = r->c.at[1] == '\n' ? '\n' : next;
	return next < 0 || next == '\n' || next == '#';
}

static void skip_line(struct pc_lines *r)
{
	const char *end = memchr(r->c.at, '\n', pc_cursor_left(&r->c));
	r->c.at = end ? end + 1 : r->c.end;
}

/* Whole number min..max; hex is fine. */
static pc_status read_uint(struct pc_lines *r, const char *what, uint64_t min, uint64_t max, uint64_t *ret)
{
	pc_cursor ahead = r->c;
	pc_span word = pc_cursor_span(&ahead, is_number);
	pc_int n;
	enum pc_num_status s = pc_num_parse_int(word.at, word.bytes, &n);
	if (s != PC_NUM_OK || n.negative || n.magnitude < min || n.magnitude > max)
		return pc_line_fail(r, word.at, "expected %s, a whole number %llu..%llu, found %s", what,
		                    (unsigned long long)min, (unsigned long long)max, pc_line_found(r, word.at).text);
	r->c = ahead;
	*ret = n.magnitude;
	return PC_OK;
}

static pc_status read_real(struct pc_lines *r, const char *what, double *ret)
{
	pc_cursor ahead = r->c;
	pc_span word = pc_cursor_span(&ahead, is_number);
	if (pc_num_parse_f64(word.at, word.bytes, ret) != PC_NUM_OK || !isfinite(*ret))
		return pc_line_fail(r, word.at, "expected %s, a finite number, found %s", what,
		                    pc_line_found(r, word.at).text);
	r->c = ahead;
	return PC_OK;
}

/* "text" with \" \\ \n \t. */
static pc_status read_string(struct pc_lines *r, const char **ret)
{
	if (!pc_cursor_accept(&r->c, '"')) return expected(r, "a text in double quotes");
	const char *start = r->c.at, *end = start;
	while (end < r->c.end && *end != '"' && *end != '\n') end += *end == '\\' && end + 1 < r->c.end ? 2 : 1;
	char *text = pc_arena_alloc(r->arena, (size_t)(end - start) + 1), *to = text;
	if (!text) return PC_ENOMEM;
	for (;;) {
		int byte = pc_cursor_take(&r->c);
		if (byte == '"') break;
		if (byte < ' ' && byte != '\t') {
			r->c.at -= byte >= 0;
			return expected(r, "a closing double quote");
		}
		if (byte == '\\') {
			byte = pc_cursor_peek(&r->c);
			if (byte == 'n' || byte == 't')
				byte = byte == 'n' ? '\n' : '\t';
			else if (byte != '"' && byte != '\\')
				return pc_line_fail(r, r->c.at - 1, "unknown escape; expected \\\" \\\\ \\n or \\t");
			r->c.at++;
		}
		*to++ = (char)byte;
	}
	*ret = text;
	return PC_OK;
}

/* ---- keys ---- */

static pc_status read_packing(struct pc_lines *r, uint32_t *ret)
{
	static const struct {
		const char *word;
		uint32_t packing;
	} words[] = {{"natural", PC_PACKING_NATURAL}, {"packed", 1}, {"1", 1}, {"2", 2}, {"4", 4}, {"8", 8}};
	pc_cursor ahead = r->c;
	pc_span word = pc_cursor_span(&ahead, is_number);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!pc_span_is(word, words[i].word)) continue;
		r->c = ahead;
		*ret = words[i].packing;
		return PC_OK;
	}
	return expected(r, "packing natural, packed, 1, 2, 4 or 8");
}

static pc_status read_align(struct pc_lines *r, uint32_t *ret)
{
	const char *at = r->c.at;
	uint64_t align;
	pc_status s = read_uint(r, "an alignment", 1, PC_ALIGN_MAX, &align);
	if (s != PC_OK) return s;
	if (align & (align - 1)) return pc_line_fail(r, at, "expected an alignment that is a power of two");
	*ret = (uint32_t)align;
	return PC_OK;
}

static pc_status read_value(struct pc_lines *r, enum pc_key key, pc_type type, struct pc_keys *k)
{
	switch (key) {
	case PC_KEY_SIZE: return read_uint(r, "a size in bytes", 1, PC_LAYOUT_BYTES_MAX, &k->size);
	case PC_KEY_STRIDE: return read_uint(r, "a stride in bytes", 1, PC_LAYOUT_BYTES_MAX, &k->stride);
	case PC_KEY_ALIGN: return read_align(r, &k->align);
	case PC_KEY_PACKING: return read_packing(r, &k->packing);
	case PC_KEY_UNIT: return read_string(r, &k->unit);
	case PC_KEY_TITLE: return read_string(r, &k->title);
	case PC_KEY_DOC: return read_string(r, &k->doc);
	case PC_KEY_MIN: return read_real(r, "a minimum", &k->min);
	case PC_KEY_MAX: return read_real(r, "a maximum", &k->max);
	case PC_KEY_LABELS:
		if (!pc_cursor_accept(&r->c, '"')) return expected(r, "labels in double quotes, \"0:idle,1:running\"");
		return pc_labels_read(r, type, k);
	case PC_KEY_COUNT: break;
	}
	return PC_EINVAL;
}

static pc_status fail_unknown_key(const struct pc_lines *r, pc_span name, int where)
{
	char list[160] = "";
	size_t used = 0;
	for (int i = 0; i < PC_KEY_COUNT; i++)
		if ((keys[i].where & where) && used < sizeof list)
			used += (size_t)snprintf(list + used, sizeof list - used, " %s=", keys[i].name);
	return pc_line_fail(r, name.at, "unknown key %s; expected one of%s", pc_line_found(r, name.at).text, list);
}

static pc_status read_key(struct pc_lines *r, int where, pc_type type, struct pc_keys *k)
{
	pc_span name = pc_cursor_span(&r->c, is_name);
	int key = 0;
	if (!name.bytes) return expected(r, where & PC_ON_STRUCT ? "a key such as size= or '{'" : "a key such as doc=");
	while (key < PC_KEY_COUNT && !pc_span_is(name, keys[key].name)) key++;
	if (key == PC_KEY_COUNT) return fail_unknown_key(r, name, where);
	if (!(keys[key].where & where))
		return pc_line_fail(r, name.at, "%s= is only for %s", keys[key].name, keys[key].called);
	if (k->at[key]) return pc_line_fail(r, name.at, "%s= is given twice", keys[key].name);
	if (!pc_cursor_accept(&r->c, '=')) return expected(r, "'='");
	k->at[key] = name.at;
	return read_value(r, (enum pc_key)key, type, k);
}

/* The keys up to the end of the line or, for a struct, its '{'. */
static pc_status read_keys(struct pc_lines *r, int where, pc_type type, struct pc_keys *k)
{
	for (;;) {
		const char *before = r->c.at;
		skip_space(r);
		if (at_line_end(r)) break;
		if ((where & PC_ON_STRUCT) && pc_cursor_peek(&r->c) == '{') break;
		if (r->c.at == before) return expected(r, "a space");
		pc_status s = read_key(r, where, type, k);
		if (s != PC_OK) return s;
	}
	if (k->at[PC_KEY_MIN] && k->at[PC_KEY_MAX] && k->min > k->max)
		return pc_line_fail(r, k->at[PC_KEY_MAX], "expected a maximum that is not below the minimum");
	return PC_OK;
}

/* ---- statements ---- */

static pc_status read_name(struct pc_lines *r, pc_span *ret)
{
	if (!is_name_start(pc_cursor_peek(&r->c))) return expected(r, "a field name that starts with a letter or '_'");
	*ret = pc_cursor_span(&r->c, is_name);
	if (ret->bytes > PC_FIELD_NAME_MAX)
		return pc_line_fail(r, ret->at, "expected a name of at most %u characters", PC_FIELD_NAME_MAX);
	return PC_OK;
}

static pc_status fail_type(const struct pc_lines *r)
{
	char list[160] = "";
	size_t used = 0;
	for (int t = 0; t < PC_TYPE_COUNT && used < sizeof list; t++)
		used += (size_t)snprintf(list + used, sizeof list - used, " %s", pc_type_name((pc_type)t));
	return pc_line_fail(r, r->c.at, "expected a type, found %s; types are%s", pc_line_found(r, r->c.at).text, list);
}

static pc_status read_type(struct pc_lines *r, struct pc_line *line)
{
	pc_cursor ahead = r->c;
	pc_span word = pc_cursor_span(&ahead, is_name);
	line->type = pc_type_of_name(word.at, word.bytes);
	if (line->type == PC_TYPE_COUNT) return fail_type(r);
	r->c = ahead;
	uint32_t max = PC_DIMS_MAX + (pc_type_takes_dim(line->type) ? 1u : 0u);
	while (pc_cursor_peek(&r->c) == '[') {
		uint64_t dim;
		if (line->dim_count == max) return pc_line_fail(r, r->c.at, "expected at most %u dimensions", max);
		r->c.at++;
		pc_status s = read_uint(r, "a dimension", 1, UINT32_MAX, &dim);
		if (s != PC_OK) return s;
		if (!pc_cursor_accept(&r->c, ']')) return expected(r, "']'");
		line->dims[line->dim_count++] = (uint32_t)dim;
	}
	return PC_OK;
}

static int where_of(const struct pc_line *line)
{
	switch (pc_type_kind(line->type)) {
	case PC_KIND_STRUCT: return PC_ON_STRUCT;
	case PC_KIND_ENUM: return PC_ON_ENUM;
	case PC_KIND_SIGNED:
	case PC_KIND_REAL: return PC_ON_NUMBER;
	case PC_KIND_UNSIGNED: return line->type == PC_TYPE_U8 && line->dim_count ? PC_ON_OTHER : PC_ON_NUMBER;
	case PC_KIND_BOOL:
	case PC_KIND_TEXT: break;
	}
	return PC_ON_OTHER;
}

/* The word `layout` starts the first statement unless it is a field of that name: `layout f32`. */
static bool is_layout_statement(const struct pc_lines *r, const struct pc_line *line)
{
	struct pc_lines ahead = *r;
	if (!r->is_first || line->offset_at || !pc_span_is(line->name, "layout")) return false;
	skip_space(&ahead);
	if (at_line_end(&ahead)) return true;
	pc_span next = pc_cursor_span(&ahead.c, is_name);
	return next.bytes && pc_cursor_peek(&ahead.c) == '=';
}

static pc_status read_field(struct pc_lines *r, struct pc_line *line)
{
	pc_status s;
	if (pc_cursor_accept(&r->c, '@')) {
		line->offset_at = r->c.at - 1;
		s = read_uint(r, "an offset in bytes", 0, PC_LAYOUT_BYTES_MAX, &line->offset);
		if (s != PC_OK) return s;
		if (!is_space(pc_cursor_peek(&r->c))) return expected(r, "a space");
		skip_space(r);
	}
	line->at = r->c.at;
	if ((s = read_name(r, &line->name)) != PC_OK) return s;
	if (is_layout_statement(r, line)) {
		line->kind = PC_LINE_LAYOUT;
		return read_keys(r, PC_ON_LAYOUT, PC_TYPE_COUNT, &line->keys);
	}
	if (!at_line_end(r) && !is_space(pc_cursor_peek(&r->c))) return expected(r, "a space and a type");
	skip_space(r);
	if ((s = read_type(r, line)) != PC_OK) return s;
	if ((s = read_keys(r, where_of(line), line->type, &line->keys)) != PC_OK) return s;
	if (line->type != PC_TYPE_STRUCT) return PC_OK;
	line->kind = PC_LINE_OPEN;
	return pc_cursor_accept(&r->c, '{') ? PC_OK : expected(r, "'{' and the fields of the struct");
}

static pc_status read_statement(struct pc_lines *r, struct pc_line *line)
{
	pc_status s = PC_OK;
	line->at = r->c.at;
	if (pc_cursor_accept(&r->c, '}'))
		line->kind = PC_LINE_CLOSE;
	else
		s = read_field(r, line);
	if (s != PC_OK) return s;
	skip_space(r);
	if (!at_line_end(r)) return expected(r, "the end of the line");
	skip_line(r);
	r->is_first = false;
	return PC_OK;
}

bool pc_line_next(struct pc_lines *r, struct pc_line *ret, pc_status *ret_status)
{
	*ret_status = PC_OK;
	for (skip_space(r); at_line_end(r); skip_space(r)) {
		if (pc_cursor_peek(&r->c) < 0) return false;
		skip_line(r);
	}
	*ret = (struct pc_line){.kind = PC_LINE_FIELD, .keys = {.unit = "", .title = "", .doc = ""}};
	*ret_status = read_statement(r, ret);
	return *ret_status == PC_OK;
}
