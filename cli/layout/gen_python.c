/* layout/gen_python.c - ctypes structures, packed, every gap a field; places are checked when the module is imported. */
#include "layout/gen.h"

#include <inttypes.h>
#include <string.h>

static const char *type_of(const pc_field *f)
{
	switch (f->type) {
	case PC_TYPE_BOOL: return "c_bool";
	case PC_TYPE_I8: return "c_int8";
	case PC_TYPE_I16: return "c_int16";
	case PC_TYPE_I32: return "c_int32";
	case PC_TYPE_I64: return "c_int64";
	case PC_TYPE_U16:
	case PC_TYPE_WCHAR16: return "c_uint16";
	case PC_TYPE_U32:
	case PC_TYPE_BOOL32:
	case PC_TYPE_WCHAR32: return "c_uint32";
	case PC_TYPE_U64: return "c_uint64";
	case PC_TYPE_F32: return "c_float";
	case PC_TYPE_F64: return "c_double";
	case PC_TYPE_CHAR: return "c_char";
	case PC_TYPE_ENUM8: return ly_is_signed(f) ? "c_int8" : "c_uint8";
	case PC_TYPE_ENUM16: return ly_is_signed(f) ? "c_int16" : "c_uint16";
	case PC_TYPE_ENUM32: return ly_is_signed(f) ? "c_int32" : "c_uint32";
	case PC_TYPE_U8:
	case PC_TYPE_STRUCT:
	case PC_TYPE_COUNT: break;
	}
	return "c_uint8";
}

/* ---- types ---- */

/* The last dimension is the innermost: ctypes has it first. */
static void put_dims(pc_strbuf *b, const pc_field *f)
{
	for (uint32_t i = f->dim_count; i-- > 0;) pc_strbuf_printf(b, " * %" PRIu32, f->dims[i]);
}

static void put_unit(pc_strbuf *b, const ly_member *m)
{
	if (m->field->type == PC_TYPE_STRUCT)
		pc_strbuf_puts(b, m->type->name);
	else
		pc_strbuf_printf(b, "ctypes.%s", type_of(m->field));
	if (m->field->text_units) pc_strbuf_printf(b, " * %" PRIu32, m->field->text_units);
}

static void put_entry(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	pc_strbuf_puts(b, "        (\"");
	ly_put_name(b, LY_PYTHON, m->name);
	pc_strbuf_puts(b, "\", ");
	if (m->kind == LY_PAD || m->is_bytes) {
		pc_strbuf_printf(b, "ctypes.c_uint8 * %" PRIu64, m->bytes);
	} else if (m->kind == LY_BITS) {
		pc_strbuf_printf(b, "ctypes.c_uint%u", (unsigned)m->bytes * 8);
	} else if (m->kind == LY_UNION) {
		pc_strbuf_printf(b, "%s_%s", s->name, m->name);
	} else if (m->element_pad) {
		pc_strbuf_printf(b, "%s_%s_element", s->name, m->name);
		put_dims(b, m->field);
	} else {
		put_unit(b, m);
		put_dims(b, m->field);
	}
	pc_strbuf_puts(b, "),");
	if (m->kind == LY_FIELD) {
		size_t before = b->bytes;
		pc_strbuf_puts(b, "  # ");
		if (!ly_put_comment(b, m->field) && b->text) b->text[b->bytes = before] = '\0';
	}
	pc_strbuf_puts(b, "\n");
}

static const char packed[] = "    _pack_ = 1\n    _layout_ = \"ms\"\n";

/* An element with the bytes behind it, as a class of its own. */
static void put_element(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	if (m->kind != LY_FIELD || !m->element_pad || m->is_bytes) return;
	pc_strbuf_printf(b, "class %s_%s_element(ctypes.Structure):\n%s    _fields_ = [(\"value\", ", s->name, m->name,
	                 packed);
	put_unit(b, m);
	pc_strbuf_printf(b, "), (\"_pad\", ctypes.c_uint8 * %" PRIu64 ")]\n\n\n", m->element_pad);
}

