/* layout/gen_typescript.c - interfaces, and functions that read them out of a DataView at the offsets themselves. */
#include "layout/gen.h"

#include <inttypes.h>
#include <string.h>

/* What reads one number; "" for bool. */
static const char *getter_of(const pc_field *f)
{
	switch (f->type) {
	case PC_TYPE_I8: return "getInt8";
	case PC_TYPE_I16: return "getInt16";
	case PC_TYPE_I32: return "getInt32";
	case PC_TYPE_I64: return "getBigInt64";
	case PC_TYPE_U16: return "getUint16";
	case PC_TYPE_U32:
	case PC_TYPE_BOOL32: return "getUint32";
	case PC_TYPE_U64: return "getBigUint64";
	case PC_TYPE_F32: return "getFloat32";
	case PC_TYPE_F64: return "getFloat64";
	case PC_TYPE_ENUM8: return ly_is_signed(f) ? "getInt8" : "getUint8";
	case PC_TYPE_ENUM16: return ly_is_signed(f) ? "getInt16" : "getUint16";
	case PC_TYPE_ENUM32: return ly_is_signed(f) ? "getInt32" : "getUint32";
	case PC_TYPE_BOOL:
	case PC_TYPE_CHAR:
	case PC_TYPE_U8:
	case PC_TYPE_WCHAR16:
	case PC_TYPE_WCHAR32:
	case PC_TYPE_STRUCT:
	case PC_TYPE_COUNT: break;
	}
	return "getUint8";
}

static bool is_bool(const pc_field *f)
{
	return f->type == PC_TYPE_BOOL || f->type == PC_TYPE_BOOL32;
}

static bool is_big(const pc_field *f)
{
	return f->type == PC_TYPE_I64 || f->type == PC_TYPE_U64;
}

static bool is_blob(const pc_field *f)
{
	return f->text_units && !pc_field_is_text(f);
}

/* ---- types ---- */

static void put_type(pc_strbuf *b, const ly_struct *of, const pc_field *f)
{
	if (f->type == PC_TYPE_STRUCT)
		pc_strbuf_puts(b, of->name);
	else
		pc_strbuf_puts(b, pc_field_is_text(f) ? "string"
		                  : is_blob(f)        ? "Uint8Array"
		                  : is_bool(f)        ? "boolean"
		                  : is_big(f)         ? "bigint"
		                                      : "number");
	for (uint32_t i = 0; i < f->dim_count; i++) pc_strbuf_puts(b, "[]");
}

static void put_property(pc_strbuf *b, const ly_struct *of, const pc_field *f)
{
	size_t before = b->bytes;
	pc_strbuf_puts(b, "  /** ");
	if (ly_put_comment(b, f))
		pc_strbuf_puts(b, " */\n");
	else if (b->text)
		b->text[b->bytes = before] = '\0';
	pc_strbuf_printf(b, "  %s: ", f->name);
	put_type(b, of, f);
	pc_strbuf_puts(b, ";\n");
}

/* ---- readers ---- */

static const char *decoder_of(const pc_field *f)
{
	static const char *const names[PC_ENCODING_COUNT] = {
	        [PC_ENCODING_LATIN1] = "latin1",       [PC_ENCODING_CP1250] = "windows-1250",
	        [PC_ENCODING_CP1251] = "windows-1251", [PC_ENCODING_CP1252] = "windows-1252",
	        [PC_ENCODING_CP1253] = "windows-1253", [PC_ENCODING_CP1254] = "windows-1254",
	        [PC_ENCODING_CP1255] = "windows-1255", [PC_ENCODING_CP1256] = "windows-1256",
	        [PC_ENCODING_CP1257] = "windows-1257", [PC_ENCODING_CP1258] = "windows-1258"};
	return names[f->encoding] ? names[f->encoding] : "utf-8";
}

