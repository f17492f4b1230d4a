/* value_json.c - values as JSON. See value.h. */
#include "value.h"

#include <stdlib.h>

/* Labels of the flags that are set, then the rest as a number if there is one. */
static void flags_json(cli_json *j, const pc_field *field, uint64_t value)
{
	uint64_t rest = value;
	cli_json_open(j, '[');
	for (uint32_t i = 0; i < field->flag_count; i++) {
		uint64_t mask = (uint64_t)field->flags[i].value;
		if ((value & mask) != mask) continue;
		rest &= ~mask;
		cli_json_z(j, field->flags[i].text);
	}
	if (rest) cli_json_u64(j, rest);
	cli_json_close(j, ']');
}

static void put_value(cli_json *j, const pc_field *field, const pc_value *v)
{
	switch (v->kind) {
	case PC_VALUE_BOOL: cli_json_bool(j, v->as.i != 0); break;
	case PC_VALUE_INT:
		if (v->label)
			cli_json_z(j, v->label);
		else
			cli_json_i64(j, v->as.i);
		break;
	case PC_VALUE_UINT: cli_json_u64(j, v->as.u); break;
	case PC_VALUE_REAL:
		if (field->type == PC_TYPE_F32)
			cli_json_f32(j, (float)v->as.r);
		else
			cli_json_f64(j, v->as.r);
		break;
	case PC_VALUE_TEXT: cli_json_text(j, v->text, v->bytes_count); break;
	case PC_VALUE_BLOB: cli_json_hex(j, v->bytes, v->bytes_count); break;
	}
}

static void value_json(cli_json *j, const cli_part *part, uint64_t i)
{
	const pc_field *field = cli_part_field(part);
	size_t bytes = pc_field_text_bytes(field);
	char *buffer = pc_field_is_text(field) ? malloc(bytes) : NULL;
	pc_value v;
	if (pc_value_get_used(field, cli_part_element(part, i), part->at.place.units, buffer, buffer ? bytes : 0, &v) !=
	    PC_OK)
		j->text.failed = true;
	else if (field->flag_count)
		flags_json(j, field, v.kind == PC_VALUE_UINT ? v.as.u : (uint64_t)v.as.i);
	else
		put_value(j, field, &v);
	free(buffer);
}

static void scope_json(cli_json *j, const pc_scope *scope)
{
	for (uint32_t i = 0; i < pc_scope_count(scope); i++) {
		cli_part part = {.path = scope->fields[i].name, .at.scope = *scope};
		if (pc_scope_locate(scope, &scope->fields[i], &part.at.place) != PC_OK) continue;
		cli_json_key(j, part.path);
		cli_part_json(j, &part);
	}
}

static bool column_json(void *arg, const cli_part *column)
{
	cli_json *j = arg;
	cli_json_key(j, cli_part_field(column)->name);
	cli_part_json(j, column);
	return true;
}

static void element_json(cli_json *j, const cli_part *part, uint64_t i)
{
	const pc_field *field = cli_part_field(part);
	pc_scope inner;
	if (!cli_part_is_nested(part)) {
		value_json(j, part, i);
		return;
	}
	cli_json_open(j, '{');
	if (!field->fields) {
		(void)cli_walk_part(&(cli_walk){.fn = column_json, .arg = j}, part);
	} else {
		pc_scope_enter(&part->at.scope, &part->at.place, i, &inner);
		if (field->type != PC_TYPE_STRUCT) {
			cli_json_key(j, "");
			cli_json_hex(j, cli_part_element(part, i), part->at.place.units);
		}
		scope_json(j, &inner);
	}
	cli_json_close(j, '}');
}

/* Arrays nest by dimension; element `first` is the first of this level, each step of it covers `step`. */
static void array_json(cli_json *j, const cli_part *part, uint32_t dim, uint64_t first, uint64_t step)
{
	const pc_field *field = cli_part_field(part);
	uint32_t count = dim == part->at.dims_given ? part->at.place.dim0 : field->dims[dim];
	cli_json_open(j, '[');
	for (uint32_t i = 0; i < count; i++) {
		if (dim + 1 < field->dim_count)
			array_json(j, part, dim + 1, first + i * step, step / field->dims[dim + 1]);
		else
			element_json(j, part, first + i);
	}
	cli_json_close(j, ']');
}

void cli_part_json(cli_json *j, const cli_part *part)
{
	if (part->at.dims_given < cli_part_field(part)->dim_count)
		array_json(j, part, part->at.dims_given, 0, cli_part_step(part));
	else
		element_json(j, part, 0);
}

void cli_payload_json(cli_json *j, const cli_payload *payload)
{
	pc_scope top;
	cli_json_open(j, '{');
	if (payload->layout) {
		pc_scope_top(payload->layout, payload->bytes, payload->count, &top);
		scope_json(j, &top);
	} else {
		cli_json_key(j, "");
		cli_json_hex(j, payload->bytes, (size_t)payload->count);
	}
	cli_json_close(j, '}');
}
