/* layout/tokens.c - see tokens.h. */
#include "layout/tokens.h"

#include "base/num.h"
#include "base/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

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

bool pc_is_space(int byte)
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

pc_status pc_expected(const struct pc_lines *r, const char *what)
{
	return pc_line_fail(r, r->c.at, "expected %s, found %s", what, pc_line_found(r, r->c.at).text);
}

/* ---- tokens ---- */

bool pc_is_name_start(int byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

bool pc_is_name(int byte)
{
	return pc_is_name_start(byte) || (byte >= '0' && byte <= '9');
}

bool pc_is_number(int byte)
{
	return pc_is_name(byte) || byte == '.' || byte == '+' || byte == '-';
}

void pc_skip_space(struct pc_lines *r)
{
	(void)pc_cursor_span(&r->c, pc_is_space);
}

bool pc_at_line_end(const struct pc_lines *r)
{
	int next = pc_cursor_peek(&r->c);
	if (next == '\r' && pc_cursor_left(&r->c) > 1) next = r->c.at[1] == '\n' ? '\n' : next;
	return next < 0 || next == '\n' || next == '#';
}

void pc_skip_line(struct pc_lines *r)
{
	const char *end = memchr(r->c.at, '\n', pc_cursor_left(&r->c));
	r->c.at = end ? end + 1 : r->c.end;
}

/* Whole number min..max; hex is fine. */
pc_status pc_read_uint(struct pc_lines *r, const char *what, uint64_t min, uint64_t max, uint64_t *ret)
{
	pc_cursor ahead = r->c;
	pc_span word = pc_cursor_span(&ahead, pc_is_number);
	pc_int n;
	enum pc_num_status s = pc_num_parse_int(word.at, word.bytes, &n);
	if (s != PC_NUM_OK || n.negative || n.magnitude < min || n.magnitude > max)
		return pc_line_fail(r, word.at, "expected %s, a whole number %llu..%llu, found %s", what,
		                    (unsigned long long)min, (unsigned long long)max, pc_line_found(r, word.at).text);
	r->c = ahead;
	*ret = n.magnitude;
	return PC_OK;
}

pc_status pc_read_real(struct pc_lines *r, const char *what, double *ret)
{
	pc_cursor ahead = r->c;
	pc_span word = pc_cursor_span(&ahead, pc_is_number);
	if (pc_num_parse_f64(word.at, word.bytes, ret) != PC_NUM_OK || !isfinite(*ret))
		return pc_line_fail(r, word.at, "expected %s, a finite number, found %s", what,
		                    pc_line_found(r, word.at).text);
	r->c = ahead;
	return PC_OK;
}

/* "text" with \" \\ \n \t. */
pc_status pc_read_string(struct pc_lines *r, const char **ret)
{
	if (!pc_cursor_accept(&r->c, '"')) return pc_expected(r, "a text in double quotes");
	const char *start = r->c.at, *end = start;
	while (end < r->c.end && *end != '"' && *end != '\n') end += *end == '\\' && end + 1 < r->c.end ? 2 : 1;
	char *text = pc_arena_alloc(r->arena, (size_t)(end - start) + 1), *to = text;
	if (!text) return PC_ENOMEM;
	for (;;) {
		int byte = pc_cursor_take(&r->c);
		if (byte == '"') break;
		if (byte < ' ' && byte != '\t') {
			r->c.at -= byte >= 0;
			return pc_expected(r, "a closing double quote");
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
