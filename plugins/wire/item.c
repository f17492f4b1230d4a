/* wire/item.c - reading msgpack heads. */
#include "wire/item.h"

#include <string.h>

static size_t left(const wire_cursor *c)
{
	return (size_t)(c->end - c->at);
}

static bool take_be(wire_cursor *c, unsigned bytes, uint64_t *ret)
{
	uint64_t v = 0;
	if (left(c) < bytes) return false;
	for (unsigned i = 0; i < bytes; i++) v = v << 8 | c->at[i];
	c->at += bytes;
	*ret = v;
	return true;
}

static bool take_body(wire_cursor *c, wire_item *item)
{
	if (item->count > left(c)) return false;
	item->bytes = c->at;
	c->at += item->count;
	return true;
}

static bool integer(wire_item *item, int64_t v)
{
	item->kind = v < 0 ? WIRE_ITEM_INT : WIRE_ITEM_UINT;
	if (v < 0)
		item->negative = v;
	else
		item->count = (uint64_t)v;
	return true;
}

static bool take_signed(wire_cursor *c, unsigned bytes, wire_item *item)
{
	uint64_t v = 0, sign = UINT64_C(1) << (8 * bytes - 1);
	if (!take_be(c, bytes, &v)) return false;
	return integer(item, (int64_t)((v ^ sign) - sign));
}

static bool take_real(wire_cursor *c, unsigned bytes, wire_item *item)
{
	uint64_t v = 0;
	if (!take_be(c, bytes, &v)) return false;
	item->kind = WIRE_ITEM_REAL;
	if (bytes == 4) {
		uint32_t word = (uint32_t)v;
		float f;
		memcpy(&f, &word, sizeof f);
		item->real = (double)f;
	} else {
		memcpy(&item->real, &v, sizeof item->real);
	}
	return true;
}

static bool take_sized(wire_cursor *c, enum wire_item_kind kind, unsigned length_bytes, wire_item *item)
{
	item->kind = kind;
	return take_be(c, length_bytes, &item->count) && take_body(c, item);
}

/* Containers: the head says how many items follow, whether they are there is seen one by one. */
static bool take_container(wire_cursor *c, enum wire_item_kind kind, unsigned length_bytes, wire_item *item)
{
	item->kind = kind;
	return take_be(c, length_bytes, &item->count);
}

/* ext is a length, a type byte and the bytes; fixext has its length in the head */
static bool take_ext(wire_cursor *c, unsigned length_bytes, uint64_t fixed_bytes, wire_item *item)
{
	item->kind = WIRE_ITEM_EXT;
	item->count = fixed_bytes;
	if (length_bytes && !take_be(c, length_bytes, &item->count)) return false;
	if (!left(c)) return false;
	c->at++;
	return take_body(c, item);
}

static bool take_short(wire_cursor *c, uint8_t head, wire_item *item)
{
	if (head <= 0x7f) return integer(item, head);
	if (head >= 0xe0) return integer(item, (int64_t)head - 256);
	item->count = head & (head <= 0x9f ? 0x0fu : 0x1fu);
	item->kind = head <= 0x8f ? WIRE_ITEM_MAP : head <= 0x9f ? WIRE_ITEM_ARRAY : WIRE_ITEM_STR;
	return item->kind != WIRE_ITEM_STR || take_body(c, item);
}

bool wire_take(wire_cursor *c, wire_item *ret)
{
	uint8_t head;
	*ret = (wire_item){0};
	if (!left(c)) return false;
	head = *c->at++;
	if (head <= 0xbf || head >= 0xe0) return take_short(c, head, ret);
	switch (head) {
	case 0xc0: ret->kind = WIRE_ITEM_NIL; return true;
	case 0xc2:
	case 0xc3:
		ret->kind = WIRE_ITEM_BOOL;
		ret->count = head & 1u;
		return true;
	case 0xc4:
	case 0xc5:
	case 0xc6: return take_sized(c, WIRE_ITEM_BIN, 1u << (head - 0xc4), ret);
	case 0xc7:
	case 0xc8:
	case 0xc9: return take_ext(c, 1u << (head - 0xc7), 0, ret);
	case 0xca: return take_real(c, 4, ret);
	case 0xcb: return take_real(c, 8, ret);
	case 0xcc:
	case 0xcd:
	case 0xce:
	case 0xcf: ret->kind = WIRE_ITEM_UINT; return take_be(c, 1u << (head - 0xcc), &ret->count);
	case 0xd0:
	case 0xd1:
	case 0xd2:
	case 0xd3: return take_signed(c, 1u << (head - 0xd0), ret);
	case 0xd4:
	case 0xd5:
	case 0xd6:
	case 0xd7:
	case 0xd8: return take_ext(c, 0, 1u << (head - 0xd4), ret);
	case 0xd9:
	case 0xda:
	case 0xdb: return take_sized(c, WIRE_ITEM_STR, 1u << (head - 0xd9), ret);
	case 0xdc:
	case 0xdd: return take_container(c, WIRE_ITEM_ARRAY, head == 0xdc ? 2 : 4, ret);
	case 0xde:
	case 0xdf: return take_container(c, WIRE_ITEM_MAP, head == 0xde ? 2 : 4, ret);
	default: return false; /* 0xc1 is not used by msgpack */
	}
}

bool wire_skip(wire_cursor *c)
{
	for (uint64_t open = 1; open > 0; open--) {
		wire_item item;
		if (!wire_take(c, &item)) return false;
		if (item.kind == WIRE_ITEM_ARRAY) open += item.count;
		if (item.kind == WIRE_ITEM_MAP) open += 2 * item.count;
	}
	return true;
}

/* Length of the character at @p t, 0 if it is wrong: no overlong forms, surrogates or codes above U+10FFFF. */
static size_t character_bytes(const uint8_t *t, size_t bytes)
{
	size_t n = t[0] < 0x80 ? 1 : t[0] < 0xc2 ? 0 : t[0] < 0xe0 ? 2 : t[0] < 0xf0 ? 3 : t[0] < 0xf5 ? 4 : 0;
	if (n > bytes) return 0;
	for (size_t i = 1; i < n; i++)
		if ((t[i] & 0xc0) != 0x80) return 0;
	if (n == 3 && ((t[0] == 0xe0 && t[1] < 0xa0) || (t[0] == 0xed && t[1] > 0x9f))) return 0;
	if (n == 4 && ((t[0] == 0xf0 && t[1] < 0x90) || (t[0] == 0xf4 && t[1] > 0x8f))) return 0;
	return n;
}

bool wire_is_utf8(const uint8_t *text, size_t bytes)
{
	size_t n = 0;
	for (size_t at = 0; at < bytes; at += n) {
		n = character_bytes(text + at, bytes - at);
		if (!n) return false;
	}
	return true;
}
