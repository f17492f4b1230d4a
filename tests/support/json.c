/* json.c - a small JSON reader for tests. */
#include "json.h"

#include "test.h"

typedef struct reader {
	const char *at, *end;
} reader;

/* What is never freed hangs on this list, so that a leak check sees only the leaks of what is tested. */
typedef struct kept {
	struct kept *before;
	uint64_t data[];
} kept;
static kept *all;

static void *keep(size_t bytes)
{
	kept *one = calloc(1, sizeof *one + bytes + 1);
	if (!one) PC_FAIL("out of memory");
	one->before = all;
	all = one;
	return one->data;
}

static const json *allocated(size_t count, const json *from)
{
	json *items = keep(count * sizeof *items);
	memcpy(items, from, count * sizeof *items);
	return items;
}

static int peek(reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at)) r->at++;
	return r->at < r->end ? (unsigned char)*r->at : -1;
}

static void expect(reader *r, char c)
{
	if (peek(r) != c) PC_FAIL("JSON: expected '%c' at %.20s", c, r->at);
	r->at++;
}

static unsigned hex4(reader *r)
{
	char digits[5] = {0};
	if (r->end - r->at < 4) PC_FAIL("JSON: cut off");
	memcpy(digits, r->at, 4);
	r->at += 4;
	return (unsigned)strtoul(digits, NULL, 16);
}

static size_t put_utf8(char *to, unsigned long c)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n; i > 1; i--, c >>= 6) to[i - 1] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)(lead[n] | c);
	return n;
}

static size_t escape(reader *r, char *to)
{
	char c = *r->at++;
	unsigned long code;
	const char *plain;
	if (c != 'u') {
		static const char pairs[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
		for (plain = pairs; *plain && *plain != c;) plain += 2;
		if (!*plain) PC_FAIL("JSON: escape %c", c);
		*to = plain[1];
		return 1;
	}
	code = hex4(r);
	if (code >= 0xd800 && code < 0xdc00) {
		r->at += 2;
		code = 0x10000 + ((code - 0xd800) << 10) + (hex4(r) - 0xdc00);
	}
	return put_utf8(to, code);
}

/* Bytes up to the closing quote: no escape is shorter than what it stands for. */
static size_t quoted_bytes(const reader *r)
{
	const char *at = r->at;
	while (at < r->end && *at != '"') at += *at == '\\' ? 2 : 1;
	if (at >= r->end) PC_FAIL("JSON: a text without end");
	return (size_t)(at - r->at);
}

static char *text(reader *r)
{
	char *out, *to;
	expect(r, '"');
	to = out = keep(quoted_bytes(r));
	while (*r->at != '"') {
		if (*r->at != '\\') {
			*to++ = *r->at++;
			continue;
		}
		r->at++;
		to += escape(r, to);
	}
	expect(r, '"');
	*to = '\0';
	return out;
}

static json value(reader *r, const char *key);

static json list(reader *r, const char *key, char open, char close)
{
	json out = {.kind = open == '{' ? JSON_OBJECT : JSON_ARRAY, .key = key};
	size_t room = 16;
	json *items = malloc(room * sizeof *items);
	expect(r, open);
	while (items && peek(r) != close) {
		const char *name = NULL;
		if (out.count) expect(r, ',');
		if (open == '{') {
			(void)peek(r);
			name = text(r);
			expect(r, ':');
		}
		if (out.count == room) items = realloc(items, (room *= 2) * sizeof *items);
		if (!items) break;
		items[out.count++] = value(r, name);
	}
	if (!items) PC_FAIL("out of memory");
	expect(r, close);
	out.items = allocated(out.count, items);
	free(items);
	return out;
}

static json word(reader *r, const char *key)
{
	json out = {.kind = JSON_NULL, .key = key};
	size_t n = 0;
	char *copy, *end;
	while (r->at + n < r->end && !strchr(" \t\r\n,]}", r->at[n])) n++;
	copy = keep(n);
	memcpy(copy, r->at, n);
	r->at += n;
	out.text = copy;
	out.is_true = !strcmp(copy, "true");
	if (out.is_true || !strcmp(copy, "false")) {
		out.kind = JSON_BOOL;
	} else if (strcmp(copy, "null")) {
		out.kind = JSON_NUMBER;
		out.number = strtod(copy, &end);
		if (!n || *end) PC_FAIL("JSON: what is %s?", copy);
	}
	return out;
}

static json value(reader *r, const char *key)
{
	int c = peek(r);
	if (c == '{') return list(r, key, '{', '}');
	if (c == '[') return list(r, key, '[', ']');
	if (c == '"') return (json){.kind = JSON_TEXT, .key = key, .text = text(r)};
	return word(r, key);
}

const json *json_parse(const char *source, size_t bytes)
{
	reader r = {source, source + bytes};
	json root = value(&r, NULL);
	if (peek(&r) != -1) PC_FAIL("JSON: something behind the end: %.20s", r.at);
	return allocated(1, &root);
}

const json *json_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	long bytes;
	char *data;
	if (!file || fseek(file, 0, SEEK_END) || (bytes = ftell(file)) < 0) PC_FAIL("cannot read %s", path);
	rewind(file);
	data = keep((size_t)bytes);
	if (fread(data, 1, (size_t)bytes, file) != (size_t)bytes) PC_FAIL("cannot read %s", path);
	(void)fclose(file);
	return json_parse(data, (size_t)bytes);
}

const json *json_get(const json *object, const char *key)
{
	for (size_t i = 0; object->kind == JSON_OBJECT && i < object->count; i++)
		if (!strcmp(object->items[i].key, key)) return &object->items[i];
	return NULL;
}

const json *json_need(const json *object, const char *key)
{
	const json *found = json_get(object, key);
	if (!found) PC_FAIL("no \"%s\"", key);
	return found;
}

uint64_t json_uint(const json *v)
{
	const json *big = json_get(v, "$int");
	if (!big && v->kind != JSON_NUMBER) PC_FAIL("not a number: %s", v->text ? v->text : "?");
	return strtoull(big ? big->text : v->text, NULL, 10);
}

uint8_t *json_hex(const json *v, size_t *ret_bytes)
{
	size_t n = strlen(v->text) / 2;
	uint8_t *out = malloc(n + 1);
	if (!out) PC_FAIL("out of memory");
	for (size_t i = 0; i < n; i++) {
		char digits[3] = {v->text[2 * i], v->text[2 * i + 1], 0};
		out[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	*ret_bytes = n;
	return out;
}

bool json_equal(const json *a, const json *b)
{
	if (a->kind != b->kind || a->count != b->count) return false;
	if (a->kind == JSON_TEXT) return !strcmp(a->text, b->text);
	if (a->kind == JSON_NUMBER)
		return !strcmp(a->text, b->text) || !(a->number < b->number || a->number > b->number);
	if (a->kind == JSON_BOOL) return a->is_true == b->is_true;
	for (size_t i = 0; i < a->count; i++) {
		const json *other = a->kind == JSON_ARRAY ? &b->items[i] : json_get(b, a->items[i].key);
		if (!other || !json_equal(&a->items[i], other)) return false;
	}
	return true;
}
