/* wire/set.c - values of a viewer as bytes of a payload. Strict: what is not exactly a value of the field is refused. */
#include "wire/set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES_MAX 256u
#define SET_BYTES_MAX  262144u /* a short text fills a long field: what is written is bounded, too */

/* One value on its way. */
typedef struct setter {
	const pc_layout *layout;
	wire_set *to;
	pc_err *err;
	const char *path;
} setter;

static uint32_t refuse(const setter *s, uint32_t code, const char *why)
{
	(void)snprintf(s->err->text, sizeof s->err->text, "%.120s: %s", s->path, why);
	return code;
}

/* ---- scalars ---- */

static uint32_t check_bounds(const setter *s, const pc_field *f, double v)
{
	if (f->has_min && !(v >= f->min)) return refuse(s, WIRE_CANNOT, "below the field's min, or not a number");
	if (f->has_max && !(v <= f->max)) return refuse(s, WIRE_CANNOT, "above the field's max, or not a number");
	return WIRE_FINE;
}

static uint32_t store_bits(uint64_t bits, uint64_t bytes, uint8_t *to)
{
	uint8_t b1 = (uint8_t)bits;
	uint16_t b2 = (uint16_t)bits;
	uint32_t b4 = (uint32_t)bits;
	switch (bytes) {
	case 1: memcpy(to, &b1, 1); break;
	case 2: memcpy(to, &b2, 2); break;
	case 4: memcpy(to, &b4, 4); break;
	default: memcpy(to, &bits, 8); break;
	}
	return WIRE_FINE;
}

static bool is_signed(const pc_field *f)
{
	bool negative_label = false;
	for (uint32_t i = 0; i < f->label_count; i++) negative_label |= f->labels[i].value < 0;
	return f->type == PC_TYPE_I8 || f->type == PC_TYPE_I16 || f->type == PC_TYPE_I32 || f->type == PC_TYPE_I64 ||
	       negative_label;
}

static uint32_t set_integer(const setter *s, const pc_field *f, const wire_item *v, uint8_t *to)
{
	unsigned bits = 8 * (unsigned)f->element_bytes;
	uint64_t most = is_signed(f) ? (UINT64_C(1) << (bits - 1)) - 1
	                : bits == 64 ? UINT64_MAX
	                             : (UINT64_C(1) << bits) - 1;
	uint32_t code;
	if (v->kind != WIRE_ITEM_UINT && v->kind != WIRE_ITEM_INT)
		return refuse(s, WIRE_CANNOT, "expected a whole number");
	if (v->kind == WIRE_ITEM_UINT && v->count > most) return refuse(s, WIRE_CANNOT, "the number does not fit");
	if (v->kind == WIRE_ITEM_INT && (!is_signed(f) || v->negative < -(int64_t)most - 1))
		return refuse(s, WIRE_CANNOT, "the number does not fit");
	code = check_bounds(s, f, v->kind == WIRE_ITEM_UINT ? (double)v->count : (double)v->negative);
	if (code) return code;
	return store_bits(v->kind == WIRE_ITEM_UINT ? v->count : (uint64_t)v->negative, f->element_bytes, to);
}

static uint32_t set_enum(const setter *s, const pc_field *f, const wire_item *v, uint8_t *to)
{
	for (uint32_t i = 0; i < f->label_count; i++) {
		const pc_label *label = &f->labels[i];
		bool same = v->kind == WIRE_ITEM_STR ? v->count == strlen(label->text) &&
		                                               !memcmp(v->bytes, label->text, (size_t)v->count)
		            : v->kind == WIRE_ITEM_UINT ? label->value >= 0 && v->count == (uint64_t)label->value
		                                        : v->kind == WIRE_ITEM_INT && v->negative == label->value;
		if (same) return store_bits((uint64_t)label->value, f->element_bytes, to);
	}
	if (f->label_count) return refuse(s, WIRE_CANNOT, "expected one of its labels, or the number of one");
	return set_integer(s, f, v, to);
}