static void put_union(pc_strbuf *b, const ly_struct *s, const ly_member *m)
{
	for (uint32_t i = 0; i < m->part_count; i++) {
		const ly_member *part = &m->parts[i];
		put_element(b, s, part);
		if (part->offset == m->offset) continue;
		pc_strbuf_printf(b, "class %s_%s_%" PRIu32 "(ctypes.Structure):\n%s    _fields_ = [\n", s->name,
		                 m->name, i, packed);
		pc_strbuf_printf(b, "        (\"_pad\", ctypes.c_uint8 * %" PRIu64 "),\n", part->offset - m->offset);
		put_entry(b, s, part);
		pc_strbuf_puts(b, "    ]\n\n\n");
	}
	pc_strbuf_printf(b, "class %s_%s(ctypes.Union):\n%s", s->name, m->name, packed);
	pc_strbuf_puts(b, "    _anonymous_ = (");
	for (uint32_t i = 0; i < m->part_count; i++)
		if (m->parts[i].offset != m->offset) pc_strbuf_printf(b, "\"_%" PRIu32 "\", ", i);
	pc_strbuf_puts(b, ")\n    _fields_ = [\n");
	for (uint32_t i = 0; i < m->part_count; i++) {
		if (m->parts[i].offset == m->offset)
			put_entry(b, s, &m->parts[i]);
		else
			pc_strbuf_printf(b, "        (\"_%" PRIu32 "\", %s_%s_%" PRIu32 "),\n", i, s->name, m->name, i);
	}
	pc_strbuf_puts(b, "    ]\n\n\n");
}

/* ---- bits ---- */

static void put_bits(pc_strbuf *b, const ly_member *m)
{
	for (uint32_t i = 0; i < m->part_count; i++) put_bits(b, &m->parts[i]);
	for (uint32_t i = 0; m->kind == LY_BITS && i < m->bit_fields; i++) {
		const pc_field *f = m->field + i;
		uint64_t mask = f->bit_count == 64 ? UINT64_MAX : (UINT64_C(1) << f->bit_count) - 1,
		         sign = (mask >> 1) + 1;
		pc_strbuf_puts(b, "\n    @property\n    def ");
		ly_put_name(b, LY_PYTHON, f->name);
		pc_strbuf_printf(b, "(self):\n        bits = self.%s >> %" PRIu32 " & 0x%" PRIx64 "\n", m->name,
		                 f->bit_first, mask);
		if (ly_is_signed(f))
			pc_strbuf_printf(b, "        return (bits ^ 0x%" PRIx64 ") - 0x%" PRIx64 "\n", sign, sign);
		else
			pc_strbuf_puts(b, "        return bits\n");
		pc_strbuf_puts(b, "\n    @");
		ly_put_name(b, LY_PYTHON, f->name);
		pc_strbuf_puts(b, ".setter\n    def ");
		ly_put_name(b, LY_PYTHON, f->name);
		pc_strbuf_printf(b,
		                 "(self, value):\n        self.%s = self.%s & ~0x%" PRIx64 " | (value & 0x%" PRIx64
		                 ") << %" PRIu32 "\n",
		                 m->name, m->name, mask << f->bit_first, mask, f->bit_first);
	}
}

/* ---- structs ---- */

static void put_offsets(pc_strbuf *b, const ly_member *m, bool *is_first)
{
	for (uint32_t i = 0; i < m->part_count; i++) put_offsets(b, &m->parts[i], is_first);
	if (m->kind == LY_PAD || m->kind == LY_UNION) return;
	pc_strbuf_puts(b, *is_first ? "\"" : ", \"");
	ly_put_name(b, LY_PYTHON, m->name);
	pc_strbuf_printf(b, "\": %" PRIu64, m->offset);
	*is_first = false;
}

