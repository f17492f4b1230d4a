/* layout/keys.c - the keys of one line: which there are, where they may stand, what they take. */
#include "layout/line.h"
#include "layout/tokens.h"
#include "layout/types.h"

#include <stdio.h>
#include <string.h>

static const struct key {
	const char *name;
	int where;
	const char *called;
} keys[PC_KEYS] = {
#define PC_X(id, name, where, called) [id] = {name, where, called},
        PC_KEY_TABLE(PC_X)
#undef PC_X
};

const char *pc_key_name(enum pc_key key)
{
	return keys[key].name;
}

/* ---- keys ---- */

static pc_status read_packing(struct pc_lines *r, uint32_t *ret)
{
	static const struct {
		const char *word;
		uint32_t packing;
	} words[] = {{"natural", PC_PACKING_NATURAL}, {"packed", 1}, {"1", 1}, {"2", 2}, {"4", 4}, {"8", 8}};
	pc_cursor ahead = r->c;
	pc_span word = pc_cursor_span(&ahead, pc_is_number);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!pc_span_is(word, words[i].word)) continue;
		r->c = ahead;
		*ret = words[i].packing;
		return PC_OK;
	}
	return pc_expected(r, "packing natural, packed, 1, 2, 4 or 8");
}

static pc_status read_align(struct pc_lines *r, uint32_t *ret)
{
	const char *at = r->c.at;
	uint64_t align;
	pc_status s = pc_read_uint(r, "an alignment", 1, PC_ALIGN_MAX, &align);
	if (s != PC_OK) return s;
	if (align & (align - 1)) return pc_line_fail(r, at, "expected an alignment that is a power of two");
	*ret = (uint32_t)align;
	return PC_OK;
}

static bool is_path(int byte)
{
	return pc_is_name(byte) || byte == '.' || byte == '[' || byte == ']';
}

static bool is_word(int byte)
{
	return pc_is_name(byte) || byte == '-';
}

/* A run of such bytes that starts with a letter, kept in the arena. */
static pc_status read_word(struct pc_lines *r, const char *what, bool (*is_member)(int byte), const char **ret)
{
	pc_cursor ahead = r->c;
	pc_span word = pc_cursor_span(&ahead, is_member);
	if (!word.bytes || !pc_is_name_start((unsigned char)*word.at)) return pc_expected(r, what);
	if (word.bytes > PC_PATH_MAX)
		return pc_line_fail(r, word.at, "expected %s of at most %u characters", what, PC_PATH_MAX);
	r->c = ahead;
	*ret = pc_arena_copy(r->arena, word.at, word.bytes);
	return *ret ? PC_OK : PC_ENOMEM;
}

/* "3" or "0..3" */
static pc_status read_bits(struct pc_lines *r, pc_type type, struct pc_keys *k)
{
	uint32_t bits = pc_type_bytes(type) * 8;
	uint64_t first = 0, last = 0;
	pc_span from = {r->c.at, 0}, to;
	pc_cursor ahead = r->c;
	for (; pc_cursor_peek(&ahead) >= '0' && pc_cursor_peek(&ahead) <= '9' && from.bytes < 3; from.bytes++) {
		first = first * 10 + (uint64_t)(*ahead.at - '0');
		ahead.at++;
	}
	last = first;
	to = from;
	if (pc_cursor_accept(&ahead, '.') && pc_cursor_accept(&ahead, '.'))
		for (last = 0, to.bytes = 0;
		     pc_cursor_peek(&ahead) >= '0' && pc_cursor_peek(&ahead) <= '9' && to.bytes < 3; to.bytes++) {
			last = last * 10 + (uint64_t)(*ahead.at - '0');
			ahead.at++;
		}
	bool is_bool = pc_type_kind(type) == PC_KIND_BOOL;
	if (!from.bytes || !to.bytes || last >= bits || first > last || (is_bool && first != last))
		return pc_line_fail(r, from.at, "expected %s of %s, 0..%u, found %s",
		                    is_bool ? "a bit such as 3" : "bits such as 3 or 0..3", pc_type_name(type),
		                    bits - 1, pc_line_found(r, from.at).text);
	r->c = ahead;
	k->bit_first = (uint32_t)first;
	k->bit_count = (uint32_t)(last - first + 1);
	return PC_OK;
}

