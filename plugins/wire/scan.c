/* wire/scan.c - the check before any decoding (PC-LIM-02).
 *
 * The work is bounded by the items allowed, not by what the bytes claim: a count is compared with the bytes
 * left (each item has at least one) before it is believed. */
#include "wire/inbound.h"

static const char *check_item(const wire_item *item, const wire_cursor *c)
{
	uint64_t left = (uint64_t)(c->end - c->at);
	switch (item->kind) {
	case WIRE_ITEM_EXT: return "ext";
	case WIRE_ITEM_STR: return wire_is_utf8(item->bytes, item->count) ? NULL : "text that is not UTF-8";
	case WIRE_ITEM_ARRAY: return item->count <= left ? NULL : "array longer than the message";
	case WIRE_ITEM_MAP: return item->count <= left / 2 ? NULL : "map longer than the message";
	default: return NULL;
	}
}

const char *wire_scan(const uint8_t *data, size_t bytes)
{
	wire_cursor c = {data, data + bytes};
	uint64_t open[WIRE_IN_DEPTH_MAX]; /* items still to come on each level */
	unsigned depth = 0, items = 0;
	if (!bytes) return "empty message";
	while (c.at != c.end || depth) {
		wire_item item;
		const char *why;
		uint64_t inside;
		if (!wire_take(&c, &item)) return "not msgpack, or cut off";
		why = check_item(&item, &c);
		if (why) return why;
		if (++items > WIRE_IN_ITEMS_MAX) return "too many items";
		inside = item.kind == WIRE_ITEM_ARRAY ? item.count : item.kind == WIRE_ITEM_MAP ? 2 * item.count : 0;
		if (depth) open[depth - 1]--;
		if (item.kind == WIRE_ITEM_ARRAY || item.kind == WIRE_ITEM_MAP) {
			if (depth == WIRE_IN_DEPTH_MAX) return "nested too deep";
			open[depth++] = inside;
		}
		while (depth && !open[depth - 1]) depth--;
	}
	return NULL;
}