/* Bits of the number at `place`, which may be larger than what a number of JavaScript has exactly. */
static void put_bits(pc_strbuf *b, const pc_field *f, const char *place)
{
	unsigned bits = f->bit_count;
	pc_strbuf_printf(b, "%sBigInt.%s(%u, BigInt.asUintN(%u, BigInt(view.%s(%s%s))) >> %" PRIu32 "n)%s%s",
	                 is_big(f) || is_bool(f) ? "" : "Number(", ly_is_signed(f) ? "asIntN" : "asUintN", bits,
	                 (unsigned)f->element_bytes * 8, getter_of(f), place, f->element_bytes > 1 ? ", LE" : "",
	                 f->bit_first, is_big(f) || is_bool(f) ? "" : ")", is_bool(f) ? " !== 0n" : "");
}

static void put_value(pc_strbuf *b, const ly_struct *of, const pc_field *f, const char *place)
{
	if (f->type == PC_TYPE_STRUCT)
		pc_strbuf_printf(b, "read_%s(view, %s)", of->name, place);
	else if (f->type == PC_TYPE_WCHAR16)
		pc_strbuf_printf(b, "text16(view, %s, %" PRIu32 ")", place, f->text_units);
	else if (f->type == PC_TYPE_WCHAR32)
		pc_strbuf_printf(b, "text32(view, %s, %" PRIu32 ")", place, f->text_units);
	else if (pc_field_is_text(f))
		pc_strbuf_printf(b, "text8(view, %s, %" PRIu32 ", \"%s\")", place, f->text_units, decoder_of(f));
	else if (is_blob(f))
		pc_strbuf_printf(b, "bytes(view, %s, %" PRIu32 ")", place, f->text_units);
	else if (f->bit_count)
		put_bits(b, f, place);
	else
		pc_strbuf_printf(b, "view.%s(%s%s)%s", getter_of(f), place, f->element_bytes == 1 ? "" : ", LE",
		                 is_bool(f) ? " !== 0" : "");
}

/* The first dimension is the outermost; bytes between elements are those of the last. */
static void put_array(pc_strbuf *b, const ly_struct *of, const pc_field *f)
{
	char place[160];
	size_t used = (size_t)snprintf(place, sizeof place, "at + %" PRIu64, f->offset);
	uint64_t step = f->stride_bytes * f->count;
	for (uint32_t i = 0; i < f->dim_count; i++) {
		step /= f->dims[i];
		pc_strbuf_printf(b, "array(%" PRIu32 ", (i%" PRIu32 ") => ", f->dims[i], i);
		used += (size_t)snprintf(place + used, sizeof place - used, " + i%" PRIu32 " * %" PRIu64, i, step);
	}
	put_value(b, of, f, place);
	for (uint32_t i = 0; i < f->dim_count; i++) pc_strbuf_puts(b, ")");
}

/* ---- structs ---- */

/* Members by field: what has a type of its own is found by its name. */
static const ly_struct *type_of(const ly_member *m, const pc_field *f)
{
	for (uint32_t i = 0; i < m->part_count; i++) {
		const ly_struct *found = type_of(&m->parts[i], f);
		if (found) return found;
	}
	return m->kind == LY_FIELD && m->field == f ? m->type : NULL;
}

static const ly_struct *type_in(const ly_struct *s, const pc_field *f)
{
	for (uint32_t i = 0; i < s->member_count; i++) {
		const ly_struct *found = type_of(&s->members[i], f);
		if (found) return found;
	}
	return NULL;
}

static void put_struct(pc_strbuf *b, const ly_struct *s)
{
	const ly_block *block = &s->block;
	if (s->placed_by) {
		pc_strbuf_printf(b, "/** %s: ", s->placed_by->name);
		(void)ly_put_dynamic(b, s->placed_by);
		pc_strbuf_puts(b, " */\n");
	}
	pc_strbuf_printf(b, "export interface %s {\n", s->name);
	for (uint32_t i = 0; i < block->field_count; i++)
		put_property(b, type_in(s, &block->fields[i]), &block->fields[i]);
	pc_strbuf_printf(b, "}\n\nexport const %s_size = %" PRIu64 ";\nexport const %s_offsets = {\n", s->name,
	                 block->bytes, s->name);
	for (uint32_t i = 0; i < block->field_count; i++)
		pc_strbuf_printf(b, "  %s: %" PRIu64 ",\n", block->fields[i].name, block->fields[i].offset);
	pc_strbuf_printf(b, "} as const satisfies Record<keyof %s, number>;\n\n", s->name);
	pc_strbuf_printf(b,
	                 "/** Throws a RangeError if the view ends before it. */\n"
	                 "export function read_%s(view: DataView, at = 0): %s {\n  return {\n",
	                 s->name, s->name);
	for (uint32_t i = 0; i < block->field_count; i++) {
		pc_strbuf_printf(b, "    %s: ", block->fields[i].name);
		put_array(b, type_in(s, &block->fields[i]), &block->fields[i]);
		pc_strbuf_puts(b, ",\n");
	}
	pc_strbuf_puts(b, "  };\n}\n\n");
}