static pc_status read_encoding(struct pc_lines *r, pc_type type, struct pc_keys *k)
{
	const char *word, *at = r->c.at;
	int e = 1;
	pc_status s = read_word(r, "an encoding such as utf-8, latin1 or cp1252", is_word, &word);
	if (s != PC_OK) return s;
	while (e < PC_ENCODING_COUNT && strcmp(word, pc_encoding_name((pc_encoding)e))) e++;
	if (e == PC_ENCODING_COUNT)
		return pc_line_fail(r, at, "expected an encoding, utf-8, latin1 or cp1250 .. cp1258, found '%.24s'",
		                    word);
	if (type != PC_TYPE_CHAR && type != PC_TYPE_U8)
		return pc_line_fail(r, at, "%s is Unicode already; encoding= is for char[N] and u8[N]",
		                    pc_type_name(type));
	k->encoding = (pc_encoding)e;
	return PC_OK;
}

static pc_status read_role(struct pc_lines *r, struct pc_keys *k)
{
	const char *word, *at = r->c.at;
	int role = 1;
	pc_status s = read_word(r, "a role such as tick", is_word, &word);
	if (s != PC_OK) return s;
	while (role < PC_ROLE_COUNT && strcmp(word, pc_role_name((pc_role)role))) role++;
	if (role == PC_ROLE_COUNT)
		return pc_line_fail(
		        r, at,
		        "expected tick, seq_begin, seq_end, seq_odd, busy, timestamp or used_bytes, found '%.24s'",
		        word);
	k->role = (pc_role)role;
	return PC_OK;
}

static pc_status read_gaps(struct pc_lines *r, struct pc_keys *k)
{
	const char *word = NULL;
	pc_cursor before = r->c;
	pc_status s = read_word(r, "gaps=yes or gaps=no", is_word, &word);
	if (s != PC_OK) return s;
	k->refuses_gaps = !strcmp(word, "no");
	if (k->refuses_gaps || !strcmp(word, "yes")) return PC_OK;
	r->c = before;
	return pc_expected(r, "gaps=yes or gaps=no");
}

static pc_status read_list(struct pc_lines *r, enum pc_labels what, pc_type type, const pc_label **ret,
                           uint32_t *ret_count)
{
	static const char *const examples[] = {"labels in double quotes, \"0:idle,1:running\"",
	                                       "flags in double quotes, \"0x1:abs,0x2:tc\"",
	                                       "codes in double quotes, \"0:i32,1:f32\""};
	if (!pc_cursor_accept(&r->c, '"')) return pc_expected(r, examples[what]);
	return pc_labels_read(r, what, type, ret, ret_count);
}

static pc_status read_stride(struct pc_lines *r, struct pc_keys *k)
{
	if (pc_is_name_start(pc_cursor_peek(&r->c)))
		return read_word(r, "a stride in bytes, or the path of a field", is_path, &k->word[PC_KEY_STRIDE]);
	return pc_read_uint(r, "a stride in bytes", 1, PC_LAYOUT_BYTES_MAX, &k->stride);
}

