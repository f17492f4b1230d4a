/* layout/gen_rust.c - #[repr(C)] structs for a module of its own; places are asserted at compile time (Rust 1.77). */
#include "layout/gen.h"

#include <inttypes.h>
#include <string.h>

static const char *type_of(const pc_field *f)
{
	switch (f->type) {
	case PC_TYPE_I8: return "i8";
	case PC_TYPE_I16: return "i16";
	case PC_TYPE_I32: return "i32";
	case PC_TYPE_I64: return "i64";
	case PC_TYPE_U16:
	case PC_TYPE_WCHAR16: return "u16";
	case PC_TYPE_U32:
	case PC_TYPE_BOOL32:
	case PC_TYPE_WCHAR32: return "u32";
	case PC_TYPE_U64: return "u64";
	case PC_TYPE_F32: return "f32";
	case PC_TYPE_F64: return "f64";
	case PC_TYPE_ENUM8: return ly_is_signed(f) ? "i8" : "u8";
	case PC_TYPE_ENUM16: return ly_is_signed(f) ? "i16" : "u16";
	case PC_TYPE_ENUM32: return ly_is_signed(f) ? "i32" : "u32";
	case PC_TYPE_BOOL: /* a bool that is neither 0 nor 1 is undefined behaviour */
	case PC_TYPE_CHAR:
	case PC_TYPE_U8:
	case PC_TYPE_STRUCT:
	case PC_TYPE_COUNT: break;
	}
	return "u8";
}

static void put_unit(pc_strbuf *b, const ly_member *m)
{
	const pc_field *f = m->field;
	const char *type = f->type == PC_TYPE_STRUCT ? m->type->name : type_of(f);
	if (f->text_units)
		pc_strbuf_printf(b, "[%s; %" PRIu32 "]", type, f->text_units);
	else
		ly_put_name(b, LY_RUST, type);
}

static void put_type(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	if (m->kind == LY_PAD || m->is_bytes) {
		pc_strbuf_printf(b, "[u8; %" PRIu64 "]", m->bytes);
	} else if (m->kind == LY_BITS) {
		pc_strbuf_printf(b, "u%u", (unsigned)m->bytes * 8);
	} else if (m->kind == LY_UNION) {
		pc_strbuf_printf(b, "%s_%s", s->name, m->name);
	} else {
		for (uint32_t i = 0; i < m->field->dim_count; i++) pc_strbuf_puts(b, "[");
		if (m->element_pad)
			pc_strbuf_printf(b, "%s_%s_element", s->name, m->name);
		else
			put_unit(b, m);
		for (uint32_t i = m->field->dim_count; i-- > 0;)
			pc_strbuf_printf(b, "; %" PRIu32 "]", m->field->dims[i]);
	}
}

static void put_member(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	if (m->kind == LY_FIELD) {
		size_t before = b->bytes;
		pc_strbuf_puts(b, "    // ");
		if (ly_put_comment(b, m->field))
			pc_strbuf_puts(b, "\n");
		else if (b->text)
			b->text[b->bytes = before] = '\0';
	}
	pc_strbuf_puts(b, "    pub ");
	ly_put_name(b, LY_RUST, m->name);
	pc_strbuf_puts(b, ": ");
	put_type(b, s, m);
	pc_strbuf_puts(b, ",\n");
}

static void put_repr(pc_strbuf *b, const ly_struct *s)
{
	if (s->pack)
		pc_strbuf_printf(b, "#[repr(C, packed(%" PRIu32 "))]\n#[derive(Clone, Copy)]\n", s->pack);
	else
		pc_strbuf_puts(b, "#[repr(C)]\n#[derive(Clone, Copy)]\n");
}

static void put_element(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	if (m->kind != LY_FIELD || !m->element_pad || m->is_bytes) return;
	put_repr(b, s);
	pc_strbuf_printf(b, "pub struct %s_%s_element {\n    pub value: ", s->name, m->name);
	put_unit(b, m);
	pc_strbuf_printf(b, ",\n    pub _pad: [u8; %" PRIu64 "],\n}\n\n", m->element_pad);
}

static void put_union(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	for (uint32_t i = 0; i < m->part_count; i++) {
		const ly_member *part = &m->parts[i];
		put_element(b, s, part);
		if (part->offset == m->offset) continue;
		put_repr(b, s);
		pc_strbuf_printf(b, "pub struct %s_%s_%" PRIu32 " {\n    pub _pad: [u8; %" PRIu64 "],\n", s->name,
		                 m->name, i, part->offset - m->offset);
		put_member(b, s, part);
		pc_strbuf_puts(b, "}\n\n");
	}
	put_repr(b, s);
	pc_strbuf_printf(b, "pub union %s_%s {\n", s->name, m->name);
	for (uint32_t i = 0; i < m->part_count; i++) {
		if (m->parts[i].offset == m->offset) {
			put_member(b, s, &m->parts[i]);
			continue;
		}
		pc_strbuf_puts(b, "    pub ");
		ly_put_name(b, LY_RUST, m->parts[i].name);
		pc_strbuf_printf(b, ": %s_%s_%" PRIu32 ",\n", s->name, m->name, i);
	}
	pc_strbuf_puts(b, "}\n\n");
}