static void put_constants(pc_strbuf *b, const ly_struct *s)
{
	ly_named n;
	for (uint32_t at = 0; ly_next_named(s, &at, &n);) {
		const pc_field *f = n.field;
		pc_strbuf_printf(b, "export const %s_%s_values = {\n", s->name, f->name);
		for (uint32_t i = 0; i < n.count; i++) {
			pc_strbuf_puts(b, "  ");
			ly_put_named(b, LY_TYPESCRIPT, &n, i, false);
			if (!n.is_mask)
				pc_strbuf_printf(b, ": %" PRId64 ", // ", n.labels[i].value);
			else
				pc_strbuf_printf(b, ": 0x%" PRIx64 "%s, // ", (uint64_t)n.labels[i].value,
				                 is_big(f) ? "n" : "");
			ly_put_remark(b, n.labels[i].text);
			pc_strbuf_puts(b, "\n");
		}
		pc_strbuf_puts(b, "} as const;\n\n");
	}
}

static const char helpers[] = "const LE = true; // the machines that maps are of\n\n"
                              "function array<T>(count: number, element: (i: number) => T): T[] {\n"
                              "  return Array.from({ length: count }, (_, i) => element(i));\n"
                              "}\n\n"
                              "function bytes(view: DataView, at: number, count: number): Uint8Array {\n"
                              "  if (at + count > view.byteLength) throw new RangeError(`bytes ${at}..${at + count} of "
                              "${view.byteLength}`);\n"
                              "  return new Uint8Array(view.buffer, view.byteOffset + at, count);\n"
                              "}\n\n"
                              "function text8(view: DataView, at: number, count: number, encoding: string): string {\n"
                              "  const all = bytes(view, at, count);\n"
                              "  const end = all.indexOf(0);\n"
                              "  return new TextDecoder(encoding).decode(all.slice(0, end < 0 ? count : end));\n"
                              "}\n\n"
                              "function text16(view: DataView, at: number, count: number): string {\n"
                              "  let text = \"\";\n"
                              "  for (let i = 0; i < count; i++) {\n"
                              "    const unit = view.getUint16(at + 2 * i, LE);\n"
                              "    if (!unit) break;\n"
                              "    text += String.fromCharCode(unit);\n"
                              "  }\n"
                              "  return text;\n"
                              "}\n\n"
                              "function text32(view: DataView, at: number, count: number): string {\n"
                              "  let text = \"\";\n"
                              "  for (let i = 0; i < count; i++) {\n"
                              "    const unit = view.getUint32(at + 4 * i, LE);\n"
                              "    if (!unit) break;\n"
                              "    text += unit > 0x10ffff ? \"\\ufffd\" : String.fromCodePoint(unit);\n"
                              "  }\n"
                              "  return text;\n"
                              "}\n\n"
                              "export const helpers = { array, bytes, text8, text16, text32 };\n\n";

void ly_gen_typescript(pc_strbuf *b, const ly_gen *gen)
{
	ly_put_head(b, gen, "// ", "// ",
	            "// Generated by pagecast layout gen --lang typescript: do not edit. A map is written by "
	            "somebody else: believe no\n"
	            "// count, offset or text in it.\n\n");
	if (*gen->object) {
		pc_strbuf_puts(b, "export const OBJECT = ");
		ly_put_string(b, gen->object);
		pc_strbuf_puts(b, ";\n\n");
	}
	pc_strbuf_puts(b, helpers);
	for (const ly_struct *s = gen->plan->first; s; s = s->next) {
		put_constants(b, s);
		put_struct(b, s);
	}
	if (b->bytes > 1 && b->text[b->bytes - 2] == '\n') b->text[--b->bytes] = '\0';
}
