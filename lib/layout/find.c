/* layout/find.c - "wheel[2].slip": from a path to a field and a place in the payload. */
#include "base/cursor.h"
#include "base/err.h"
#include "base/num.h"
#include "layout/layout.h"
#include "layout/parse.h"

#include <inttypes.h>

static bool is_name(int byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       byte == '_';
}

static bool is_digit(int byte)
{
	return byte >= '0' && byte <= '9';
}

static int compare(const char *name, pc_span span)
{
	int order = strncmp(name, span.at, span.bytes);
	return order ? order : name[span.bytes] != '\0';
}

const pc_field *pc_fields_find(const pc_field *fields, pc_span name)
{
	const uint32_t *by_name = pc_fields_by_name(fields);
	uint32_t low = 0, high = (uint32_t)pc_fields_head_of(fields)->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const pc_field *f = &fields[by_name[middle]];
		int order = compare(f->name, name);
		if (!order) return f;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Messages quote at most this much of a name. */
static int shown(pc_span span)
{
	return (int)(span.bytes < PC_FIELD_NAME_MAX ? span.bytes : PC_FIELD_NAME_MAX);
}

/* One "[index]"; the element that is reached so far is counted in *element. */
static pc_status take_index(pc_cursor *c, const pc_field *f, uint32_t dim, uint64_t *element, pc_err *err)
{
	pc_int n = {0};
	if (dim == f->dim_count)
		return pc_err_set(err, PC_EINVAL,
		                  f->dim_count ? "%s takes no more than %" PRIu32 " %s" : "%s is not an array", f->name,
		                  f->dim_count, f->dim_count == 1 ? "index" : "indices");
	pc_span digits = pc_cursor_span(c, is_digit);
	if (pc_num_parse_int(digits.at, digits.bytes, &n) == PC_NUM_SYNTAX || !pc_cursor_accept(c, ']'))
		return pc_err_set(err, PC_EINVAL, "expected an index such as %s[0]", f->name);
	if (digits.bytes > 10 || n.magnitude >= f->dims[dim])
		return pc_err_set(err, PC_EINVAL, "index %.*s of %s is out of range, 0..%" PRIu32,
		                  digits.bytes > 20 ? 20 : (int)digits.bytes, digits.at, f->name, f->dims[dim] - 1);
	*element = *element * f->dims[dim] + n.magnitude;
	return PC_OK;
}

/* The indices of a path; *ret_element is the first element that they leave. */
static pc_status take_indices(pc_cursor *c, pc_ref *ref, uint64_t *ret_element, pc_err *err)
{
	const pc_field *f = ref->field;
	uint64_t element = 0;
	ref->dims_given = 0;
	while (pc_cursor_accept(c, '[')) {
		pc_status s = take_index(c, f, ref->dims_given, &element, err);
		if (s != PC_OK) return s;
		ref->dims_given++;
	}
	ref->count = 1;
	for (uint32_t i = ref->dims_given; i < f->dim_count; i++) ref->count *= f->dims[i];
	*ret_element = element * ref->count;
	return PC_OK;
}

/* What stands before a '.': one whole struct. */
static pc_status check_struct(const pc_ref *ref, pc_err *err)
{
	const pc_field *f = ref->field;
	if (!f->fields) return pc_err_set(err, PC_EINVAL, "%s is %s, not a struct", f->name, pc_type_name(f->type));
	if (ref->dims_given < f->dim_count)
		return pc_err_set(err, PC_EINVAL, "%s is an array: expected %" PRIu32 " %s before '.'", f->name,
		                  f->dim_count, f->dim_count == 1 ? "index" : "indices");
	return PC_OK;
}

pc_status pc_layout_find(const pc_layout *layout, const char *path, pc_ref *ret_ref, pc_err *err)
{
	pc_cursor c = pc_cursor_of(path, strlen(path));
	const pc_field *fields = layout->fields;
	pc_ref ref = {0};
	for (;;) {
		pc_span name = pc_cursor_span(&c, is_name);
		if (!name.bytes) return pc_err_set(err, PC_EINVAL, "expected the name of a field");
		const pc_field *f = pc_fields_find(fields, name);
		if (!f)
			return pc_err_set(err, PC_EINVAL, "no field %.*s%s%s", shown(name), name.at,
			                  ref.field ? " in " : "", ref.field ? ref.field->name : "");
		if (f->dynamic && f->dynamic->at.field)
			return pc_err_set(err, PC_EINVAL,
			                  "%s lies where the map says: it can only be found in a payload", f->name);
		ref.field = f;
		uint64_t element;
		pc_status s = take_indices(&c, &ref, &element, err);
		if (s != PC_OK) return s;
		ref.offset += f->offset + element * f->stride_bytes;
		if (!pc_cursor_accept(&c, '.')) break;
		if ((s = check_struct(&ref, err)) != PC_OK) return s;
		fields = f->fields;
	}
	if (pc_cursor_left(&c))
		return pc_err_set(err, PC_EINVAL, "expected '.', '[' or the end after %s", ref.field->name);
	*ret_ref = ref;
	return PC_OK;
}

/* Cut the field's place down to what the indices leave. */
static pc_status narrow(pc_part *part, const pc_ref *ref, uint64_t element, pc_err *err)
{
	pc_place *place = &part->place;
	const pc_field *f = ref->field;
	part->dims_given = ref->dims_given;
	if (!ref->dims_given) return PC_OK;
	if (element >= place->count)
		return pc_err_set(err, PC_EABSENT, "%s has %" PRIu32 " of at most %" PRIu32 " in use", f->name,
		                  place->dim0, f->dims[0]);
	place->offset += element * place->stride_bytes;
	place->count = ref->count;
	place->dim0 = ref->dims_given < f->dim_count ? f->dims[ref->dims_given] : 1;
	return PC_OK;
}

pc_status pc_payload_find(const pc_layout *layout, const void *payload, uint64_t payload_bytes, const char *path,
                          pc_part *ret_part, pc_err *err)
{
	pc_cursor c = pc_cursor_of(path, strlen(path));
	pc_ref ref = {0};
	pc_scope_top(layout, payload, payload_bytes, &ret_part->scope);
	for (;;) {
		uint64_t element;
		pc_span name = pc_cursor_span(&c, is_name);
		if (!name.bytes) return pc_err_set(err, PC_EINVAL, "expected the name of a field");
		const pc_field *f = pc_fields_find(ret_part->scope.fields, name);
		if (!f)
			return pc_err_set(err, PC_EINVAL, "no field %.*s%s%s", shown(name), name.at,
			                  ref.field ? " in " : "", ref.field ? ref.field->name : "");
		ref.field = f;
		pc_status s = take_indices(&c, &ref, &element, err);
		if (s != PC_OK) return s;
		if (pc_scope_locate(&ret_part->scope, f, &ret_part->place) != PC_OK)
			return pc_err_set(err, PC_EABSENT, "%s is not in the map now", f->name);
		if ((s = narrow(ret_part, &ref, element, err)) != PC_OK) return s;
		if (!pc_cursor_accept(&c, '.')) break;
		if ((s = check_struct(&ref, err)) != PC_OK) return s;
		pc_scope_enter(&ret_part->scope, &ret_part->place, 0, &ret_part->scope);
	}
	if (pc_cursor_left(&c))
		return pc_err_set(err, PC_EINVAL, "expected '.', '[' or the end after %s", ref.field->name);
	return PC_OK;
}
