/* layout/resolve.c - what the paths in a layout mean: at=, stride=, count=, length=, newest=, when=, columns=.
 *
 * A path starts in the struct that holds the field, or in the nearest one around it that has a field of that name, and
 * goes through fields that have a fixed place there. So a reader needs no names: how many structs out, and how far. */
#include "base/num.h"
#include "layout/parse.h"
#include "layout/tokens.h"
#include "layout/types.h"

/* The structs around a field, outermost first. */
struct around {
	const pc_field *fields[PC_LAYOUT_DEPTH_MAX + 2];
	uint32_t depth;
};

/* A path while it is followed. */
struct trail {
	struct parser *p;
	const char *at; /* for messages */
	pc_source source;
	const pc_field *first; /* where it starts */
	const pc_field *array; /* the array that it goes through without an index, NULL */
};

static pc_status find_first(struct trail *t, const struct around *around, pc_span name)
{
	for (uint32_t up = 0; up <= around->depth; up++) {
		t->source.field = pc_fields_find(around->fields[around->depth - up], name);
		t->source.up = up;
		t->first = t->source.field;
		if (t->first) return PC_OK;
	}
	return pc_line_fail(&t->p->r, t->at, "no field %.*s in this struct or around it", (int)name.bytes, name.at);
}

static bool has_count(const pc_field *f)
{
	const struct pending *pending = (const struct pending *)(const void *)f->dynamic;
	return pending && (pending->dynamic.count.field || (pending->keys && pending->keys->word[PC_KEY_COUNT]));
}

/* "[2][0]" behind the name of a field. */
static pc_status take_indices(struct trail *t, pc_cursor *c, bool is_last)
{
	const pc_field *f = t->source.field;
	uint64_t element = 0;
	uint32_t dim = 0;
	while (pc_cursor_accept(c, '[')) {
		pc_cursor digits = *c;
		pc_int n = {0};
		while (pc_cursor_peek(c) >= '0' && pc_cursor_peek(c) <= '9') c->at++;
		if (pc_num_parse_int(digits.at, (size_t)(c->at - digits.at), &n) != PC_NUM_OK ||
		    !pc_cursor_accept(c, ']') || dim == f->dim_count || n.magnitude >= f->dims[dim])
			return pc_line_fail(&t->p->r, t->at, "expected an index that %s has", f->name);
		element = element * f->dims[dim++] + n.magnitude;
	}
	t->source.offset += f->offset + element * f->stride_bytes;
	if (dim == f->dim_count) return PC_OK;
	if (dim || f->dim_count != 1 || t->array || is_last || !f->fields)
		return pc_line_fail(&t->p->r, t->at, "%s is an array: expected an index, %s[0]", f->name, f->name);
	if (has_count(f) && f != t->first)
		return pc_line_fail(&t->p->r, t->at, "%s has count=: it must be the first field of the path", f->name);
	t->array = f;
	return PC_OK;
}

static pc_status follow(struct trail *t, const struct around *around, const char *path)
{
	pc_cursor c = pc_cursor_of(path, strlen(path));
	pc_span name = pc_cursor_span(&c, pc_is_name);
	pc_status s = find_first(t, around, name);
	t->source.path = path;
	for (;;) {
		if (s != PC_OK) return s;
		const pc_field *f = t->source.field;
		if (pc_field_floats(f))
			return pc_line_fail(&t->p->r, t->at,
			                    "%s lies where the map says; expected a field with a fixed place", f->name);
		bool is_last = c.at == c.end || (*c.at == '[' && !memchr(c.at, '.', pc_cursor_left(&c)));
		if ((s = take_indices(t, &c, is_last)) != PC_OK) return s;
		if (!pc_cursor_accept(&c, '.')) break;
		if (f->type != PC_TYPE_STRUCT) return pc_line_fail(&t->p->r, t->at, "%s is no struct", f->name);
		name = pc_cursor_span(&c, pc_is_name);
		t->source.field = pc_fields_find(f->fields, name);
		if (!t->source.field)
			s = pc_line_fail(&t->p->r, t->at, "no field %.*s in %s", (int)name.bytes, name.at, f->name);
	}
	if (c.at != c.end) return pc_line_fail(&t->p->r, t->at, "expected the path of a field, such as header.count");
	return PC_OK;
}

