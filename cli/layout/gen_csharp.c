/* layout/gen_csharp.c - structs with explicit offsets. C# asserts nothing when it compiles: Verify() of the whole does, once. */
#include "layout/gen.h"

#include <inttypes.h>
#include <string.h>

static const char *type_of(const pc_field *f)
{
	switch (f->type) {
	case PC_TYPE_I8: return "sbyte";
	case PC_TYPE_I16: return "short";
	case PC_TYPE_I32: return "int";
	case PC_TYPE_I64: return "long";
	case PC_TYPE_U16: return "ushort";
	case PC_TYPE_U32:
	case PC_TYPE_BOOL32:
	case PC_TYPE_WCHAR32: return "uint";
	case PC_TYPE_U64: return "ulong";
	case PC_TYPE_F32: return "float";
	case PC_TYPE_F64: return "double";
	case PC_TYPE_WCHAR16: return "char";
	case PC_TYPE_ENUM8: return ly_is_signed(f) ? "sbyte" : "byte";
	case PC_TYPE_ENUM16: return ly_is_signed(f) ? "short" : "ushort";
	case PC_TYPE_ENUM32: return ly_is_signed(f) ? "int" : "uint";
	case PC_TYPE_BOOL: /* the runtime's bool has an opinion on how large it is */
	case PC_TYPE_CHAR:
	case PC_TYPE_U8:
	case PC_TYPE_STRUCT:
	case PC_TYPE_COUNT: break;
	}
	return "byte";
}

/* A member may not be called as its struct. */
static void put_name(pc_strbuf *b, const ly_struct *s, const char *name)
{
	ly_put_name(b, LY_CSHARP, name);
	if (!strcmp(name, s->name)) pc_strbuf_puts(b, "_");
}

/* True if a `fixed` buffer or one value stands for it; else it is bytes with a method. */
static bool is_plain(const ly_member *m)
{
	const pc_field *f = m->field;
	return !m->is_bytes && !m->element_pad && !(f->type == PC_TYPE_STRUCT && f->dim_count);
}

static void put_remarks(pc_strbuf *b, const ly_member *m)
{
	size_t before = b->bytes;
	const pc_field *f = m->field;
	pc_strbuf_puts(b, " // ");
	size_t start = b->bytes;
	if (f->dim_count + (f->text_units != 0) > 1) {
		for (uint32_t i = 0; i < f->dim_count; i++) pc_strbuf_printf(b, "[%" PRIu32 "]", f->dims[i]);
		if (f->text_units) pc_strbuf_printf(b, "[%" PRIu32 "]", f->text_units);
		pc_strbuf_puts(b, " ");
	}
	(void)ly_put_comment(b, f);
	if (b->bytes == start && b->text) b->text[b->bytes = before] = '\0';
}

static void put_array_method(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	const pc_field *f = m->field;
	const char *type = f->type == PC_TYPE_STRUCT ? m->type->name : type_of(f);
	if (f->text_units && f->type != PC_TYPE_STRUCT) return; /* texts with bytes between them: the bytes are there */
	pc_strbuf_printf(b, "    public %s ", type);
	put_name(b, s, m->name);
	pc_strbuf_printf(b,
	                 "(int index)\n    {\n        if (index < 0 || index >= %" PRIu64
	                 ") throw new IndexOutOfRangeException();\n        fixed (byte* bytes = %s_bytes) return "
	                 "*(%s*)(bytes + index * "
	                 "%" PRIu64 "L);\n    }\n",
	                 f->count, m->name, type, f->stride_bytes);
}

static void put_bits(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	for (uint32_t i = 0; i < m->bit_fields; i++) {
		const pc_field *f = m->field + i;
		const char *type = type_of(f);
		static const char *const words[] = {"", "byte", "ushort", "", "uint", "", "", "", "ulong"};
		uint64_t mask = f->bit_count == 64 ? UINT64_MAX : (UINT64_C(1) << f->bit_count) - 1;
		pc_strbuf_printf(b, "    public %s ", type);
		put_name(b, s, f->name);
		pc_strbuf_puts(b, "\n    {\n");
		if (ly_is_signed(f))
			pc_strbuf_printf(b, "        get { return (%s)((long)((ulong)%s << %u) >> %u); }\n", type,
			                 m->name, 64 - f->bit_first - f->bit_count, 64 - f->bit_count);
		else
			pc_strbuf_printf(b,
			                 "        get { return (%s)(((ulong)%s >> %" PRIu32 ") & 0x%" PRIx64 "UL); }\n",
			                 type, m->name, f->bit_first, mask);
		pc_strbuf_printf(b,
		                 "        set { %s = unchecked((%s)(((ulong)%s & ~(0x%" PRIx64 "UL << %" PRIu32
		                 ")) | (((ulong)value & 0x%" PRIx64 "UL) << %" PRIu32 "))); }\n    }\n",
		                 m->name, words[m->bytes], m->name, mask, f->bit_first, mask, f->bit_first);
	}
}

