/* layout/value_get.c - one element of a field, decoded. Elements may be unaligned: memcpy everywhere. */
#include "base/utf8.h"
#include "layout/bits.h"
#include "layout/codepage.h"
#include "layout/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static double load_real(const void *element, pc_type type)
{
	float single;
	double real;
	if (type == PC_TYPE_F32) return memcpy(&single, element, sizeof single), (double)single;
	return memcpy(&real, element, sizeof real), real;
}

static size_t get_utf8(const char *at, size_t bytes, char *dst)
{
	const char *nul = memchr(at, '\0', bytes), *end = nul ? nul : at + bytes;
	char *to = dst;
	while (at < end) {
		uint32_t code;
		int taken = pc_utf8_decode(at, (size_t)(end - at), &code);
		to += pc_utf8_encode(code, to);
		at += taken < 0 ? -taken : taken;
	}
	*to = '\0';
	return (size_t)(to - dst);
}

static size_t get_utf16(const char *at, size_t units, char *dst)
{
	char *to = dst;
	for (size_t i = 0; i < units; i++) {
		uint32_t code = (uint32_t)pc_load_bits(at + 2 * i, 2);
		if (!code) break;
		if (code >= 0xD800 && code < 0xE000) {
			uint32_t low = i + 1 < units ? (uint32_t)pc_load_bits(at + 2 * i + 2, 2) : 0;
			bool is_pair = code < 0xDC00 && low >= 0xDC00 && low < 0xE000;
			code = is_pair ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : PC_UTF8_REPLACEMENT;
			i += is_pair;
		}
		to += pc_utf8_encode(code, to);
	}
	*to = '\0';
	return (size_t)(to - dst);
}

static size_t get_utf32(const char *at, size_t units, char *dst)
{
	char *to = dst;
	for (size_t i = 0; i < units; i++) {
		uint32_t code = (uint32_t)pc_load_bits(at + 4 * i, 4);
		if (!code) break;
		bool is_letter = code < 0xD800 || (code >= 0xE000 && code <= 0x10FFFF);
		to += pc_utf8_encode(is_letter ? code : PC_UTF8_REPLACEMENT, to);
	}
	*to = '\0';
	return (size_t)(to - dst);
}

static size_t get_codepage(pc_encoding encoding, const char *at, size_t bytes, char *dst)
{
	char *to = dst;
	for (size_t i = 0; i < bytes && at[i]; i++)
		to += pc_utf8_encode(pc_codepage_decode(encoding, (unsigned char)at[i]), to);
	*to = '\0';
	return (size_t)(to - dst);
}

static pc_status get_text(const pc_field *field, const void *element, uint32_t units, char *buf, size_t buf_bytes,
                          pc_value *v)
{
	size_t each = field->type == PC_TYPE_WCHAR32 ? 4 : 3;
	if (!buf || buf_bytes / each < units || buf_bytes - each * units < 1) return PC_EINVAL;
	v->kind = PC_VALUE_TEXT;
	v->text = buf;
	if (field->type == PC_TYPE_WCHAR16)
		v->bytes_count = get_utf16(element, units, buf);
	else if (field->type == PC_TYPE_WCHAR32)
		v->bytes_count = get_utf32(element, units, buf);
	else if (field->encoding > PC_ENCODING_UTF8)
		v->bytes_count = get_codepage(field->encoding, element, units, buf);
	else
		v->bytes_count = get_utf8(element, units, buf);
	return PC_OK;
}

static const char *find_label(const pc_field *field, int64_t value)
{
	uint32_t low = 0, high = field->label_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (field->labels[middle].value == value) return field->labels[middle].text;
		if (field->labels[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void get_number(const pc_field *field, const void *element, pc_value *v)
{
	uint32_t bytes = pc_type_bytes(field->type);
	uint32_t width = field->bit_count ? field->bit_count : bytes * 8;
	uint64_t bits = pc_load_bits(element, bytes);
	if (field->bit_count) bits = bits >> field->bit_first & UINT64_MAX >> (64 - field->bit_count);
	switch (pc_type_kind(field->type)) {
	case PC_KIND_BOOL:
		v->kind = PC_VALUE_BOOL;
		v->as.i = bits != 0;
		break;
	case PC_KIND_REAL:
		v->kind = PC_VALUE_REAL;
		v->as.r = load_real(element, field->type);
		break;
	case PC_KIND_SIGNED:
	case PC_KIND_ENUM:
		v->kind = PC_VALUE_INT;
		v->as.i = pc_field_is_signed(field) ? pc_extend_sign(bits, width) : (int64_t)bits;
		v->label = find_label(field, v->as.i);
		break;
	case PC_KIND_UNSIGNED:
	case PC_KIND_TEXT:
	case PC_KIND_STRUCT:
		v->kind = PC_VALUE_UINT;
		v->as.u = bits;
		break;
	}
}

pc_status pc_value_get_used(const pc_field *field, const void *element, uint32_t units, char *text_buf,
                            size_t text_buf_bytes, pc_value *ret_value)
{
	pc_value v = {.kind = PC_VALUE_UINT};
	if (field->type == PC_TYPE_STRUCT) return PC_EINVAL;
	if (units > field->text_units) units = field->text_units;
	if (pc_field_is_blob(field)) {
		v.kind = PC_VALUE_BLOB;
		v.bytes = element;
		v.bytes_count = units;
	} else if (pc_field_is_text(field)) {
		pc_status s = get_text(field, element, units, text_buf, text_buf_bytes, &v);
		if (s != PC_OK) return s;
	} else {
		get_number(field, element, &v);
	}
	*ret_value = v;
	return PC_OK;
}

pc_status pc_value_get(const pc_field *field, const void *element, char *text_buf, size_t text_buf_bytes,
                       pc_value *ret_value)
{
	return pc_value_get_used(field, element, field->text_units, text_buf, text_buf_bytes, ret_value);
}

size_t pc_flags_text(const pc_field *field, uint64_t value, char *dst, size_t dst_bytes)
{
	size_t used = 0;
	for (uint32_t i = 0; i <= field->flag_count; i++) {
		bool is_rest = i == field->flag_count;
		uint64_t mask = is_rest ? value : (uint64_t)field->flags[i].value;
		if (is_rest ? !value && used : (value & mask) != mask) continue;
		char *to = used < dst_bytes ? dst + used : NULL;
		size_t room = to ? dst_bytes - used : 0;
		int more = is_rest ? snprintf(to, room, value ? "%s0x%" PRIx64 : "%s%" PRIx64, used ? "|" : "", value)
		                   : snprintf(to, room, "%s%s", used ? "|" : "", field->flags[i].text);
		used += more > 0 ? (size_t)more : 0;
		value &= ~mask;
	}
	return used;
}