bool pc_field_is_integer(const pc_field *f)
{
	enum pc_kind kind = pc_type_kind(f->type);
	return !f->text_units &&
	       (kind == PC_KIND_SIGNED || kind == PC_KIND_UNSIGNED || kind == PC_KIND_ENUM || kind == PC_KIND_BOOL);
}

/* Look up one path that must lead to an integer. */
static pc_status resolve(struct parser *p, const struct around *around, const struct pc_keys *k, enum pc_key key,
                         pc_source *ret, const pc_field **ret_array)
{
	struct trail t = {.p = p, .at = k->at[key]};
	if (!k->word[key]) return PC_OK;
	pc_status s = follow(&t, around, k->word[key]);
	if (s != PC_OK) return s;
	if (!pc_field_is_integer(t.source.field))
		return pc_line_fail(&p->r, t.at, "%s= needs an integer, %s is %s", pc_key_name(key), k->word[key],
		                    pc_type_name(t.source.field->type));
	if (t.array && !ret_array)
		return pc_line_fail(&p->r, t.at, "%s is an array: expected an index, %s[0]", t.array->name,
		                    t.array->name);
	*ret = t.source;
	if (ret_array) *ret_array = t.array;
	return PC_OK;
}

/* ---- at= and newest= ---- */

static pc_status resolve_place(struct parser *p, const struct around *around, const struct pc_keys *k, pc_dynamic *d)
{
	const pc_field *array = NULL, *newest_array = NULL;
	pc_status s = resolve(p, around, k, PC_KEY_AT, &d->at, &array);
	if (s == PC_OK) s = resolve(p, around, k, PC_KEY_NEWEST, &d->newest, &newest_array);
	if (s != PC_OK) return s;
	if (k->word[PC_KEY_NEWEST] && !k->word[PC_KEY_AT])
		return pc_line_fail(&p->r, k->at[PC_KEY_NEWEST], "newest= needs at=");
	if (array != newest_array || (array && d->at.up != d->newest.up))
		return pc_line_fail(&p->r, k->at[newest_array ? PC_KEY_NEWEST : PC_KEY_AT],
		                    "at= and newest= choose between the elements of one array, as in at=buf.offset "
		                    "newest=buf.tick");
	if (k->word[PC_KEY_NEWEST] && !array)
		return pc_line_fail(&p->r, k->at[PC_KEY_NEWEST],
		                    "expected an array without index, as in newest=buf.tick");
	d->newest_array = array;
	return PC_OK;
}

/* ---- when= ---- */

static bool parse_number(const pc_field *f, pc_span word, int64_t *ret)
{
	pc_int n;
	for (uint32_t i = 0; i < f->label_count; i++)
		if (pc_span_is(word, f->labels[i].text)) {
			*ret = f->labels[i].value;
			return true;
		}
	if (pc_type_kind(f->type) == PC_KIND_BOOL && (pc_span_is(word, "true") || pc_span_is(word, "false"))) {
		*ret = *word.at == 't';
		return true;
	}
	return pc_num_parse_int(word.at, word.bytes, &n) == PC_NUM_OK && pc_num_to_i64(n, ret);
}

static pc_status read_case(struct parser *p, const char *at, const pc_field *f, pc_span word, pc_case *ret)
{
	if (pc_field_is_text(f)) {
		ret->is_prefix = word.bytes && word.at[word.bytes - 1] == '*';
		ret->text = pc_arena_copy(&p->layout->arena, word.at, word.bytes - ret->is_prefix);
		return ret->text ? PC_OK : PC_ENOMEM;
	}
	size_t dots = 0;
	while (dots + 1 < word.bytes && memcmp(word.at + dots, "..", 2)) dots++;
	bool is_range = word.bytes > 2 && dots + 1 < word.bytes;
	pc_span low = {word.at, is_range ? dots : word.bytes}, high = low;
	if (is_range) high = (pc_span){word.at + dots + 2, word.bytes - dots - 2};
	if (!parse_number(f, low, &ret->low) || !parse_number(f, high, &ret->high) || ret->low > ret->high)
		return pc_line_fail(&p->r, at,
		                    "when=: expected a number, a range such as 1..3 or a label of %s, found '%.*s'",
		                    f->name, word.bytes > 24 ? 24 : (int)word.bytes, word.at);
	return PC_OK;
}

