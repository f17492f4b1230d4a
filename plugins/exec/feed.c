/* feed.c - see feed.h. */
#include "feed.h"

#include "wire/item.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PATH_BYTES  512u
#define VALUE_BYTES 4096u
#define DEPTH_MAX   16u

static pc_status wrong(pc_err *err, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	if (err) (void)vsnprintf(err->text, sizeof err->text, format, arguments);
	va_end(arguments);
	return PC_EINVAL;
}

/* ---- one value ---- */

static pc_status set_element(const pc_ref *ref, uint64_t index, unsigned char *payload, const char *path,
                             const char *text, pc_err *err)
{
	pc_err why = {""};
	pc_status s;
	if (index >= ref->count)
		return wrong(err, "%s: more values than its %llu elements", path, (unsigned long long)ref->count);
	s = pc_value_set(ref->field, payload + ref->offset + index * ref->field->stride_bytes, text, &why);
	return s == PC_OK ? s : wrong(err, "%s: %s", path, why.text);
}

/* ---- lines ---- */

/* A bare word, or "..." with \" \\ \n \t. @return false: no end, or too long */
static bool take_value(const char **at, const char *end, char value[VALUE_BYTES])
{
	size_t n = 0;
	bool quoted = *at < end && **at == '"';
	if (quoted) ++*at;
	for (; *at < end && (quoted ? **at != '"' : !isspace((unsigned char)**at)); ++*at) {
		char c = **at;
		if (quoted && c == '\\' && *at + 1 < end) {
			c = *++*at;
			c = (char)(c == 'n' ? '\n' : c == 't' ? '\t' : c);
		}
		if (n + 1 == VALUE_BYTES) return false;
		value[n++] = c;
	}
	value[n] = 0;
	if (!quoted) return true;
	if (*at == end) return false;
	++*at;
	return *at == end || isspace((unsigned char)**at);
}

static pc_status assign(const pc_layout *layout, const char *path, char *value, bool is_text, unsigned char *payload,
                        pc_err *err)
{
	pc_err why = {""};
	pc_ref ref;
	uint64_t index = 0;
	pc_status s = pc_layout_find(layout, path, &ref, &why);
	if (s != PC_OK) return wrong(err, "%s", why.text);
	if (ref.count == 1) return set_element(&ref, 0, payload, path, value, err);
	if (is_text) return wrong(err, "%s: one value for %llu elements", path, (unsigned long long)ref.count);
	for (char *one = value; one && s == PC_OK; index++) {
		char *comma = strchr(one, ',');
		if (comma) *comma++ = 0;
		s = set_element(&ref, index, payload, path, one, err);
		one = comma;
	}
	return s;
}

static pc_status apply_line(const pc_layout *layout, const char *at, size_t bytes, unsigned char *payload,
                            unsigned *count, pc_err *err)
{
	const char *end = at + bytes;
	char path[PATH_BYTES], value[VALUE_BYTES];
	pc_status s = PC_OK;
	while (s == PC_OK) {
		const char *equals;
		bool is_text;
		while (at < end && isspace((unsigned char)*at)) at++;
		if (at == end || *at == '#') return PC_OK;
		equals = memchr(at, '=', (size_t)(end - at));
		if (!equals || (size_t)(equals - at) >= PATH_BYTES)
			return wrong(err, "expected path=value, found '%.*s'", (int)(end - at < 60 ? end - at : 60),
			             at);
		memcpy(path, at, (size_t)(equals - at));
		path[equals - at] = 0;
		at = equals + 1;
		is_text = at < end && *at == '"';
		if (!take_value(&at, end, value))
			return wrong(err, "%s: its value has no end, or is longer than %u bytes", path,
			             VALUE_BYTES - 1);
		s = assign(layout, path, value, is_text, payload, err);
		if (s == PC_OK) ++*count;
	}
	return s;
}

/* ---- msgpack ---- */

static void value_text(const wire_item *item, char text[VALUE_BYTES], bool *ret_fits)
{
	static const char digits[] = "0123456789abcdef";
	*ret_fits = true;
	text[0] = 0;
	switch (item->kind) {
	case WIRE_ITEM_BOOL: (void)snprintf(text, VALUE_BYTES, "%s", item->count ? "true" : "false"); break;
	case WIRE_ITEM_UINT: (void)snprintf(text, VALUE_BYTES, "%llu", (unsigned long long)item->count); break;
	case WIRE_ITEM_INT: (void)snprintf(text, VALUE_BYTES, "%lld", (long long)item->negative); break;
	case WIRE_ITEM_REAL: (void)snprintf(text, VALUE_BYTES, "%.17g", item->real); break;
	case WIRE_ITEM_STR:
		*ret_fits = item->count < VALUE_BYTES && !memchr(item->bytes, 0, (size_t)item->count);
		if (*ret_fits) {
			memcpy(text, item->bytes, (size_t)item->count);
			text[item->count] = 0;
		}
		break;
	case WIRE_ITEM_BIN:
		*ret_fits = item->count < VALUE_BYTES / 2;
		for (size_t i = 0; *ret_fits && i < item->count; i++) {
			text[2 * i] = digits[item->bytes[i] >> 4];
			text[2 * i + 1] = digits[item->bytes[i] & 15];
			text[2 * i + 2] = 0;
		}
		break;
	default: *ret_fits = false;
	}
}