static uint32_t set_real(const setter *s, const pc_field *f, const wire_item *v, uint8_t *to)
{
	double real = v->kind == WIRE_ITEM_UINT  ? (double)v->count
	              : v->kind == WIRE_ITEM_INT ? (double)v->negative
	                                         : v->real;
	float single = (float)real;
	uint32_t code;
	if (v->kind != WIRE_ITEM_UINT && v->kind != WIRE_ITEM_INT && v->kind != WIRE_ITEM_REAL)
		return refuse(s, WIRE_CANNOT, "expected a number");
	if (f->type == PC_TYPE_F32 && isfinite(real) && !isfinite((double)single))
		return refuse(s, WIRE_CANNOT, "the number does not fit");
	code = check_bounds(s, f, real);
	if (code) return code;
	if (f->type == PC_TYPE_F32)
		memcpy(to, &single, sizeof single);
	else
		memcpy(to, &real, sizeof real);
	return WIRE_FINE;
}

static uint32_t set_text(const setter *s, const pc_field *f, const wire_item *v, uint8_t *to)
{
	pc_err err;
	char *text;
	pc_status st;
	if (v->kind != WIRE_ITEM_STR) return refuse(s, WIRE_CANNOT, "expected text");
	if (memchr(v->bytes, 0, (size_t)v->count)) return refuse(s, WIRE_CANNOT, "text without NUL expected");
	text = malloc((size_t)v->count + 1);
	if (!text) return refuse(s, WIRE_INTERNAL, "out of memory");
	memcpy(text, v->bytes, (size_t)v->count);
	text[v->count] = '\0';
	st = pc_value_set(f, to, text, &err);
	free(text);
	return st == PC_OK ? WIRE_FINE
	                   : refuse(s, WIRE_TOO_BIG, "the text is too long"); /* UTF-8 it is: it was scanned */
}

static uint32_t set_blob(const setter *s, const pc_field *f, const wire_item *v, uint8_t *to)
{
	if (v->kind != WIRE_ITEM_BIN) return refuse(s, WIRE_CANNOT, "expected bytes");
	if (v->count > f->text_units) return refuse(s, WIRE_TOO_BIG, "too many bytes");
	memset(to, 0, f->text_units);
	if (v->count) memcpy(to, v->bytes, (size_t)v->count);
	return WIRE_FINE;
}

static uint32_t set_element(const setter *s, const pc_field *f, const wire_item *v, uint8_t *to)
{
	switch (f->type) {
	case PC_TYPE_BOOL:
		if (v->kind != WIRE_ITEM_BOOL) return refuse(s, WIRE_CANNOT, "expected true or false");
		return store_bits(v->count, 1, to);
	case PC_TYPE_U8: return f->text_units ? set_blob(s, f, v, to) : set_integer(s, f, v, to);
	case PC_TYPE_ENUM8:
	case PC_TYPE_ENUM16:
	case PC_TYPE_ENUM32: return set_enum(s, f, v, to);
	case PC_TYPE_F32:
	case PC_TYPE_F64: return set_real(s, f, v, to);
	case PC_TYPE_CHAR:
	case PC_TYPE_WCHAR16: return set_text(s, f, v, to);
	default: return set_integer(s, f, v, to);
	}
}

/* ---- fields ---- */

static uint32_t put_run(const setter *s, const pc_field *f, const wire_item *v, uint64_t offset)
{
	wire_buf *runs = &s->to->runs;
	uint64_t head[2] = {offset, f->element_bytes};
	size_t at = runs->bytes;
	if (f->type == PC_TYPE_STRUCT) return refuse(s, WIRE_CANNOT, "a struct: name its fields, as in wheel[0].slip");
	if (runs->bytes + f->element_bytes > SET_BYTES_MAX) return refuse(s, WIRE_TOO_BIG, "too much at a time");
	wire_buf_put(runs, head, sizeof head);
	if (runs->failed || !wire_buf_reserve(runs, (size_t)f->element_bytes))
		return refuse(s, WIRE_INTERNAL, "out of memory");
	runs->bytes += (size_t)f->element_bytes;
	return set_element(s, f, v, runs->data + at + sizeof head);
}

