/* layout/gen_c.c - a header for C11 and C++11. Two names for one: `struct NAME` in both; what differs is what constants are.
 *
 * Enums are integers of their size with constants beside them: no compiler may choose how wide they are. Bits of a number
 * are read by functions: where a compiler puts bit fields is its own affair. */
#include "layout/gen_c.h"

#include <inttypes.h>
#include <string.h>

static enum ly_language language(const ly_gen *gen)
{
	return gen->is_cpp ? LY_CPP : LY_C;
}

const char *ly_c_type(const ly_gen *gen, const pc_field *f)
{
	switch (f->type) {
	case PC_TYPE_I8: return "int8_t";
	case PC_TYPE_I16: return "int16_t";
	case PC_TYPE_I32: return "int32_t";
	case PC_TYPE_I64: return "int64_t";
	case PC_TYPE_U16: return "uint16_t";
	case PC_TYPE_U32:
	case PC_TYPE_BOOL32: return "uint32_t";
	case PC_TYPE_U64: return "uint64_t";
	case PC_TYPE_F32: return "float";
	case PC_TYPE_F64: return "double";
	case PC_TYPE_CHAR: return "char";
	case PC_TYPE_WCHAR16: return gen->is_cpp ? "char16_t" : "uint16_t";
	case PC_TYPE_WCHAR32: return gen->is_cpp ? "char32_t" : "uint32_t";
	case PC_TYPE_ENUM8: return ly_is_signed(f) ? "int8_t" : "uint8_t";
	case PC_TYPE_ENUM16: return ly_is_signed(f) ? "int16_t" : "uint16_t";
	case PC_TYPE_ENUM32: return ly_is_signed(f) ? "int32_t" : "uint32_t";
	case PC_TYPE_BOOL: /* a bool of C has but two values; a map may hold others */
	case PC_TYPE_U8:
	case PC_TYPE_STRUCT:
	case PC_TYPE_COUNT: break;
	}
	return "uint8_t";
}

/* ---- members ---- */

static void put_indent(pc_strbuf *b, unsigned depth)
{
	while (depth--) pc_strbuf_puts(b, "\t");
}

static void put_dims(pc_strbuf *b, const pc_field *f)
{
	for (uint32_t i = 0; i < f->dim_count; i++) pc_strbuf_printf(b, "[%" PRIu32 "]", f->dims[i]);
}

static void put_remarks(pc_strbuf *b, const ly_member *m)
{
	size_t before = b->bytes;
	const pc_field *f = m->field;
	pc_strbuf_puts(b, " /* ");
	size_t start = b->bytes;
	bool says = ly_put_comment(b, f);
	if (m->is_bytes) {
		pc_strbuf_printf(b, "%selement i begins at i * %" PRIu64, says ? "; " : "", f->stride_bytes);
		says = true;
	}
	if (m->type && f->type != PC_TYPE_STRUCT) {
		pc_strbuf_printf(b, "%sto be copied into a struct %s", says ? "; " : "", m->type->name);
		says = true;
	}
	pc_strbuf_puts(b, " */");
	if (b->bytes == start + 3 && b->text) {
		b->bytes = before;
		b->text[before] = '\0';
	}
}

static void put_field(pc_strbuf *b, const ly_gen *gen, const ly_member *m, unsigned depth)
{
	const pc_field *f = m->field;
	put_indent(b, depth);
	if (m->is_bytes) {
		pc_strbuf_puts(b, "uint8_t ");
		ly_put_name(b, language(gen), m->name);
		pc_strbuf_printf(b, "[%" PRIu64 "];", m->bytes);
	} else {
		if (m->element_pad) pc_strbuf_puts(b, "struct { ");
		if (f->type == PC_TYPE_STRUCT)
			pc_strbuf_printf(b, "struct %s ", m->type->name);
		else
			pc_strbuf_printf(b, "%s ", ly_c_type(gen, f));
		if (m->element_pad)
			pc_strbuf_puts(b, "value");
		else {
			ly_put_name(b, language(gen), m->name);
			put_dims(b, f);
		}
		if (f->text_units) pc_strbuf_printf(b, "[%" PRIu32 "]", f->text_units);
		pc_strbuf_puts(b, ";");
		if (m->element_pad) {
			pc_strbuf_printf(b, " uint8_t _pad[%" PRIu64 "]; } ", m->element_pad);
			ly_put_name(b, language(gen), m->name);
			put_dims(b, f);
			pc_strbuf_puts(b, ";");
		}
	}
	put_remarks(b, m);
	pc_strbuf_puts(b, "\n");
}

