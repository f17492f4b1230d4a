/* layout/line.c - see line.h. The grammar is docs/layout.md. */
#include "layout/line.h"

#include "layout/tokens.h"
#include "layout/types.h"

#include <stdio.h>

static pc_status read_name(struct pc_lines *r, pc_span *ret)
{
	if (!pc_is_name_start(pc_cursor_peek(&r->c)))
		return pc_expected(r, "a field name that starts with a letter or '_'");
	*ret = pc_cursor_span(&r->c, pc_is_name);
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
	pc_span word = pc_cursor_span(&ahead, pc_is_name);
	line->type = pc_type_of_name(word.at, word.bytes);
	if (line->type == PC_TYPE_COUNT) {
		bool known = r->is_type && r->is_type(r->types, word);
		if (!known) return fail_type(r);
		line->type = PC_TYPE_STRUCT;
		line->type_name = word;
	}
	r->c = ahead;
	uint32_t max = PC_DIMS_MAX + (pc_type_takes_dim(line->type) ? 1u : 0u);
	while (pc_cursor_peek(&r->c) == '[') {
		uint64_t dim;
		if (line->dim_count == max) return pc_line_fail(r, r->c.at, "expected at most %u dimensions", max);
		r->c.at++;
		pc_status s = pc_read_uint(r, "a dimension", 1, UINT32_MAX, &dim);
		if (s != PC_OK) return s;
		if (!pc_cursor_accept(&r->c, ']')) return pc_expected(r, "']'");
		line->dims[line->dim_count++] = (uint32_t)dim;
	}
	return PC_OK;
}

static int where_of(const struct pc_line *line)
{
	switch (pc_type_kind(line->type)) {
	case PC_KIND_STRUCT: return line->type_name.bytes ? PC_ON_NAMED : PC_ON_STRUCT;
	case PC_KIND_ENUM: return PC_ON_ENUM;
	case PC_KIND_SIGNED: return PC_ON_INTEGER;
	case PC_KIND_REAL: return PC_ON_REAL;
	case PC_KIND_UNSIGNED: return line->type == PC_TYPE_U8 && line->dim_count ? PC_ON_BLOB : PC_ON_INTEGER;
	case PC_KIND_BOOL: return PC_ON_BOOL;
	case PC_KIND_TEXT: break;
	}
	return PC_ON_TEXT;
}

/* True if the last token of this line is '{'. */
static bool line_opens(const struct pc_lines *r)
{
	bool quoted = false, opens = false;
	for (const char *c = r->c.at; c < r->c.end && *c != '\n'; c++) {
		if (quoted && *c == '\\' && c + 1 < r->c.end && c[1] != '\n') {
			c++;
		} else if (*c == '"') {
			quoted = !quoted;
		} else if (!quoted) {
			if (*c == '#') break;
			if (*c != ' ' && *c != '\t' && *c != '\r') opens = *c == '{';
		}
	}
	return opens;
}

/* `type NAME ... {` defines a type; `type i32` and `type Name` are fields of that name. */
static bool is_type_statement(const struct pc_lines *r, const struct pc_line *line)
{
	struct pc_lines ahead = *r;
	if (line->offset_at || !pc_span_is(line->name, "type")) return false;
	pc_skip_space(&ahead);
	pc_span next = pc_cursor_span(&ahead.c, pc_is_name);
	return next.bytes && pc_type_of_name(next.at, next.bytes) == PC_TYPE_COUNT && pc_cursor_peek(&ahead.c) != '[' &&
	       line_opens(&ahead);
}

static pc_status read_definition(struct pc_lines *r, struct pc_line *line)
{
	pc_skip_space(r);
	line->at = r->c.at;
	pc_status s = read_name(r, &line->name);
	if (s == PC_OK && r->is_type && r->is_type(r->types, line->name))
		s = pc_line_fail(r, line->at, "type %.*s is given twice", (int)line->name.bytes, line->name.at);
	if (s == PC_OK) s = pc_keys_read(r, PC_ON_TYPE, PC_TYPE_STRUCT, &line->keys);
	if (s != PC_OK) return s;
	line->kind = PC_LINE_TYPE;
	line->type = PC_TYPE_STRUCT;
	return pc_cursor_accept(&r->c, '{') ? PC_OK : pc_expected(r, "'{' and the fields of the type");
}

/* The word `layout` starts the first statement unless it is a field of that name: `layout f32`. */
static bool is_layout_statement(const struct pc_lines *r, const struct pc_line *line)
{
	struct pc_lines ahead = *r;
	if (!r->is_first || line->offset_at || !pc_span_is(line->name, "layout")) return false;
	pc_skip_space(&ahead);
	if (pc_at_line_end(&ahead)) return true;
	pc_span next = pc_cursor_span(&ahead.c, pc_is_name);
	return next.bytes && pc_cursor_peek(&ahead.c) == '=';
}

static pc_status read_field(struct pc_lines *r, struct pc_line *line)
{
	pc_status s;
	if (pc_cursor_accept(&r->c, '@')) {
		line->offset_at = r->c.at - 1;
		s = pc_read_uint(r, "an offset in bytes", 0, PC_LAYOUT_BYTES_MAX, &line->offset);
		if (s != PC_OK) return s;
		if (!pc_is_space(pc_cursor_peek(&r->c))) return pc_expected(r, "a space");
		pc_skip_space(r);
	}
	line->at = r->c.at;
	if ((s = read_name(r, &line->name)) != PC_OK) return s;
	if (is_layout_statement(r, line)) {
		line->kind = PC_LINE_LAYOUT;
		return pc_keys_read(r, PC_ON_LAYOUT, PC_TYPE_COUNT, &line->keys);
	}
	if (is_type_statement(r, line)) return read_definition(r, line);
	if (!pc_at_line_end(r) && !pc_is_space(pc_cursor_peek(&r->c))) return pc_expected(r, "a space and a type");
	pc_skip_space(r);
	if ((s = read_type(r, line)) != PC_OK) return s;
	if ((s = pc_keys_read(r, where_of(line), line->type, &line->keys)) != PC_OK) return s;
	bool may_open = where_of(line) == PC_ON_BLOB && pc_cursor_peek(&r->c) == '{';
	if ((line->type != PC_TYPE_STRUCT || line->type_name.bytes) && !may_open) return PC_OK;
	line->kind = PC_LINE_OPEN;
	return pc_cursor_accept(&r->c, '{') ? PC_OK : pc_expected(r, "'{' and the fields of the struct");
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
	pc_skip_space(r);
	if (!pc_at_line_end(r)) return pc_expected(r, "the end of the line");
	pc_skip_line(r);
	r->is_first = false;
	return PC_OK;
}

bool pc_line_next(struct pc_lines *r, struct pc_line *ret, pc_status *ret_status)
{
	*ret_status = PC_OK;
	for (pc_skip_space(r); pc_at_line_end(r); pc_skip_space(r)) {
		if (pc_cursor_peek(&r->c) < 0) return false;
		pc_skip_line(r);
	}
	*ret = (struct pc_line){.kind = PC_LINE_FIELD, .keys = {.unit = "", .title = "", .doc = ""}};
	*ret_status = read_statement(r, ret);
	return *ret_status == PC_OK;
}
