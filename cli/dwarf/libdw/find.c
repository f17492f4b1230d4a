/* dwarf/libdw/find.c - all types of a name in a file, and whether they are one. See debug.h.
 *
 * Debug information is input like any other: every walk is counted, nothing is followed deeper than compilers nest it. */
#include "dwarf/debug.h"
#include "libdw/types.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX  50000000u /* that are looked at: the Linux kernel has 20 million */
#define SCOPES_MAX   32u
#define VARIANTS_MAX 16u

/* One of the different types of that name. */
struct variant {
	char *text; /* layout text, NULL: it cannot be one, and `why` says so */
	char where[160];
	char name[64];
	uint64_t bytes;
	pc_err why;
};

struct finding {
	const ly_wanted *wanted;
	const char *type; /* without "struct " */
	uint32_t entries;
	bool has_units, has_declaration, has_other, no_memory, is_qualified;
	struct variant variants[VARIANTS_MAX];
	uint32_t count;
};

/* ---- candidates ---- */

static void drop_variants(struct finding *f)
{
	for (uint32_t i = 0; i < f->count; i++) free(f->variants[i].text);
	f->count = 0;
}

/* The source file of the unit, which need not be the header that the line is of: dwarf_decl_file() asserts things of its input. */
static void describe_place(Dwarf_Die *die, struct variant *v)
{
	uint64_t line = 0;
	Dwarf_Die unit;
	const char *name = dwarf_diecu(die, &unit, NULL, NULL) ? dwarf_diename(&unit) : NULL;
	(void)ly_attr_number(die, DW_AT_decl_line, &line);
	(void)snprintf(v->where, sizeof v->where, "%.120s, line %" PRIu64, name ? name : "a unit of types", line);
}

/* The type as layout text; the same from every unit that has it. */
static void take_text(struct finding *f, ly_type *type, const char *called, struct variant *v)
{
	pc_arena arena = {0};
	pc_strbuf text = {0};
	ly_item root = {.unit_bytes = v->bytes};
	ly_taking t = {.arena = &arena, .err = &v->why};
	const char *clean = ly_clean_name(&arena, called);
	if (clean) (void)snprintf(v->name, sizeof v->name, "%s", clean);
	pc_status s = ly_struct_take(&t, &type->die, &root, 0);
	if (s == PC_OK && !root.first) s = pc_err_set(&v->why, PC_EINVAL, "the type has no fields");
	if (s == PC_OK) ly_tree_text(&arena, &root, &text);
	f->no_memory |= s == PC_ENOMEM || text.failed;
	v->text = s == PC_OK ? pc_strbuf_take(&text, NULL) : NULL;
	pc_strbuf_free(&text);
	pc_arena_free(&arena);
}

static void add_candidate(struct finding *f, Dwarf_Die *die, const char *called)
{
	ly_type type;
	struct variant v = {.text = NULL};
	if (!ly_type_peel(die, &type) || type.dim_count || !ly_tag_is_struct(type.tag)) {
		f->has_other = true;
		return;
	}
	if (!ly_attr_number(&type.die, DW_AT_byte_size, &v.bytes) || dwarf_hasattr(&type.die, DW_AT_declaration)) {
		f->has_declaration = true;
		return;
	}
	if (f->count == VARIANTS_MAX) return; /* enough to say that there are several */
	describe_place(&type.die, &v);
	take_text(f, &type, called, &v);
	for (uint32_t i = 0; i < f->count; i++) {
		const struct variant *other = &f->variants[i];
		bool same = v.text && other->text ? !strcmp(v.text, other->text)
		                                  : !v.text && !other->text && !strcmp(v.where, other->where);
		if (!same) continue;
		free(v.text);
		return;
	}
	f->variants[f->count++] = v;
}

/* ---- walking ---- */

static bool is_scope(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module || ly_tag_is_struct(tag);
}

static bool is_type(int tag)
{
	return ly_tag_is_struct(tag) || tag == DW_TAG_typedef || tag == DW_TAG_enumeration_type ||
	       tag == DW_TAG_base_type;
}

/* A name with all that it stands in counts more than one without: found once, the others do not matter any more. */
static void look_at(struct finding *f, Dwarf_Die *die, const char *scope)
{
	const char *name = dwarf_diename(die);
	char whole[512];
	if (!name) return;
	(void)snprintf(whole, sizeof whole, "%s%s", scope, name);
	bool is_whole = !strcmp(whole, f->type), is_part = !strcmp(name, f->type);
	if (!is_whole && !is_part) {
		if (f->wanted->saw) f->wanted->saw(f->wanted->arg, whole);
		return;
	}
	if (!is_whole && f->is_qualified) return;
	if (is_whole && !f->is_qualified) {
		drop_variants(f);
		f->is_qualified = true;
	}
	add_candidate(f, die, name);
}

static void walk(struct finding *f, Dwarf_Die *parent, const char *scope, uint32_t depth)
{
	Dwarf_Die child;
	for (int s = dwarf_child(parent, &child); s == 0; s = dwarf_siblingof(&child, &child)) {
		int tag = dwarf_tag(&child);
		if (++f->entries > ENTRIES_MAX) return;
		if (is_type(tag)) look_at(f, &child, scope);
		if (!is_scope(tag) || depth == SCOPES_MAX || !dwarf_haschildren(&child)) continue;
		char inner[512];
		const char *name = dwarf_diename(&child);
		(void)snprintf(inner, sizeof inner, "%.400s%.100s%s", scope, name ? name : "", name ? "::" : "");
		walk(f, &child, inner, depth + 1);
	}
}

