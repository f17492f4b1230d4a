/* layout/gen_c_access.c - functions of the generated header: bits, rows of tables, opening the map. See gen_c.h. */
#include "layout/gen_c.h"

#include <inttypes.h>
#include <string.h>

/* ---- bits ---- */

static void put_bit_field(pc_strbuf *b, const ly_gen *gen, const ly_struct *s, const ly_member *m, const pc_field *f)
{
	const char *type = ly_c_type(gen, f);
	unsigned width = (unsigned)m->bytes * 8;
	uint64_t mask = f->bit_count == 64 ? UINT64_MAX : (UINT64_C(1) << f->bit_count) - 1, sign = (mask >> 1) + 1;
	pc_strbuf_printf(b, "static inline %s %s_%s(const struct %s *s)\n{\n", type, s->name, f->name, s->name);
	pc_strbuf_printf(b, "\tuint64_t bits = ((uint64_t)s->%s >> %" PRIu32 ") & 0x%" PRIx64 "u;\n", m->name,
	                 f->bit_first, mask);
	if (ly_is_signed(f))
		pc_strbuf_printf(b, "\treturn (%s)(int64_t)((bits ^ 0x%" PRIx64 "u) - 0x%" PRIx64 "u);\n}\n", type,
		                 sign, sign);
	else
		pc_strbuf_printf(b, "\treturn (%s)bits;\n}\n", type);
	pc_strbuf_printf(b, "static inline void %s_set_%s(struct %s *s, %s value)\n{\n", s->name, f->name, s->name,
	                 type);
	pc_strbuf_printf(b,
	                 "\ts->%s = (uint%u_t)(((uint64_t)s->%s & ~((uint64_t)0x%" PRIx64 "u << %" PRIu32
	                 ")) | (((uint64_t)value & 0x%" PRIx64 "u) << %" PRIu32 "));\n}\n",
	                 m->name, width, m->name, mask, f->bit_first, mask, f->bit_first);
}

static void put_bits(pc_strbuf *b, const ly_gen *gen, const ly_struct *s, const ly_member *m)
{
	for (uint32_t i = 0; i < m->part_count; i++) put_bits(b, gen, s, &m->parts[i]);
	if (m->kind != LY_BITS) return;
	pc_strbuf_printf(b, "\n/* Bits of %s. */\n", m->name);
	for (uint32_t i = 0; i < m->bit_fields; i++) put_bit_field(b, gen, s, m, m->field + i);
}

void ly_c_bits(pc_strbuf *b, const ly_gen *gen, const ly_struct *s)
{
	for (uint32_t i = 0; i < s->member_count; i++) put_bits(b, gen, s, &s->members[i]);
}

/* ---- tables ---- */

/* "number NAME = what the map says of it", or a constant. */
static void put_source(pc_strbuf *b, const ly_gen *gen, const char *name, const pc_source *source, uint64_t constant)
{
	if (!source->field) {
		pc_strbuf_printf(b, "\tuint64_t %s = %" PRIu64 ";\n", name, constant);
		return;
	}
	const char *type = ly_c_type(gen, source->field);
	pc_strbuf_printf(b, "\t%s %s_said; /* ", type, name);
	ly_put_remark(b, source->path);
	pc_strbuf_printf(b, " */\n\tmemcpy(&%s_said, (const char *)map + %" PRIu64 ", sizeof %s_said);\n", name,
	                 source->offset, name);
	if (ly_is_signed(source->field))
		pc_strbuf_printf(b, "\tuint64_t %s = %s_said < 0 ? 0 : (uint64_t)%s_said;\n", name, name, name);
	else
		pc_strbuf_printf(b, "\tuint64_t %s = %s_said;\n", name, name);
}

/* Only tables of the whole itself, whose numbers are its own: of others the comment speaks. */
static bool is_plain_table(const pc_field *f)
{
	const pc_dynamic *d = f->dynamic;
	return f->type == PC_TYPE_STRUCT && f->dim_count <= 1 && !d->newest.field && !d->at.up && !d->stride.up &&
	       !d->count.up && !d->at.field->bit_count && !(d->count.field && d->count.field->bit_count) &&
	       !(d->stride.field && d->stride.field->bit_count);
}

