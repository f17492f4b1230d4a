/* layout/roles.c - which field has which role: each once in a layout, where it is there once. */
#include "layout/parse.h"
#include "layout/types.h"

static pc_status take(struct parser *p, const pc_field *f, const char *at, uint64_t offset)
{
	pc_layout *layout = p->layout;
	if (layout->role[f->role])
		return pc_line_fail(&p->r, at, "role %s is given twice, to %s and %s", pc_role_name(f->role),
		                    layout->role[f->role]->name, f->name);
	bool takes_real = f->role == PC_ROLE_TIMESTAMP && pc_type_kind(f->type) == PC_KIND_REAL;
	bool takes_bits = f->role == PC_ROLE_BUSY;
	if (!takes_real && (!pc_field_is_integer(f) || (f->bit_count && !takes_bits)))
		return pc_line_fail(&p->r, at, "role %s needs %s, %s is %s", pc_role_name(f->role),
		                    f->role == PC_ROLE_TIMESTAMP ? "a number" : "a whole integer", f->name,
		                    f->bit_count ? "bits of one" : pc_type_name(f->type));
	layout->role[f->role] = f;
	layout->role_offset[f->role] = offset;
	return PC_OK;
}

/* once: this struct is there once, at a fixed place, in every variant. */
static pc_status walk(struct parser *p, const pc_field *fields, uint64_t base, bool once)
{
	for (uint32_t i = 0; i < pc_fields_head_of(fields)->count; i++) {
		const pc_field *f = &fields[i];
		bool here = once && !f->dim_count && !f->dynamic;
		const char *at = pc_field_at(p, fields, i);
		pc_status s = PC_OK;
		if ((f->role || f->signature || f->dead_value) && !here)
			return pc_line_fail(&p->r, at,
			                    "%s cannot have a role: it is not there exactly once, at a fixed place",
			                    f->name);
		if (f->role) s = take(p, f, at, base + f->offset);
		if (s == PC_OK && f->fields)
			s = walk(p, f->fields, base + f->offset, here && f->type == PC_TYPE_STRUCT);
		if (s != PC_OK) return s;
	}
	return PC_OK;
}

pc_status pc_roles_find(struct parser *p)
{
	const pc_field *const *role = p->layout->role;
	pc_status s = walk(p, p->layout->fields, 0, true);
	if (s != PC_OK) return s;
	const char *start = p->r.c.start;
	if (!role[PC_ROLE_SEQ_BEGIN] != !role[PC_ROLE_SEQ_END])
		return pc_line_fail(&p->r, start,
		                    "role seq_begin needs a field with role seq_end, and the other way round");
	if (role[PC_ROLE_SEQ_BEGIN] && role[PC_ROLE_SEQ_ODD])
		return pc_line_fail(&p->r, start, "role seq_odd excludes seq_begin and seq_end");
	if (role[PC_ROLE_SEQ_BEGIN] && role[PC_ROLE_SEQ_BEGIN]->type != role[PC_ROLE_SEQ_END]->type)
		return pc_line_fail(&p->r, start, "seq_begin and seq_end need the same type");
	return PC_OK;
}