/* A map or array that is being read. */
struct level {
	uint64_t left;
	size_t path_bytes; /* of the container's own path */
	uint64_t index;    /* arrays: next element */
	bool is_map;
};

static bool extend(char path[PATH_BYTES], size_t at, const char *format, ...)
{
	va_list arguments;
	int n;
	va_start(arguments, format);
	n = vsnprintf(path + at, PATH_BYTES - at, format, arguments);
	va_end(arguments);
	return n >= 0 && (size_t)n < PATH_BYTES - at;
}

/* The path of the next value in the innermost container. */
static pc_status step(wire_cursor *c, struct level *in, char path[PATH_BYTES], pc_err *err)
{
	wire_item key;
	in->left--;
	if (!in->is_map) {
		if (extend(path, in->path_bytes, "[%llu]", (unsigned long long)in->index++)) return PC_OK;
		return wrong(err, "a path is too long");
	}
	if (!wire_take(c, &key) || key.kind != WIRE_ITEM_STR || key.count >= PATH_BYTES)
		return wrong(err, "a key of a map is not a short text");
	if (extend(path, in->path_bytes, "%s%.*s", in->path_bytes ? "." : "", (int)key.count, (const char *)key.bytes))
		return PC_OK;
	return wrong(err, "a path is too long");
}

static pc_status apply_msgpack(const pc_layout *layout, const char *data, size_t bytes, unsigned char *payload,
                               unsigned *count, pc_err *err)
{
	wire_cursor c = {(const uint8_t *)data, (const uint8_t *)data + bytes};
	struct level levels[DEPTH_MAX];
	char path[PATH_BYTES] = "", text[VALUE_BYTES];
	unsigned depth = 0;
	wire_item item;
	pc_status s = PC_OK;
	if (!wire_take(&c, &item) || item.kind != WIRE_ITEM_MAP)
		return wrong(err, "expected a map of paths and values");
	levels[depth++] = (struct level){item.count, 0, 0, true};
	while (depth && s == PC_OK) {
		bool fits;
		if (!levels[depth - 1].left) {
			depth--;
			continue;
		}
		s = step(&c, levels + depth - 1, path, err);
		if (s != PC_OK) return s;
		if (!wire_take(&c, &item)) return wrong(err, "%s: its value is cut off", path);
		if (item.kind == WIRE_ITEM_MAP || item.kind == WIRE_ITEM_ARRAY) {
			if (depth == DEPTH_MAX) return wrong(err, "%s: nested too deep", path);
			levels[depth++] = (struct level){item.count, strlen(path), 0, item.kind == WIRE_ITEM_MAP};
			continue;
		}
		value_text(&item, text, &fits);
		if (!fits) return wrong(err, "%s: not a value, or too long", path);
		s = assign(layout, path, text, true, payload, err);
		if (s == PC_OK) ++*count;
	}
	return s;
}

/* Whole if every container in it has all it announces. Only the first byte can make it something else than a map. */
static pc_status next_map(const char *data, size_t bytes, size_t *ret_bytes)
{
	wire_cursor c = {(const uint8_t *)data, (const uint8_t *)data + bytes};
	uint64_t open = 1;
	bool first = true;
	while (open) {
		wire_item item;
		if (!wire_take(&c, &item)) return PC_EAGAIN;
		if (first && item.kind != WIRE_ITEM_MAP) return PC_EINVAL;
		first = false;
		open += item.kind == WIRE_ITEM_MAP ? 2 * item.count : item.kind == WIRE_ITEM_ARRAY ? item.count : 0;
		open--;
	}
	*ret_bytes = (size_t)(c.at - (const uint8_t *)data);
	return PC_OK;
}

pc_status exec_feed_next(enum exec_format format, const char *data, size_t bytes, size_t *ret_bytes)
{
	const char *end;
	if (format == EXEC_MSGPACK) return next_map(data, bytes, ret_bytes);
	end = memchr(data, '\n', bytes);
	if (!end) return PC_EAGAIN;
	*ret_bytes = (size_t)(end - data) + 1;
	return PC_OK;
}

pc_status exec_feed_apply(enum exec_format format, const pc_layout *layout, const char *message, size_t bytes,
                          unsigned char *payload, unsigned *ret_count, pc_err *err)
{
	*ret_count = 0;
	return format == EXEC_MSGPACK ? apply_msgpack(layout, message, bytes, payload, ret_count, err)
	                              : apply_line(layout, message, bytes, payload, ret_count, err);
}