static void put_table(pc_strbuf *b, const ly_gen *gen, const ly_struct *row)
{
	const pc_field *f = row->placed_by;
	const char *whole = gen->plan->last->name;
	pc_strbuf_printf(b,
	                 "\n/* Copy row `index` of %s, as far as the map has it. Returns 0 if there is none: not in "
	                 "use, or not in the\n"
	                 " * map_bytes that are mapped. What a shorter row lacks is 0. */\n",
	                 f->name);
	pc_strbuf_printf(b,
	                 "static inline int %s_get_%s(const void *map, size_t map_bytes, uint64_t index, struct %s "
	                 "*ret_row)\n{\n",
	                 whole, f->name, row->name);
	pc_strbuf_printf(b, "\tif (map_bytes < sizeof(struct %s)) return 0;\n", whole);
	put_source(b, gen, "at", &f->dynamic->at, 0);
	put_source(b, gen, "stride", &f->dynamic->stride, f->stride_bytes);
	put_source(b, gen, "count", &f->dynamic->count, f->count);
	pc_strbuf_printf(b, "\tsize_t bytes = stride < sizeof *ret_row ? (size_t)stride : sizeof *ret_row;\n");
	pc_strbuf_printf(b, "\tif (index >= count || index >= %" PRIu64 " || !stride) return 0;\n", f->count);
	pc_strbuf_puts(b, "\tif (at > map_bytes || bytes > map_bytes - at) return 0;\n"
	                  "\tif (index && stride > (map_bytes - at - bytes) / index) return 0;\n"
	                  "\tmemset(ret_row, 0, sizeof *ret_row);\n"
	                  "\tmemcpy(ret_row, (const char *)map + at + index * stride, bytes);\n"
	                  "\treturn 1;\n}\n");
}

void ly_c_tables(pc_strbuf *b, const ly_gen *gen)
{
	const ly_block *whole = &gen->plan->last->block;
	for (const ly_struct *s = gen->plan->first; s; s = s->next) {
		bool is_of_whole = false;
		for (uint32_t i = 0; i < whole->floating_count; i++)
			is_of_whole |= &whole->fields[whole->field_count + i] == s->placed_by;
		if (is_of_whole && is_plain_table(s->placed_by)) put_table(b, gen, s);
	}
	for (uint32_t i = 0; i < whole->floating_count; i++) {
		const pc_field *f = &whole->fields[whole->field_count + i];
		if (is_plain_table(f)) continue;
		pc_strbuf_printf(b, "\n/* %s: ", f->name);
		(void)ly_put_comment(b, f);
		pc_strbuf_puts(b, " */\n");
	}
}

/* ---- opening ---- */

static const char opening[] =
        "\n/* Map it for reading; NULL if there is none, or none that large. The view stays until the process ends. "
        "*/\n"
        "#ifdef _WIN32\n"
        "#include <windows.h>\n"
        "static inline const struct NAME *NAME_open(const char *name) /* such as \"Local\\\\my_map\" */\n"
        "{\n"
        "\tHANDLE section = OpenFileMappingA(FILE_MAP_READ, FALSE, name);\n"
        "\tif (!section) return NULL;\n"
        "\tconst void *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, sizeof(struct NAME));\n"
        "\tCloseHandle(section); /* the view keeps it */\n"
        "\treturn (const struct NAME *)view;\n"
        "}\n"
        "#elif defined(_POSIX_C_SOURCE) && _POSIX_C_SOURCE >= 200112L /* with -std=c11 define it first */\n"
        "#include <fcntl.h>\n"
        "#include <sys/mman.h>\n"
        "#include <sys/stat.h>\n"
        "#include <unistd.h>\n"
        "static inline const struct NAME *NAME_open(const char *name) /* such as \"/my_map\" */\n"
        "{\n"
        "\tstruct stat object;\n"
        "\tint fd = shm_open(name, O_RDONLY, 0);\n"
        "\tint fits = fd >= 0 && !fstat(fd, &object) && (uint64_t)object.st_size >= sizeof(struct NAME);\n"
        "\tvoid *view = fits ? mmap(NULL, sizeof(struct NAME), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;\n"
        "\tif (fd >= 0) close(fd);\n"
        "\treturn view == MAP_FAILED ? NULL : (const struct NAME *)view;\n"
        "}\n"
        "#endif\n";

void ly_c_open(pc_strbuf *b, const ly_gen *gen)
{
	const char *name = gen->plan->last->name;
	if (*gen->object) {
		pc_strbuf_puts(b, gen->is_cpp ? "\nconstexpr const char *" : "\n#define ");
		ly_put_upper(b, name);
		pc_strbuf_puts(b, gen->is_cpp ? "_OBJECT = " : "_OBJECT ");
		ly_put_string(b, gen->object);
		pc_strbuf_puts(b, gen->is_cpp ? ";\n" : "\n");
	}
	for (const char *at = opening, *next; *at; at = next) {
		const char *found = strstr(at, "NAME");
		next = found ? found + 4 : at + strlen(at);
		pc_strbuf_add(b, at, found ? (size_t)(found - at) : strlen(at));
		if (found) pc_strbuf_puts(b, name);
	}
}