static void put_member(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	if (m->kind == LY_PAD) return;
	for (uint32_t i = 0; i < m->part_count; i++) put_member(b, s, &m->parts[i]);
	if (m->kind == LY_UNION) return;
	pc_strbuf_printf(b, "    [FieldOffset(%" PRIu64 ")] public ", m->offset);
	if (m->kind == LY_BITS) {
		static const char *const words[] = {"", "byte", "ushort", "", "uint", "", "", "", "ulong"};
		pc_strbuf_printf(b, "%s %s;\n", words[m->bytes], m->name);
		put_bits(b, s, m);
		return;
	}
	const pc_field *f = m->field;
	uint64_t units = f->count * (f->text_units ? f->text_units : 1);
	if (!is_plain(m)) {
		pc_strbuf_printf(b, "fixed byte %s_bytes[%" PRIu64 "];", m->name, m->bytes);
	} else if (f->dim_count || f->text_units) {
		pc_strbuf_printf(b, "fixed %s ", type_of(f));
		put_name(b, s, m->name);
		pc_strbuf_printf(b, "[%" PRIu64 "];", units);
	} else {
		pc_strbuf_printf(b, "%s ", f->type == PC_TYPE_STRUCT ? m->type->name : type_of(f));
		put_name(b, s, m->name);
		pc_strbuf_puts(b, ";");
	}
	put_remarks(b, m);
	pc_strbuf_puts(b, "\n");
	if (!is_plain(m)) put_array_method(b, s, m);
}

static void put_struct(pc_strbuf *b, const ly_struct *s)
{
	if (s->placed_by) {
		pc_strbuf_printf(b, "// %s: ", s->placed_by->name);
		(void)ly_put_dynamic(b, s->placed_by);
		pc_strbuf_puts(b, "\n");
	}
	pc_strbuf_printf(
	        b, "[StructLayout(LayoutKind.Explicit, Size = %" PRIu64 ", Pack = 1, CharSet = CharSet.Unicode)]\n",
	        s->block.bytes);
	pc_strbuf_printf(b, "public unsafe struct %s\n{\n", s->name);
	for (uint32_t i = 0; i < s->member_count; i++) put_member(b, s, &s->members[i]);
	pc_strbuf_puts(b, "}\n\n");
}

/* ---- constants ---- */

static void put_constants(pc_strbuf *b, const ly_struct *s)
{
	ly_named n;
	for (uint32_t at = 0; ly_next_named(s, &at, &n);) {
		const pc_field *f = n.field;
		pc_strbuf_printf(b, "public static class %s_%s_values\n{\n", s->name, f->name);
		for (uint32_t i = 0; i < n.count; i++) {
			pc_strbuf_printf(b, "    public const %s ", type_of(f));
			ly_put_named(b, LY_CSHARP, &n, i, false);
			if (!n.is_mask)
				pc_strbuf_printf(b, " = %" PRId64 ";", n.labels[i].value);
			else
				pc_strbuf_printf(b, " = unchecked((%s)0x%" PRIx64 "UL);", type_of(f),
				                 (uint64_t)n.labels[i].value);
			pc_strbuf_puts(b, " // ");
			ly_put_remark(b, n.labels[i].text);
			pc_strbuf_puts(b, "\n");
		}
		pc_strbuf_puts(b, "}\n\n");
	}
}

/* ---- what is verified ---- */

static void put_check(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	if (m->kind == LY_PAD) return;
	for (uint32_t i = 0; i < m->part_count; i++) put_check(b, s, &m->parts[i]);
	if (m->kind == LY_UNION) return;
	bool is_buffer = m->kind == LY_FIELD && (!is_plain(m) || m->field->dim_count || m->field->text_units);
	pc_strbuf_printf(b, "        Check(\"%s.%s\", (byte*)%ss%s.", s->name, m->name, is_buffer ? "" : "&", s->name);
	if (m->kind == LY_FIELD && !is_plain(m))
		pc_strbuf_printf(b, "%s_bytes", m->name);
	else if (m->kind == LY_BITS)
		pc_strbuf_puts(b, m->name);
	else
		put_name(b, s, m->name);
	pc_strbuf_printf(b, " - (byte*)&s%s, %" PRIu64 ");\n", s->name, m->offset);
}

static void put_verify(pc_strbuf *b, const ly_gen *gen)
{
	const char *name = gen->plan->last->name;
	pc_strbuf_printf(b, "public static unsafe class %s_layout\n{\n", name);
	if (*gen->object) {
		pc_strbuf_puts(b, "    public const string Object = ");
		ly_put_string(b, gen->object);
		pc_strbuf_puts(b, ";\n\n");
	}
	pc_strbuf_puts(
	        b, "    static void Check(string what, long found, long expected)\n    {\n"
	           "        if (found != expected) throw new InvalidOperationException(what + \": \" + found + \", not "
	           "\" + expected);\n"
	           "    }\n\n"
	           "    /// Throws if this runtime puts a field elsewhere.\n    public static void Verify()\n    {\n");
	for (const ly_struct *s = gen->plan->first; s; s = s->next) {
		pc_strbuf_printf(b, "        %s s%s = default(%s);\n", s->name, s->name, s->name);
		pc_strbuf_printf(b, "        Check(\"sizeof %s\", sizeof(%s), %" PRIu64 ");\n", s->name, s->name,
		                 s->block.bytes);
		for (uint32_t i = 0; i < s->member_count; i++) put_check(b, s, &s->members[i]);
	}
	pc_strbuf_puts(b, "    }\n}\n");
}

void ly_gen_csharp(pc_strbuf *b, const ly_gen *gen)
{
	ly_put_head(b, gen, "// ", "// ",
	            "// Generated by pagecast layout gen --lang csharp: do not edit. Compile with /unsafe. A map "
	            "is written by somebody\n"
	            "// else: believe no count, offset or text in it.\n"
	            "using System;\nusing System.Runtime.InteropServices;\n\n");
	for (const ly_struct *s = gen->plan->first; s; s = s->next) {
		put_constants(b, s);
		put_struct(b, s);
	}
	put_verify(b, gen);
}