static void put_member(pc_strbuf *b, const ly_gen *gen, const ly_member *m, unsigned depth)
{
	if (m->kind == LY_FIELD) {
		put_field(b, gen, m, depth);
	} else if (m->kind == LY_PAD) {
		put_indent(b, depth);
		pc_strbuf_printf(b, "uint8_t %s[%" PRIu64 "];\n", m->name, m->bytes);
	} else if (m->kind == LY_BITS) {
		put_indent(b, depth);
		pc_strbuf_printf(b, "uint%u_t %s;\n", (unsigned)m->bytes * 8, m->name);
	} else {
		put_indent(b, depth);
		pc_strbuf_puts(b, "union {\n");
		for (uint32_t i = 0; i < m->part_count; i++) {
			uint64_t ahead = m->parts[i].offset - m->offset;
			if (ahead) {
				put_indent(b, depth + 1);
				pc_strbuf_printf(b, "struct {\n");
				put_indent(b, depth + 2);
				pc_strbuf_printf(b, "uint8_t %s_%" PRIu32 "[%" PRIu64 "];\n", m->name, i, ahead);
			}
			put_member(b, gen, &m->parts[i], depth + (ahead ? 2 : 1));
			if (!ahead) continue;
			put_indent(b, depth + 1);
			pc_strbuf_puts(b, "};\n");
		}
		put_indent(b, depth);
		pc_strbuf_puts(b, "};\n");
	}
}

/* ---- what is asserted ---- */

static void put_assert(pc_strbuf *b, const ly_gen *gen, const ly_struct *s, const ly_member *m)
{
	if (m->kind == LY_PAD) return;
	for (uint32_t i = 0; i < m->part_count; i++) put_assert(b, gen, s, &m->parts[i]);
	if (m->kind == LY_UNION) return;
	pc_strbuf_printf(b, "%s(offsetof(struct %s, ", gen->is_cpp ? "static_assert" : "_Static_assert", s->name);
	ly_put_name(b, language(gen), m->name);
	pc_strbuf_printf(b, ") == %" PRIu64 ", \"offset of %s\");\n", m->offset, m->name);
}

static void put_struct(pc_strbuf *b, const ly_gen *gen, const ly_struct *s)
{
	if (s->pack) pc_strbuf_printf(b, "\n#pragma pack(push, %" PRIu32 ")", s->pack);
	pc_strbuf_puts(b, "\n");
	if (s->placed_by) {
		pc_strbuf_printf(b, "/* %s: ", s->placed_by->name);
		(void)ly_put_dynamic(b, s->placed_by);
		pc_strbuf_puts(b, " */\n");
	}
	pc_strbuf_printf(b, "struct %s {\n", s->name);
	for (uint32_t i = 0; i < s->member_count; i++) put_member(b, gen, &s->members[i], 1);
	pc_strbuf_puts(b, "};\n");
	if (s->pack) pc_strbuf_puts(b, "#pragma pack(pop)\n");
	for (uint32_t i = 0; i < s->member_count; i++) put_assert(b, gen, s, &s->members[i]);
	pc_strbuf_printf(b, "%s(sizeof(struct %s) == %" PRIu64 ", \"size of %s\");\n",
	                 gen->is_cpp ? "static_assert" : "_Static_assert", s->name, s->block.bytes, s->name);
}

/* ---- constants ---- */

