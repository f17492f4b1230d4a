/* wire/item.h - one msgpack item at a time through a bounds-checked cursor; never allocates. */
#ifndef PC_WIRE_ITEM_H
#define PC_WIRE_ITEM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A reading position; never moves past @c end. The bytes are borrowed. */
typedef struct wire_cursor {
	const uint8_t *at, *end;
} wire_cursor;

enum wire_item_kind {
	WIRE_ITEM_NIL,
	WIRE_ITEM_BOOL,
	WIRE_ITEM_UINT, /* any integer >= 0, however it was written */
	WIRE_ITEM_INT,  /* negative */
	WIRE_ITEM_REAL,
	WIRE_ITEM_STR,
	WIRE_ITEM_BIN,
	WIRE_ITEM_ARRAY, /* count items follow */
	WIRE_ITEM_MAP,   /* 2 * count items follow */
	WIRE_ITEM_EXT
};

typedef struct wire_item {
	enum wire_item_kind kind;
	uint64_t count; /* UINT, BOOL: the value; ARRAY, MAP: how many follow; STR, BIN, EXT: bytes */
	int64_t negative;
	double real;
	const uint8_t *bytes; /* STR, BIN, EXT: borrowed from the message */
} wire_item;

/**
 * Take the next item: a scalar or a text whole, of an array or map the head only.
 * @return false, with the cursor anywhere, if the bytes end too early or are not msgpack
 */
bool wire_take(wire_cursor *c, wire_item *ret);
/** Take the next item with everything inside it. Recursion-free; only for bytes that wire_scan() accepted. */
bool wire_skip(wire_cursor *c);
/** True if @p bytes are valid UTF-8 (RFC 3629). */
bool wire_is_utf8(const uint8_t *text, size_t bytes);

#endif