static bool is_wanted_unit(const struct finding *f, Dwarf_Die *unit)
{
	const char *name = dwarf_diename(unit), *wanted = f->wanted->unit;
	size_t have = name ? strlen(name) : 0, end = wanted ? strlen(wanted) : 0;
	return !wanted || (name && end <= have && !strcmp(name + have - end, wanted));
}

static void walk_units(struct finding *f, Dwarf *dwarf)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit, sub;
	Dwarf_Half version;
	uint8_t kind;
	uint32_t units = 0;
	while (dwarf_get_units(dwarf, cu, &cu, &version, &kind, &unit, &sub) == 0 && ++units < ENTRIES_MAX) {
		f->has_units = true;
		/* split: the rest is in a .dwo, if that is there */
		Dwarf_Die *top = kind == DW_UT_skeleton && sub.addr ? &sub : &unit;
		if (is_wanted_unit(f, top) || is_wanted_unit(f, &unit)) walk(f, top, "", 0);
	}
}

static int walk_module(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, void *arg)
{
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);
	(void)user;
	(void)name;
	(void)base;
	if (dwarf) walk_units(arg, dwarf);
	return DWARF_CB_OK;
}

/* ---- the answer ---- */

static pc_status answer(struct finding *f, pc_layout **ret_layout, char ret_name[64], pc_strbuf *more, pc_err *err)
{
	const ly_wanted *w = f->wanted;
	if (f->no_memory) return pc_err_set(err, PC_ENOMEM, "out of memory");
	if (!f->has_units)
		return pc_err_set(err, PC_EINVAL,
		                  "%.120s has no debug information: compile it with -g, and do not strip it", w->path);
	if (f->entries > ENTRIES_MAX)
		return pc_err_set(err, PC_EINVAL, "%.120s has more debug information than is looked at", w->path);
	if (!f->count && f->has_declaration)
		return pc_err_set(err, PC_EINVAL,
		                  "%.60s is only declared in %.120s: what is in it is compiled elsewhere", w->type,
		                  w->path);
	if (!f->count && f->has_other)
		return pc_err_set(err, PC_EINVAL, "%.60s is a type, but no struct, class or union", w->type);
	if (!f->count) return pc_err_set(err, PC_EABSENT, "%.120s has no type '%.60s'", w->path, w->type);
	if (f->count > 1) {
		for (uint32_t i = 0; i < f->count; i++)
			pc_strbuf_printf(more, "    %s: %" PRIu64 " bytes\n", f->variants[i].where,
			                 f->variants[i].bytes);
		return pc_err_set(err, PC_EINVAL,
		                  "%.120s has several types called %.60s: choose by --unit, or with its namespace",
		                  w->path, w->type);
	}
	const struct variant *v = &f->variants[0];
	pc_err inner = {""};
	if (!v->text) return pc_err_set(err, PC_EINVAL, "%.60s: %.180s", w->type, v->why.text);
	pc_status s = pc_layout_parse(v->text, strlen(v->text), ret_layout, &inner);
	(void)snprintf(ret_name, 64, "%s", v->name);
	if (s != PC_EINVAL) return s;
	const char *colon = strstr(inner.text, ": "); /* its place is one in our text, which nobody has seen */
	return pc_err_set(err, s, "%.60s cannot be a layout: %.180s", w->type, colon ? colon + 2 : inner.text);
}

static void read_name(struct finding *f)
{
	static const char *const kinds[] = {"struct ", "class ", "union "};
	f->type = f->wanted->type;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strncmp(f->type, kinds[i], strlen(kinds[i]))) {
			f->type += strlen(kinds[i]);
			break;
		}
	if (!strncmp(f->type, "::", 2)) f->type += 2;
}

pc_status ly_dwarf_read(const ly_wanted *wanted, pc_layout **ret_layout, char ret_name[64], pc_strbuf *more,
                        pc_err *err)
{
	char *folders = NULL; /* where files with the debug information alone are: libdwfl's own list */
	const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
	                                  .find_debuginfo = dwfl_standard_find_debuginfo,
	                                  .section_address = dwfl_offline_section_address,
	                                  .debuginfo_path = &folders};
	struct finding *f = calloc(1, sizeof *f);
	Dwfl *dwfl = f ? dwfl_begin(&callbacks) : NULL;
	pc_status s = PC_ENOMEM;
	if (!dwfl) {
		free(f);
		return pc_err_set(err, s, "out of memory");
	}
	f->wanted = wanted;
	read_name(f);
	dwfl_report_begin(dwfl);
	bool is_read = dwfl_report_offline(dwfl, wanted->path, wanted->path, -1) != NULL;
	int error = dwfl_errno();
	(void)dwfl_report_end(dwfl, NULL, NULL);
	if (is_read) {
		(void)dwfl_getmodules(dwfl, walk_module, f, 0);
		s = answer(f, ret_layout, ret_name, more, err);
	} else {
		s = pc_err_set(err, PC_EINVAL, "cannot read %.120s: %s", wanted->path,
		               error ? dwfl_errmsg(error) : "no ELF file");
	}
	dwfl_end(dwfl);
	drop_variants(f);
	free(f);
	return s;
}
