/* layout/value_set.c - one element of a field from text as a person writes it. Nothing is written unless all is well. */
#include "base/err.h"
#include "base/num.h"
#include "base/utf8.h"
#include "layout/bits.h"
#include "layout/codepage.h"
#include "layout/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How much of a value a message quotes: whole characters, so that the message stays UTF-8. */
static int shown(const char *text)
{
	size_t bytes = strlen(text);
	return (int)pc_utf8_valid_bytes(text, bytes < 40 ? bytes : 40);
}

/* Store a number into the field's bits; the others stay as they are. */
static void store_number(const pc_field *field, void *element, uint64_t value)
{
	uint32_t bytes = pc_type_bytes(field->type);
	if (field->bit_count) {
		uint64_t mask = UINT64_MAX >> (64 - field->bit_count) << field->bit_first;
		value = (pc_load_bits(element, bytes) & ~mask) | (value << field->bit_first & mask);
	}
	pc_store_bits(element, bytes, value);
}

static pc_range range_of(const pc_field *field)
{
	bool is_signed = pc_field_is_signed(field);
	return field->bit_count ? pc_range_of_bits(field->bit_count, is_signed) : pc_range_of(field->type, is_signed);
}

static pc_status set_bool(const pc_field *field, void *element, const char *text, pc_err *err)
{
	bool is_true = !strcmp(text, "true") || !strcmp(text, "1");
	if (!is_true && strcmp(text, "false") && strcmp(text, "0"))
		return pc_err_set(err, PC_EINVAL, "expected true or false for %s, found '%.*s'", field->name,
		                  shown(text), text);
	store_number(field, element, is_true);
	return PC_OK;
}

static pc_status fail_range(const pc_field *field, const char *text, pc_range range, pc_err *err)
{
	return pc_err_set(err, PC_EINVAL, "%.*s does not fit %s, %" PRId64 "..%" PRIu64, shown(text), text,
	                  pc_type_name(field->type), range.min, range.max);
}

static pc_status set_integer(const pc_field *field, void *element, const char *text, const char *expected, pc_err *err)
{
	pc_range range = range_of(field);
	pc_int n;
	int64_t negative = 0;
	enum pc_num_status s = pc_num_parse_int(text, strlen(text), &n);
	if (s == PC_NUM_SYNTAX)
		return pc_err_set(err, PC_EINVAL, "expected %s for %s, found '%.*s'", expected, field->name,
		                  shown(text), text);
	if (s == PC_NUM_RANGE) return fail_range(field, text, range, err);
	if (n.negative ? !pc_num_to_i64(n, &negative) || negative < range.min : n.magnitude > range.max)
		return fail_range(field, text, range, err);
	store_number(field, element, n.negative ? 0 - n.magnitude : n.magnitude);
	return PC_OK;
}

static pc_status set_enum(const pc_field *field, void *element, const char *text, pc_err *err)
{
	char expected[96] = "a whole number";
	for (uint32_t i = 0; i < field->label_count; i++) {
		if (strcmp(field->labels[i].text, text)) continue;
		store_number(field, element, (uint64_t)field->labels[i].value);
		return PC_OK;
	}
	if (field->label_count)
		(void)snprintf(expected, sizeof expected, "a label such as %.*s, or a number",
		               shown(field->labels[0].text), field->labels[0].text);
	return set_integer(field, element, text, expected, err);
}

static pc_status set_real(const pc_field *field, void *element, const char *text, pc_err *err)
{
	double real = 0;
	float single = 0;
	enum pc_num_status s = field->type == PC_TYPE_F32 ? pc_num_parse_f32(text, strlen(text), &single)
	                                                  : pc_num_parse_f64(text, strlen(text), &real);
	if (s == PC_NUM_SYNTAX)
		return pc_err_set(err, PC_EINVAL, "expected a number for %s, found '%.*s'", field->name, shown(text),
		                  text);
	if (s == PC_NUM_RANGE)
		return pc_err_set(err, PC_EINVAL, "%.*s does not fit %s", shown(text), text, pc_type_name(field->type));
	if (field->type == PC_TYPE_F32)
		memcpy(element, &single, sizeof single);
	else
		memcpy(element, &real, sizeof real);
	return PC_OK;
}

static pc_status fail_length(const pc_field *field, size_t units, const char *called, pc_err *err)
{
	return pc_err_set(err, PC_EINVAL, "%zu %s do not fit %s, %s[%" PRIu32 "]", units, called, field->name,
	                  pc_type_name(field->type), field->text_units);
}

static pc_status set_char(const pc_field *field, void *element, const char *text, pc_err *err)
{
	size_t bytes = strlen(text);
	if (bytes > field->text_units) return fail_length(field, bytes, "bytes", err);
	memcpy(element, text, bytes);
	memset((char *)element + bytes, 0, field->text_units - bytes);
	return PC_OK;
}

static pc_status set_wchar16(const pc_field *field, void *element, const char *text, pc_err *err)
{
	size_t bytes = strlen(text), units = 0;
	uint32_t code;
	for (size_t at = 0; at < bytes; at += (size_t)pc_utf8_decode(text + at, bytes - at, &code))
		units += (unsigned char)text[at] >= 0xF0 ? 2 : 1;
	if (units > field->text_units) return fail_length(field, units, "UTF-16 units", err);
	memset(element, 0, field->element_bytes);
	char *to = element;
	for (size_t at = 0; at < bytes;) {
		at += (size_t)pc_utf8_decode(text + at, bytes - at, &code);
		if (code >= 0x10000) {
			pc_store_bits(to, 2, 0xD800 + ((code - 0x10000) >> 10));
			code = 0xDC00 + ((code - 0x10000) & 0x3FF);
			to += 2;
		}
		pc_store_bits(to, 2, code);
		to += 2;
	}
	return PC_OK;
}