static void put_constant(pc_strbuf *b, const ly_gen *gen, const ly_struct *s, const ly_named *n, uint32_t i)
{
	const pc_field *f = n->field;
	int64_t value = n->labels[i].value;
	if (gen->is_cpp)
		pc_strbuf_printf(b, "constexpr %s ", ly_c_type(gen, f));
	else
		pc_strbuf_puts(b, "#define ");
	ly_put_upper(b, s->name);
	pc_strbuf_puts(b, "_");
	ly_put_upper(b, f->name);
	pc_strbuf_puts(b, "_");
	ly_put_named(b, language(gen), n, i, true);
	pc_strbuf_puts(b, gen->is_cpp ? " = " : " ");
	if (n->is_mask)
		pc_strbuf_printf(b, "0x%" PRIx64 "%s", (uint64_t)value, f->element_bytes > 4 ? "ull" : "u");
	else if (gen->is_cpp || value >= 0)
		pc_strbuf_printf(b, "%" PRId64 "%s", value, value > INT32_MAX ? "u" : "");
	else
		pc_strbuf_printf(b, "(%" PRId64 ")", value);
	pc_strbuf_puts(b, gen->is_cpp ? ";" : "");
	pc_strbuf_puts(b, " /* ");
	ly_put_remark(b, n->labels[i].text);
	pc_strbuf_puts(b, " */\n");
}

static void put_constants(pc_strbuf *b, const ly_gen *gen, const ly_struct *s)
{
	ly_named n;
	for (uint32_t at = 0; ly_next_named(s, &at, &n);) {
		pc_strbuf_puts(b, "\n");
		for (uint32_t i = 0; i < n.count; i++) put_constant(b, gen, s, &n, i);
	}
}

/* ---- the whole ---- */

#define GENERATED(language)                                                \
	" * Generated by pagecast layout gen --lang " language             \
	": do not edit. Bytes are in the order of the machine. A map is\n" \
	" * written by somebody else: believe no count, offset or text in it, and end texts yourself. */\n"

static void put_head(pc_strbuf *b, const ly_gen *gen, const char *name)
{
	ly_put_head(b, gen, "/* ", " * ", gen->is_cpp ? GENERATED("cpp") : GENERATED("c"));
	pc_strbuf_puts(b, "#ifndef ");
	ly_put_upper(b, name);
	pc_strbuf_puts(b, "_LAYOUT_H\n#define ");
	ly_put_upper(b, name);
	pc_strbuf_puts(b, "_LAYOUT_H\n");
	pc_strbuf_puts(b, gen->is_cpp ? "#include <cstddef>\n#include <cstdint>\n#include <cstring>\n"
	                              : "#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n");
}

/* Structs without a name inside of a union are not of C++, yet every compiler of it takes them. */
static void put_leave(pc_strbuf *b, bool is_end)
{
	pc_strbuf_puts(b, is_end ? "\n#if defined(__GNUC__)\n#pragma GCC diagnostic pop\n#elif defined(_MSC_VER)\n"
	                           "#pragma warning(pop)\n#endif\n"
	                         : "#if defined(__GNUC__)\n#pragma GCC diagnostic push\n"
	                           "#pragma GCC diagnostic ignored \"-Wpedantic\"\n#elif defined(_MSC_VER)\n"
	                           "#pragma warning(push)\n#pragma warning(disable : 4201)\n#endif\n");
}

void ly_gen_c(pc_strbuf *b, const ly_gen *gen)
{
	const char *name = gen->plan->last->name;
	put_head(b, gen, name);
	if (gen->is_cpp) put_leave(b, false);
	for (const ly_struct *s = gen->plan->first; s; s = s->next) put_struct(b, gen, s);
	if (gen->is_cpp) put_leave(b, true);
	for (const ly_struct *s = gen->plan->first; s; s = s->next) {
		put_constants(b, gen, s);
		ly_c_bits(b, gen, s);
	}
	ly_c_tables(b, gen);
	ly_c_open(b, gen);
	pc_strbuf_puts(b, "\n#endif\n");
}
