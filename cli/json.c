/* json.c - see json.h. */
#include "json.h"

#include "base/num.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void begin_value(cli_json *j)
{
	if (j->is_value)
		j->is_value = false;
	else if (j->depth && j->has_items[j->depth])
		pc_strbuf_add(&j->text, ",", 1);
	if (j->depth) j->has_items[j->depth] = true;
}

void cli_json_open(cli_json *j, char bracket)
{
	begin_value(j);
	PC_ASSERT(j->depth + 1 < CLI_JSON_DEPTH);
	j->has_items[++j->depth] = false;
	pc_strbuf_add(&j->text, &bracket, 1);
}

void cli_json_close(cli_json *j, char bracket)
{
	PC_ASSERT(j->depth > 0);
	j->depth--;
	pc_strbuf_add(&j->text, &bracket, 1);
}

static void add_character(pc_strbuf *b, const char *bytes, size_t count, uint32_t code)
{
	static const char shorts[] = "\"\"\\\\\nn\tt\rr\bb\ff";
	for (size_t i = 0; i + 1 < sizeof shorts; i += 2) {
		if (code != (unsigned char)shorts[i]) continue;
		pc_strbuf_add(b, "\\", 1);
		pc_strbuf_add(b, &shorts[i + 1], 1);
		return;
	}
	/* C1 controls and the line separators are legal, but would reach a terminal, or end a line of JavaScript */
	if (code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E))
		pc_strbuf_printf(b, "\\u%04x", (unsigned)code);
	else
		pc_strbuf_add(b, bytes, count);
}

void cli_json_text(cli_json *j, const char *text, size_t bytes)
{
	begin_value(j);
	pc_strbuf_add(&j->text, "\"", 1);
	for (size_t at = 0; at < bytes;) {
		uint32_t code;
		int taken = pc_utf8_decode(text + at, bytes - at, &code);
		size_t length = (size_t)(taken < 0 ? -taken : taken);
		if (taken < 0)
			pc_strbuf_puts(&j->text, "\xEF\xBF\xBD");
		else
			add_character(&j->text, text + at, length, code);
		at += length;
	}
	pc_strbuf_add(&j->text, "\"", 1);
}

void cli_json_z(cli_json *j, const char *text)
{
	cli_json_text(j, text, strlen(text));
}

void cli_json_field(cli_json *j, const char *field, size_t field_bytes)
{
	const char *end = memchr(field, 0, field_bytes);
	cli_json_text(j, field, end ? (size_t)(end - field) : field_bytes);
}

void cli_json_key(cli_json *j, const char *key)
{
	cli_json_z(j, key);
	pc_strbuf_add(&j->text, ":", 1);
	j->is_value = true;
}

void cli_json_hex(cli_json *j, const void *bytes, size_t count)
{
	begin_value(j);
	pc_strbuf_add(&j->text, "\"", 1);
	for (size_t i = 0; i < count; i++) {
		unsigned byte = ((const unsigned char *)bytes)[i];
		char pair[2] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
		pc_strbuf_add(&j->text, pair, 2);
	}
	pc_strbuf_add(&j->text, "\"", 1);
}

void cli_json_i64(cli_json *j, int64_t value)
{
	begin_value(j);
	pc_strbuf_printf(&j->text, "%" PRId64, value);
}

void cli_json_u64(cli_json *j, uint64_t value)
{
	begin_value(j);
	pc_strbuf_printf(&j->text, "%" PRIu64, value);
}

void cli_json_f64(cli_json *j, double value)
{
	char text[PC_NUM_TEXT_MAX];
	if (!isfinite(value)) {
		cli_json_null(j);
		return;
	}
	begin_value(j);
	pc_strbuf_add(&j->text, text, pc_num_format_f64(value, text));
}

void cli_json_f32(cli_json *j, float value)
{
	char text[PC_NUM_TEXT_MAX];
	if (!isfinite(value)) {
		cli_json_null(j);
		return;
	}
	begin_value(j);
	pc_strbuf_add(&j->text, text, pc_num_format_f32(value, text));
}

void cli_json_bool(cli_json *j, bool value)
{
	begin_value(j);
	pc_strbuf_puts(&j->text, value ? "true" : "false");
}

void cli_json_null(cli_json *j)
{
	begin_value(j);
	pc_strbuf_puts(&j->text, "null");
}