static void put_bits_of(pc_strbuf *b, const ly_member *m, const char *holder)
{
	for (uint32_t i = 0; m->kind == LY_BITS && i < m->bit_fields; i++) {
		const pc_field *f = m->field + i;
		const char *type = type_of(f);
		unsigned width = (unsigned)m->bytes * 8;
		uint64_t mask = f->bit_count == 64 ? UINT64_MAX : (UINT64_C(1) << f->bit_count) - 1;
		pc_strbuf_puts(b, "    pub fn ");
		ly_put_name(b, LY_RUST, f->name);
		pc_strbuf_printf(b, "(&self) -> %s {\n        let bits = (%s >> %" PRIu32 ") & 0x%" PRIx64 ";\n", type,
		                 holder, f->bit_first, mask);
		if (ly_is_signed(f))
			pc_strbuf_printf(b, "        ((bits as i64) << %u >> %u) as %s\n    }\n", 64 - f->bit_count,
			                 64 - f->bit_count, type);
		else
			pc_strbuf_printf(b, "        bits as %s\n    }\n", type);
		pc_strbuf_printf(b, "    pub fn set_%s(&mut self, value: %s) {\n        ", f->name, type);
		pc_strbuf_printf(b,
		                 "%s = (%s & !(0x%" PRIx64 "u%u << %" PRIu32 ")) | ((value as u%u & 0x%" PRIx64
		                 ") << %" PRIu32 ");\n    }\n",
		                 holder, holder, mask, width, f->bit_first, width, mask, f->bit_first);
	}
}

static void put_bits(pc_strbuf *b, const ly_struct *s)
{
	size_t before = b->bytes;
	char holder[256];
	pc_strbuf_printf(b, "impl %s {\n", s->name);
	size_t start = b->bytes;
	for (uint32_t i = 0; i < s->member_count; i++) {
		(void)snprintf(holder, sizeof holder, "self.%s", s->members[i].name);
		put_bits_of(b, &s->members[i], holder);
	}
	if (b->bytes == start && b->text)
		b->text[b->bytes = before] = '\0';
	else
		pc_strbuf_puts(b, "}\n\n");
}

static void put_constants(pc_strbuf *b, const ly_struct *s)
{
	ly_named n;
	for (uint32_t at = 0; ly_next_named(s, &at, &n);) {
		const pc_field *f = n.field;
		for (uint32_t i = 0; i < n.count; i++) {
			pc_strbuf_puts(b, "pub const ");
			ly_put_upper(b, s->name);
			pc_strbuf_puts(b, "_");
			ly_put_upper(b, f->name);
			pc_strbuf_puts(b, "_");
			ly_put_named(b, LY_RUST, &n, i, true);
			const char *type = type_of(f);
			if (!n.is_mask)
				pc_strbuf_printf(b, ": %s = %" PRId64 "; // ", type, n.labels[i].value);
			else
				pc_strbuf_printf(b, ": %s = 0x%" PRIx64 "_u64 as %s; // ", type,
				                 (uint64_t)n.labels[i].value, type);
			ly_put_remark(b, n.labels[i].text);
			pc_strbuf_puts(b, "\n");
		}
		pc_strbuf_puts(b, "\n");
	}
}

static void put_struct(pc_strbuf *b, const ly_struct *s)
{
	for (uint32_t i = 0; i < s->member_count; i++) {
		put_element(b, s, &s->members[i]);
		if (s->members[i].kind == LY_UNION) put_union(b, s, &s->members[i]);
	}
	if (s->placed_by) {
		pc_strbuf_printf(b, "// %s: ", s->placed_by->name);
		(void)ly_put_dynamic(b, s->placed_by);
		pc_strbuf_puts(b, "\n");
	}
	put_repr(b, s);
	pc_strbuf_printf(b, "pub struct %s {\n", s->name);
	for (uint32_t i = 0; i < s->member_count; i++) put_member(b, s, &s->members[i]);
	pc_strbuf_puts(b, "}\n\n");
	put_bits(b, s);
	pc_strbuf_printf(b, "const _: () = {\n    assert!(core::mem::size_of::<%s>() == %" PRIu64 ");\n", s->name,
	                 s->block.bytes);
	for (uint32_t i = 0; i < s->member_count; i++) {
		if (s->members[i].kind == LY_PAD) continue;
		pc_strbuf_printf(b, "    assert!(core::mem::offset_of!(%s, ", s->name);
		ly_put_name(b, LY_RUST, s->members[i].name);
		pc_strbuf_printf(b, ") == %" PRIu64 ");\n", s->members[i].offset);
	}
	pc_strbuf_puts(b, "};\n\n");
}

void ly_gen_rust(pc_strbuf *b, const ly_gen *gen)
{
	ly_put_head(
	        b, gen, "//! ", "//! ",
	        "//! Generated by pagecast layout gen --lang rust: do not edit. Needs Rust 1.77. A map is written by "
	        "somebody else:\n"
	        "//! believe no count, offset or text in it, and read it by core::ptr::read_volatile() or a copy.\n"
	        "#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals, dead_code, clippy::all)]\n\n");
	if (*gen->object) {
		pc_strbuf_puts(b, "pub const OBJECT: &str = ");
		ly_put_string(b, gen->object);
		pc_strbuf_puts(b, ";\n\n");
	}
	for (const ly_struct *s = gen->plan->first; s; s = s->next) {
		put_constants(b, s);
		put_struct(b, s);
	}
	if (b->bytes > 1 && b->text[b->bytes - 2] == '\n') b->text[--b->bytes] = '\0';
}