static pc_status read_cases(struct parser *p, const char *at, const char *list, pc_dynamic *d)
{
	uint32_t count = 1;
	for (const char *c = list; *c; c++) count += *c == ',';
	pc_case *cases = pc_arena_array(&p->layout->arena, count, sizeof *cases);
	if (!cases) return PC_ENOMEM;
	for (uint32_t i = 0; i < count; i++, list += *list == ',') {
		pc_span word = {list, strcspn(list, ",")};
		pc_status s = read_case(p, at, d->when.field, word, &cases[i]);
		if (s != PC_OK) return s;
		list += word.bytes;
	}
	d->cases = cases;
	d->case_count = count;
	return PC_OK;
}

static pc_status resolve_when(struct parser *p, const struct around *around, const struct pc_keys *k, pc_dynamic *d)
{
	const char *text = k->word[PC_KEY_WHEN], *at = k->at[PC_KEY_WHEN];
	struct trail t = {.p = p, .at = at};
	if (!text) return PC_OK;
	size_t bytes = strcspn(text, "!=");
	d->when_not = text[bytes] == '!';
	const char *list = text + bytes + d->when_not;
	if (!bytes || *list != '=')
		return pc_line_fail(&p->r, at, "expected when=\"FIELD=VALUE,...\" or \"FIELD!=VALUE\"");
	char *path = pc_arena_copy(&p->layout->arena, text, bytes);
	if (!path) return PC_ENOMEM;
	pc_status s = follow(&t, around, path);
	if (s != PC_OK) return s;
	if (t.array || (!pc_field_is_integer(t.source.field) && !pc_field_is_text(t.source.field)))
		return pc_line_fail(&p->r, at, "when= needs an integer or a text, %s is none", path);
	d->when = t.source;
	d->when.path = text;
	return read_cases(p, at, list + 1, d);
}

/* ---- columns= ---- */

static pc_status take_column(struct parser *p, const char *at, const pc_field *table, pc_span key, pc_span name,
                             pc_dynamic *d)
{
	static const char *const names[PC_COLUMN_KEY_COUNT] = {
#define PC_X(id, text) [id] = text,
	        PC_COLUMN_TABLE(PC_X)
#undef PC_X
	};
	int i = 0;
	while (i < PC_COLUMN_KEY_COUNT && !pc_span_is(key, names[i])) i++;
	if (i == PC_COLUMN_KEY_COUNT)
		return pc_line_fail(&p->r, at,
		                    "columns=: expected table, name, type, offset, count, unit or doc, found '%.*s'",
		                    key.bytes > 24 ? 24 : (int)key.bytes, key.at);
	const pc_field *f = pc_fields_find(table->fields, name);
	bool wants_text = i == PC_COLUMN_NAME || i == PC_COLUMN_UNIT || i == PC_COLUMN_DOC;
	if (!f || f->dim_count || f->dynamic || (wants_text ? !pc_field_is_text(f) : !pc_field_is_integer(f)))
		return pc_line_fail(&p->r, at, "columns=: %s needs %s of %s, found '%.*s'", names[i],
		                    wants_text ? "a text" : "an integer", table->name,
		                    name.bytes > 24 ? 24 : (int)name.bytes, name.at);
	if (wants_text && f->text_units >= PC_COLUMN_TEXT_MAX)
		return pc_line_fail(&p->r, at, "columns=: %s is longer than %u", f->name, PC_COLUMN_TEXT_MAX - 1);
	d->column[i] = f;
	d->column_offset[i] = f->offset;
	return PC_OK;
}

/* Takes one "key:value" off the list. */
static bool take_pair(const char **list, pc_span *key, pc_span *value)
{
	size_t bytes = strcspn(*list, ",:");
	if (!bytes || (*list)[bytes] != ':') return false;
	*key = (pc_span){*list, bytes};
	*value = (pc_span){*list + bytes + 1, strcspn(*list + bytes + 1, ",")};
	*list = value->at + value->bytes;
	*list += **list == ',';
	return value->bytes != 0;
}