static pc_status set_wchar32(const pc_field *field, void *element, const char *text, pc_err *err)
{
	size_t bytes = strlen(text), units = 0;
	uint32_t code;
	for (size_t at = 0; at < bytes; at += (size_t)pc_utf8_decode(text + at, bytes - at, &code)) units++;
	if (units > field->text_units) return fail_length(field, units, "characters", err);
	memset(element, 0, field->element_bytes);
	char *to = element;
	for (size_t at = 0; at < bytes; to += 4) {
		at += (size_t)pc_utf8_decode(text + at, bytes - at, &code);
		pc_store_bits(to, 4, code);
	}
	return PC_OK;
}

static pc_status set_codepage(const pc_field *field, void *element, const char *text, pc_err *err)
{
	size_t bytes = strlen(text), units = 0;
	uint32_t code;
	for (size_t at = 0; at < bytes; units++) {
		size_t from = at;
		at += (size_t)pc_utf8_decode(text + at, bytes - at, &code);
		if (pc_codepage_encode(field->encoding, code) < 0)
			return pc_err_set(err, PC_EINVAL, "'%.*s' is not in %s, the encoding of %s", (int)(at - from),
			                  text + from, pc_encoding_name(field->encoding), field->name);
	}
	if (units > field->text_units) return fail_length(field, units, "characters", err);
	memset(element, 0, field->element_bytes);
	unsigned char *to = element;
	for (size_t at = 0; at < bytes;) {
		at += (size_t)pc_utf8_decode(text + at, bytes - at, &code);
		*to++ = (unsigned char)pc_codepage_encode(field->encoding, code);
	}
	return PC_OK;
}

static pc_status set_text(const pc_field *field, void *element, const char *text, pc_err *err)
{
	if (pc_utf8_valid_bytes(text, strlen(text)) != strlen(text))
		return pc_err_set(err, PC_EINVAL, "expected UTF-8 text for %s", field->name);
	if (field->type == PC_TYPE_WCHAR16) return set_wchar16(field, element, text, err);
	if (field->type == PC_TYPE_WCHAR32) return set_wchar32(field, element, text, err);
	if (field->encoding > PC_ENCODING_UTF8) return set_codepage(field, element, text, err);
	return set_char(field, element, text, err);
}

/* "abs|tc|0x40", or a number. */
static pc_status set_flags(const pc_field *field, void *element, const char *text, pc_err *err)
{
	uint64_t all = 0;
	for (const char *at = text;;) {
		size_t bytes = strcspn(at, "|");
		pc_int n;
		uint32_t i = 0;
		while (i < field->flag_count &&
		       (strlen(field->flags[i].text) != bytes || memcmp(field->flags[i].text, at, bytes)))
			i++;
		if (i < field->flag_count)
			all |= (uint64_t)field->flags[i].value;
		else if (pc_num_parse_int(at, bytes, &n) != PC_NUM_OK || n.negative ||
		         n.magnitude > pc_range_of(field->type, false).max)
			return pc_err_set(err, PC_EINVAL,
			                  "expected flags such as %.40s, or a number, for %s, found '%.*s'",
			                  field->flags[0].text, field->name, shown(text), text);
		else
			all |= n.magnitude;
		if (!at[bytes]) break;
		at += bytes + 1;
	}
	store_number(field, element, all);
	return PC_OK;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9') return c - '0';
	if (c >= 'a' && c <= 'f') return c - 'a' + 10;
	if (c >= 'A' && c <= 'F') return c - 'A' + 10;
	return -1;
}

static pc_status set_blob(const pc_field *field, void *element, const char *text, pc_err *err)
{
	size_t digits = strlen(text);
	unsigned char *to = element;
	if (digits % 2 || strspn(text, "0123456789abcdefABCDEF") != digits)
		return pc_err_set(err, PC_EINVAL, "expected pairs of hex digits for %s, found '%.*s'", field->name,
		                  shown(text), text);
	if (digits / 2 > field->text_units) return fail_length(field, digits / 2, "bytes", err);
	memset(to, 0, field->text_units);
	for (size_t i = 0; i < digits / 2; i++)
		to[i] = (unsigned char)(hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
	return PC_OK;
}

pc_status pc_value_set(const pc_field *field, void *element, const char *text, pc_err *err)
{
	if (pc_field_is_blob(field)) return set_blob(field, element, text, err);
	if (field->flag_count) return set_flags(field, element, text, err);
	if (pc_field_is_text(field)) return set_text(field, element, text, err);
	switch (pc_type_kind(field->type)) {
	case PC_KIND_BOOL: return set_bool(field, element, text, err);
	case PC_KIND_SIGNED:
	case PC_KIND_UNSIGNED: return set_integer(field, element, text, "a whole number", err);
	case PC_KIND_REAL: return set_real(field, element, text, err);
	case PC_KIND_ENUM: return set_enum(field, element, text, err);
	case PC_KIND_TEXT:
	case PC_KIND_STRUCT: break;
	}
	return pc_err_set(err, PC_EINVAL, "%s is a struct: expected a path to one of its fields", field->name);
}
