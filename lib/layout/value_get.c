/* layout/value_get.c - one element of a field, decoded. Elements may be unaligned: memcpy everywhere. */
#include "base/utf8.h"
#include "layout/types.h"

#include <string.h>

/* The element's bits, zero-extended. */
static uint64_t load_bits(const void *element, uint32_t bytes)
{
	uint8_t b1;
	uint16_t b2;
	uint32_t b4;
	uint64_t b8;
	switch (bytes) {
	case 1: return memcpy(&b1, element, 1), b1;
	case 2: return memcpy(&b2, element, 2), b2;
	case 4: return memcpy(&b4, element, 4), b4;
	default: return memcpy(&b8, element, 8), b8;
	}
}

/* Two's complement of `bytes` bytes to int64. */
static int64_t extend_sign(uint64_t bits, uint32_t bytes)
{
	uint64_t sign = UINT64_C(1) << (bytes * 8 - 1);
	uint64_t wide = (bits ^ sign) - sign;
	int64_t value;
	memcpy(&value, &wide, sizeof value);
	return value;
}

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
		uint32_t code = (uint32_t)load_bits(at + 2 * i, 2);
		if (!code) break;
		if (code >= 0xD800 && code < 0xE000) {
			uint32_t low = i + 1 < units ? (uint32_t)load_bits(at + 2 * i + 2, 2) : 0;
			bool is_pair = code < 0xDC00 && low >= 0xDC00 && low < 0xE000;
			code = is_pair ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : PC_UTF8_REPLACEMENT;
			i += is_pair;
		}
		to += pc_utf8_encode(code, to);
	}
	*to = '\0';
	return (size_t)(to - dst);
}

static pc_status get_text(const pc_field *field, const void *element, char *buf, size_t buf_bytes, pc_value *v)
{
	if (!buf || buf_bytes / 3 < field->text_units || buf_bytes - (size_t)3 * field->text_units < 1)
		return PC_EINVAL;
	v->kind = PC_VALUE_TEXT;
	v->text = buf;
	v->bytes_count = field->type == PC_TYPE_CHAR ? get_utf8(element, field->text_units, buf)
	                                             : get_utf16(element, field->text_units, buf);
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
	uint64_t bits = load_bits(element, bytes);
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
		v->as.i = pc_field_is_signed(field) ? extend_sign(bits, bytes) : (int64_t)bits;
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

pc_status pc_value_get(const pc_field *field, const void *element, char *text_buf, size_t text_buf_bytes,
                       pc_value *ret_value)
{
	pc_value v = {.kind = PC_VALUE_UINT};
	if (field->type == PC_TYPE_STRUCT) return PC_EINVAL;
	if (pc_field_is_blob(field)) {
		v.kind = PC_VALUE_BLOB;
		v.bytes = element;
		v.bytes_count = field->text_units;
	} else if (pc_type_kind(field->type) == PC_KIND_TEXT) {
		pc_status s = get_text(field, element, text_buf, text_buf_bytes, &v);
		if (s != PC_OK) return s;
	} else {
		get_number(field, element, &v);
	}
	*ret_value = v;
	return PC_OK;
}