static pc_status resolve_columns(struct parser *p, const struct around *around, const struct pc_keys *k, pc_dynamic *d)
{
	const char *list = k->word[PC_KEY_COLUMNS], *at = k->at[PC_KEY_COLUMNS];
	pc_span key, value;
	if (!list) return PC_OK;
	if (!take_pair(&list, &key, &value) || !pc_span_is(key, "table"))
		return pc_line_fail(&p->r, at,
		                    "expected columns=\"table:ARRAY,name:FIELD,type:FIELD,offset:FIELD,...\"");
	for (uint32_t up = 0; up <= around->depth && !d->columns.field; up++) {
		d->columns.field = pc_fields_find(around->fields[around->depth - up], value);
		d->columns.up = up;
	}
	const pc_field *table = d->columns.field;
	d->columns.path = k->word[PC_KEY_COLUMNS];
	if (!table || table->type != PC_TYPE_STRUCT || table->dim_count != 1)
		return pc_line_fail(&p->r, at, "columns=: table needs an array of structs in this struct or around it");
	while (*list) {
		if (!take_pair(&list, &key, &value)) return pc_line_fail(&p->r, at, "columns=: expected KEY:FIELD,...");
		pc_status s = take_column(p, at, table, key, value, d);
		if (s != PC_OK) return s;
	}
	if (!d->column[PC_COLUMN_NAME] || !d->column[PC_COLUMN_TYPE] || !d->column[PC_COLUMN_OFFSET] || !d->codes)
		return pc_line_fail(&p->r, at,
		                    "columns= needs name, type and offset, and codes= for what the types are");
	return PC_OK;
}

/* ---- all of them ---- */

static pc_status check_shape(struct parser *p, const struct pc_keys *k, const pc_field *f)
{
	if (k->word[PC_KEY_COUNT] && !f->dim_count)
		return pc_line_fail(&p->r, k->at[PC_KEY_COUNT], "count= is only for arrays");
	if (k->word[PC_KEY_LENGTH] && (f->dim_count || !f->text_units))
		return pc_line_fail(&p->r, k->at[PC_KEY_LENGTH], "length= is only for single texts and u8[N]");
	if (k->word[PC_KEY_COLUMNS] && (f->dim_count || f->fields || f->encoding))
		return pc_line_fail(&p->r, k->at[PC_KEY_COLUMNS], "columns= is only for a single u8[N] without fields");
	return PC_OK;
}

static pc_status resolve_field(struct parser *p, const struct around *around, const pc_field *f)
{
	struct pending *pending = (struct pending *)(uintptr_t)f->dynamic; /* ours, see note_dynamic() */
	const struct pc_keys *k = pending->keys;
	pc_dynamic *d = &pending->dynamic;
	pc_status s = check_shape(p, k, f);
	if (s == PC_OK) s = resolve_place(p, around, k, d);
	if (s == PC_OK) s = resolve(p, around, k, PC_KEY_STRIDE, &d->stride, NULL);
	if (s == PC_OK) s = resolve(p, around, k, PC_KEY_COUNT, &d->count, NULL);
	if (s == PC_OK) s = resolve(p, around, k, PC_KEY_LENGTH, &d->length, NULL);
	if (s == PC_OK) s = resolve_when(p, around, k, d);
	if (s == PC_OK) s = resolve_columns(p, around, k, d);
	pending->keys = NULL;
	return s;
}

/* Recursion is bounded by PC_LAYOUT_DEPTH_MAX. Fields of named types are shared, and done once. */
static pc_status resolve_all(struct parser *p, struct around *around)
{
	const pc_field *fields = around->fields[around->depth];
	pc_fields_head *head = (pc_fields_head *)(uintptr_t)pc_fields_head_of(fields);
	pc_status s = PC_OK;
	if (head->is_resolved) return PC_OK;
	for (uint64_t i = 0; s == PC_OK && i < head->count; i++) {
		if (fields[i].dynamic) s = resolve_field(p, around, &fields[i]);
		if (s != PC_OK || !fields[i].fields) continue;
		around->fields[++around->depth] = fields[i].fields;
		s = resolve_all(p, around);
		around->depth--;
	}
	head->is_resolved = 1;
	return s;
}

pc_status pc_resolve(struct parser *p, const pc_field *fields)
{
	struct around around = {.fields = {fields}};
	return resolve_all(p, &around);
}