static pc_status read_value(struct pc_lines *r, enum pc_key key, pc_type type, struct pc_keys *k)
{
	switch (key) {
	case PC_KEY_SIZE: return pc_read_uint(r, "a size in bytes", 1, PC_LAYOUT_BYTES_MAX, &k->size);
	case PC_KEY_STRIDE: return read_stride(r, k);
	case PC_KEY_ALIGN: return read_align(r, &k->align);
	case PC_KEY_PACKING: return read_packing(r, &k->packing);
	case PC_KEY_GAPS: return read_gaps(r, k);
	case PC_KEY_UNIT: return pc_read_string(r, &k->unit);
	case PC_KEY_TITLE: return pc_read_string(r, &k->title);
	case PC_KEY_DOC: return pc_read_string(r, &k->doc);
	case PC_KEY_MIN: return pc_read_real(r, "a minimum", &k->min);
	case PC_KEY_MAX: return pc_read_real(r, "a maximum", &k->max);
	case PC_KEY_SCALE: return pc_read_real(r, "a factor", &k->scale);
	case PC_KEY_LABELS: return read_list(r, PC_LABELS_ENUM, type, &k->labels, &k->label_count);
	case PC_KEY_FLAGS: return read_list(r, PC_LABELS_MASKS, type, &k->flags, &k->flag_count);
	case PC_KEY_CODES: return read_list(r, PC_LABELS_CODES, PC_TYPE_I32, &k->codes, &k->code_count);
	case PC_KEY_BITS: return read_bits(r, type, k);
	case PC_KEY_ENCODING: return read_encoding(r, type, k);
	case PC_KEY_ROLE: return read_role(r, k);
	case PC_KEY_FORMAT: return read_word(r, "a format such as json", is_word, &k->word[key]);
	case PC_KEY_TYPE:
	case PC_KEY_OVERLAY: return read_word(r, "a name", pc_is_name, &k->word[key]);
	case PC_KEY_AT:
	case PC_KEY_NEWEST:
	case PC_KEY_COUNT:
	case PC_KEY_LENGTH: return read_word(r, "the path of a field", is_path, &k->word[key]);
	case PC_KEY_WHEN:
	case PC_KEY_COLUMNS:
	case PC_KEY_SIGNATURE:
	case PC_KEY_DEAD_VALUE: return pc_read_string(r, &k->word[key]);
	case PC_KEYS: break;
	}
	return PC_EINVAL;
}

static pc_status fail_unknown_key(const struct pc_lines *r, pc_span name, int where)
{
	char list[220] = "";
	size_t used = 0;
	for (int i = 0; i < PC_KEYS; i++)
		if ((keys[i].where & where) && used < sizeof list)
			used += (size_t)snprintf(list + used, sizeof list - used, " %s=", keys[i].name);
	return pc_line_fail(r, name.at, "unknown key %s; expected one of%s", pc_line_found(r, name.at).text, list);
}

static pc_status read_key(struct pc_lines *r, int where, pc_type type, struct pc_keys *k)
{
	pc_span name = pc_cursor_span(&r->c, pc_is_name);
	int key = 0;
	if (!name.bytes)
		return pc_expected(r, where & (PC_ON_STRUCT | PC_ON_TYPE) ? "a key such as size= or '{'"
		                                                          : "a key such as doc=");
	while (key < PC_KEYS && !pc_span_is(name, keys[key].name)) key++;
	if (key == PC_KEYS) return fail_unknown_key(r, name, where);
	if (!(keys[key].where & where))
		return pc_line_fail(r, name.at, "%s= is only for %s", keys[key].name, keys[key].called);
	if (k->at[key]) return pc_line_fail(r, name.at, "%s= is given twice", keys[key].name);
	if (!pc_cursor_accept(&r->c, '=')) return pc_expected(r, "'='");
	k->at[key] = name.at;
	return read_value(r, (enum pc_key)key, type, k);
}

pc_status pc_keys_read(struct pc_lines *r, int where, pc_type type, struct pc_keys *k)
{
	for (;;) {
		const char *before = r->c.at;
		pc_skip_space(r);
		if (pc_at_line_end(r)) break;
		if ((where & PC_ON_BLOCK & ~PC_ON_LAYOUT) && pc_cursor_peek(&r->c) == '{') break;
		if (r->c.at == before) return pc_expected(r, "a space");
		pc_status s = read_key(r, where, type, k);
		if (s != PC_OK) return s;
	}
	if (k->at[PC_KEY_MIN] && k->at[PC_KEY_MAX] && k->min > k->max)
		return pc_line_fail(r, k->at[PC_KEY_MAX], "expected a maximum that is not below the minimum");
	if (k->at[PC_KEY_SCALE] && k->scale == 0)
		return pc_line_fail(r, k->at[PC_KEY_SCALE], "expected a scale other than 0");
	if (!k->at[PC_KEY_SCALE]) k->scale = 1;
	return PC_OK;
}