static void put_struct(pc_strbuf *b, const ly_struct *s)
{
	bool is_first = true;
	for (uint32_t i = 0; i < s->member_count; i++) {
		put_element(b, s, &s->members[i]);
		if (s->members[i].kind == LY_UNION) put_union(b, s, &s->members[i]);
	}
	pc_strbuf_printf(b, "class %s(ctypes.Structure):\n", s->name);
	if (s->placed_by) {
		pc_strbuf_printf(b, "    # %s: ", s->placed_by->name);
		(void)ly_put_dynamic(b, s->placed_by);
		pc_strbuf_puts(b, "\n");
	}
	pc_strbuf_printf(b, "%s    _anonymous_ = (", packed);
	for (uint32_t i = 0; i < s->member_count; i++)
		if (s->members[i].kind == LY_UNION) pc_strbuf_printf(b, "\"%s\", ", s->members[i].name);
	pc_strbuf_puts(b, ")\n    _fields_ = [\n");
	for (uint32_t i = 0; i < s->member_count; i++) put_entry(b, s, &s->members[i]);
	pc_strbuf_puts(b, "    ]\n");
	for (uint32_t i = 0; i < s->member_count; i++) put_bits(b, &s->members[i]);
	pc_strbuf_printf(b, "\n\n_check(%s, %" PRIu64 ", {", s->name, s->block.bytes);
	for (uint32_t i = 0; i < s->member_count; i++) put_offsets(b, &s->members[i], &is_first);
	pc_strbuf_puts(b, "})\n\n\n");
}

static void put_constants(pc_strbuf *b, const ly_struct *s)
{
	ly_named n;
	for (uint32_t at = 0; ly_next_named(s, &at, &n);) {
		const pc_field *f = n.field;
		pc_strbuf_printf(b, "class %s_%s_values(enum.Int%s):\n", s->name, f->name,
		                 !n.is_mask ? "Enum" : "Flag");
		for (uint32_t i = 0; i < n.count; i++) {
			pc_strbuf_puts(b, "    ");
			ly_put_named(b, LY_PYTHON, &n, i, true);
			pc_strbuf_printf(b, !n.is_mask ? " = %" PRId64 "  # " : " = 0x%" PRIx64 "  # ",
			                 n.labels[i].value);
			ly_put_remark(b, n.labels[i].text);
			pc_strbuf_puts(b, "\n");
		}
		pc_strbuf_puts(b, "\n\n");
	}
}

void ly_gen_python(pc_strbuf *b, const ly_gen *gen)
{
	ly_put_head(b, gen, "\"\"\"", "",
	            "Generated by pagecast layout gen --lang python: do not edit. A map is written by somebody "
	            "else: believe no\n"
	            "count, offset or text in it.\n\"\"\"\nimport ctypes\nimport enum  # noqa: F401\n\n");
	if (*gen->object) {
		pc_strbuf_puts(b, "OBJECT = ");
		ly_put_string(b, gen->object);
		pc_strbuf_puts(b, "\n\n");
	}
	pc_strbuf_puts(
	        b, "\ndef _check(struct, size, offsets):\n"
	           "    if ctypes.sizeof(struct) != size:\n"
	           "        raise ImportError(f\"{struct.__name__} has {ctypes.sizeof(struct)} bytes, not {size}\")\n"
	           "    for name, offset in offsets.items():\n"
	           "        if getattr(struct, name).offset != offset:\n"
	           "            raise ImportError(f\"{struct.__name__}.{name} is at {getattr(struct, name).offset}, "
	           "not {offset}\")\n"
	           "\n\n");
	for (const ly_struct *s = gen->plan->first; s; s = s->next) {
		put_constants(b, s);
		put_struct(b, s);
	}
	while (b->bytes > 1 && b->text[b->bytes - 2] == '\n') b->text[--b->bytes] = '\0';
}