static uint32_t put_value(const setter *s, const pc_ref *ref, wire_cursor *c)
{
	wire_item v;
	bool is_array = ref->dims_given < ref->field->dim_count;
	uint32_t code = WIRE_FINE;
	if (!wire_take(c, &v)) return refuse(s, WIRE_CANNOT, "cut off");
	if (!is_array) return put_run(s, ref->field, &v, ref->offset);
	if (v.kind != WIRE_ITEM_ARRAY) return refuse(s, WIRE_CANNOT, "expected an array of all its elements");
	if (v.count != ref->count)
		return refuse(s, v.count > ref->count ? WIRE_TOO_BIG : WIRE_CANNOT,
		              "expected an array of all its elements");
	for (uint64_t i = 0; i < ref->count && !code; i++) {
		wire_item element;
		if (!wire_take(c, &element)) return refuse(s, WIRE_CANNOT, "cut off");
		code = put_run(s, ref->field, &element, ref->offset + i * ref->field->stride_bytes);
	}
	return code;
}

/* "wheel" allows "wheel", "wheel[1]" and "wheel.slip", not "wheels". */
static bool is_allowed(const char *allowed, const char *path)
{
	if (!strcmp(allowed, "*")) return true;
	while (*allowed) {
		size_t n = strcspn(allowed, ",");
		if (n && !strncmp(allowed, path, n) && (!path[n] || path[n] == '.' || path[n] == '[')) return true;
		allowed += n + (allowed[n] == ',');
	}
	return false;
}

static void note_field(wire_set *set, const char *path)
{
	size_t used = strlen(set->fields), room = sizeof set->fields - used;
	if (room < 8) return;
	if (strlen(path) + 3 >= room) path = "...";
	(void)snprintf(set->fields + used, room, "%s%.*s", used ? ", " : "", (int)room, path);
}

static uint32_t read_pair(setter *s, const char *allowed, wire_cursor *c)
{
	char path[PATH_BYTES_MAX];
	wire_item key;
	pc_ref ref;
	pc_err err = {""};
	s->path = "a key";
	if (!wire_take(c, &key) || key.kind != WIRE_ITEM_STR)
		return refuse(s, WIRE_CANNOT, "expected the path of a field");
	if (key.count >= sizeof path || memchr(key.bytes, 0, (size_t)key.count))
		return refuse(s, WIRE_NOT_FOUND, "no field has such a path");
	memcpy(path, key.bytes, (size_t)key.count);
	path[key.count] = '\0';
	s->path = path;
	if (pc_layout_find(s->layout, path, &ref, &err) != PC_OK) return refuse(s, WIRE_NOT_FOUND, err.text);
	note_field(s->to, path);
	if (!is_allowed(allowed, path))
		return refuse(s, WIRE_FORBIDDEN, "remote_fields of the region does not name it");
	return put_value(s, &ref, c);
}

uint32_t wire_set_read(const pc_layout *layout, const char *allowed, wire_cursor values, wire_set *ret, pc_err *err)
{
	setter s = {.layout = layout, .to = ret, .err = err};
	wire_item map;
	uint32_t code = WIRE_FINE;
	s.path = "values";
	if (!wire_take(&values, &map) || map.kind != WIRE_ITEM_MAP || !map.count)
		return refuse(&s, WIRE_CANNOT, "expected at least one field");
	for (uint64_t i = 0; i < map.count && !code; i++) code = read_pair(&s, allowed, &values);
	if (!code && ret->runs.failed) code = refuse(&s, WIRE_INTERNAL, "out of memory");
	return code;
}

/* ---- writing ---- */

typedef void visit_fn(uint8_t *payload, uint64_t offset, const uint8_t *data, size_t bytes);

static void copy_run(uint8_t *payload, uint64_t offset, const uint8_t *data, size_t bytes)
{
	memcpy(payload + offset, data, bytes);
}

static bool walk(const wire_set *set, uint8_t *payload, uint64_t whole, visit_fn *visit)
{
	const uint8_t *at = set->runs.data, *end = at ? at + set->runs.bytes : NULL;
	while (at != end) {
		uint64_t head[2];
		memcpy(head, at, sizeof head);
		at += sizeof head;
		if (head[0] > whole || head[1] > whole - head[0]) return false;
		if (visit) visit(payload, head[0], at, (size_t)head[1]);
		at += head[1];
	}
	return true;
}

bool wire_set_apply(const wire_set *set, void *payload, uint64_t bytes)
{
	return walk(set, payload, bytes, NULL) && walk(set, payload, bytes, copy_run);
}

void wire_set_free(wire_set *set)
{
	wire_buf_free(&set->runs);
	set->fields[0] = '\0';
}
