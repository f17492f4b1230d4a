/* wire/json.c - a small JSON writer (RFC 8259). */
#include "wire/json.h"

#include "wire/names.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void raw(wire_json *j, const char *text)
{
	wire_buf_put(j->to, text, strlen(text));
}

static void before_value(wire_json *j)
{
	if (j->comma) raw(j, ",");
	j->comma = true;
}

void wire_json_open(wire_json *j, char bracket)
{
	before_value(j);
	wire_buf_put(j->to, &bracket, 1);
	j->comma = false;
}

void wire_json_close(wire_json *j, char bracket)
{
	wire_buf_put(j->to, &bracket, 1);
	j->comma = true;
}

static void escaped(wire_json *j, unsigned char c)
{
	char text[8];
	if (c == '"' || c == '\\')
		(void)snprintf(text, sizeof text, "\\%c", c);
	else
		(void)snprintf(text, sizeof text, "\\u%04x", c);
	raw(j, text);
}

static void quoted(wire_json *j, const char *text, size_t bytes)
{
	size_t from = 0;
	raw(j, "\"");
	for (size_t i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) continue;
		wire_buf_put(j->to, text + from, i - from);
		escaped(j, c);
		from = i + 1;
	}
	if (bytes > from) wire_buf_put(j->to, text + from, bytes - from);
	raw(j, "\"");
}

void wire_json_key(wire_json *j, const char *key)
{
	before_value(j);
	quoted(j, key, strlen(key));
	raw(j, ":");
	j->comma = false;
}

void wire_json_text(wire_json *j, const char *text, size_t bytes)
{
	before_value(j);
	quoted(j, text, bytes);
}

void wire_json_puts(wire_json *j, const char *text)
{
	wire_json_text(j, text, strlen(text));
}

static void word(wire_json *j, const char *text)
{
	before_value(j);
	raw(j, text);
}

void wire_json_uint(wire_json *j, uint64_t v)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%" PRIu64, v);
	word(j, text);
}

void wire_json_int(wire_json *j, int64_t v)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%" PRId64, v);
	word(j, text);
}

void wire_json_f64(wire_json *j, double v)
{
	char text[32] = "null";
	for (int digits = 15; isfinite(v) && digits <= 17; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v) break;
	}
	word(j, text);
}

void wire_json_f32(wire_json *j, float v)
{
	char text[32] = "null";
	for (int digits = 6; isfinite(v) && digits <= 9; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, (double)v);
		if (strtof(text, NULL) == v) break;
	}
	word(j, text);
}

void wire_json_bool(wire_json *j, bool v)
{
	word(j, v ? "true" : "false");
}

void wire_json_null(wire_json *j)
{
	word(j, "null");
}

void wire_json_time(wire_json *j, uint64_t v)
{
	if (v == WIRE_NEVER)
		wire_json_null(j);
	else
		wire_json_uint(j, v);
}

void wire_json_hex(wire_json *j, const void *data, size_t bytes)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *from = data;
	uint8_t *to = bytes < SIZE_MAX / 4 ? wire_buf_reserve(j->to, 2 * bytes + 3) : NULL;
	if (!to) {
		j->to->failed = true;
		return;
	}
	before_value(j);
	to = j->to->data + j->to->bytes;
	*to++ = '"';
	for (size_t i = 0; i < bytes; i++) {
		*to++ = (uint8_t)digit[from[i] >> 4];
		*to++ = (uint8_t)digit[from[i] & 15];
	}
	*to++ = '"';
	j->to->bytes += 2 * bytes + 2;
}
