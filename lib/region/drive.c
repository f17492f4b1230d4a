/* region/drive.c - see drive.h. */
#include "region/drive.h"

#include "layout/bits.h"
#include "layout/types.h"
#include "region/payload.h"

#include <stdlib.h>
#include <string.h>

/* ---- which fields ----------------------------------------------------------------------------------------- */

static const pc_role guard_roles[PC_GUARDS_MAX] = {PC_ROLE_SEQ_BEGIN, PC_ROLE_SEQ_END, PC_ROLE_SEQ_ODD, PC_ROLE_BUSY};

static int find(const pc_drive *d, pc_role role, pc_mark *ret)
{
	ret->field = pc_layout_role(d->layout, role, &ret->offset);
	return ret->field != NULL;
}

static void find_guards(pc_drive *d)
{
	for (uint32_t i = 0; i < PC_GUARDS_MAX; i++) {
		pc_mark mark;
		uint32_t at = d->guard_count;
		if (!find(d, guard_roles[i], &mark)) continue;
		for (; at && d->guards[at - 1].offset > mark.offset; at--) d->guards[at] = d->guards[at - 1];
		d->guards[at] = mark;
		d->guard_count++;
	}
}

/* Such fields are there once, at a fixed place: only plain structs are entered. @param marks  NULL: count them */
static uint32_t walk(const pc_field *fields, uint32_t count, uint64_t base, pc_mark *marks, uint32_t n)
{
	for (uint32_t i = 0; i < count; i++) {
		const pc_field *f = fields + i;
		if (f->type == PC_TYPE_STRUCT && !f->dim_count && !f->dynamic)
			n = walk(f->fields, f->field_count, base + f->offset, marks, n);
		if (!f->signature && !f->dead_value) continue;
		if (marks) marks[n] = (pc_mark){f, base + f->offset};
		n++;
	}
	return n;
}

static pc_status find_values(pc_drive *d)
{
	uint32_t count;
	const pc_field *fields = pc_layout_fields(d->layout, &count);
	uint64_t room = 8;
	d->value_count = walk(fields, count, 0, NULL, 0);
	d->values = calloc(d->value_count + 1u, sizeof *d->values);
	if (!d->values) return PC_ENOMEM;
	(void)walk(fields, count, 0, d->values, 0);
	for (uint32_t i = 0; i < d->value_count; i++) {
		const pc_field *f = d->values[i].field;
		if (f->dead_value) d->has_dead = 1;
		if (f->element_bytes > room) room = f->element_bytes;
	}
	d->element = malloc((size_t)room);
	return d->element ? PC_OK : PC_ENOMEM;
}

static int has_roles(const pc_drive *d)
{
	pc_mark mark;
	return d->guard_count || d->value_count || find(d, PC_ROLE_TICK, &mark) || find(d, PC_ROLE_TIMESTAMP, &mark) ||
	       find(d, PC_ROLE_USED_BYTES, &mark);
}

pc_status pc_drive_init(pc_drive *drive, const pc_layout *layout)
{
	pc_status s;
	memset(drive, 0, sizeof *drive);
	if (!layout) return PC_OK;
	drive->layout = layout;
	find_guards(drive);
	s = find_values(drive);
	if (s != PC_OK || !has_roles(drive)) pc_drive_fini(drive);
	return s;
}

void pc_drive_fini(pc_drive *drive)
{
	free(drive->values);
	free(drive->element);
	memset(drive, 0, sizeof *drive);
}

/* ---- one field -------------------------------------------------------------------------------------------- */

static void put_number(const pc_field *f, unsigned char *element, uint64_t n)
{
	uint32_t bytes = (uint32_t)f->element_bytes;
	if (f->bit_count) {
		uint64_t mask = (f->bit_count == 64 ? UINT64_MAX : (UINT64_C(1) << f->bit_count) - 1) << f->bit_first;
		n = (pc_load_bits(element, bytes) & ~mask) | (n << f->bit_first & mask);
	}
	pc_store_bits(element, bytes, n);
}

/* @param text  a value as people write it, or NULL: the number @p n */
static pc_status put(const pc_drive *d, const pc_attached *a, unsigned char *bytes, const pc_mark *m, const char *text,
                     uint64_t n)
{
	size_t size = (size_t)m->field->element_bytes;
	unsigned char *element = bytes ? bytes + m->offset : d->element;
	pc_status s = bytes ? PC_OK : pc_payload_load(a, m->offset, element, size);
	if (s != PC_OK) return s;
	if (text)
		(void)pc_value_set(m->field, element, text, NULL); /* the layout's parser has tried it */
	else
		put_number(m->field, element, n);
	return bytes ? PC_OK : pc_payload_store(a, m->offset, element, size);
}

/* The wall clock in the field's unit, as the bits of its type. */
static uint64_t time_bits(const pc_field *f, uint64_t unix_ns)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
	uint64_t ns = pc_type_kind(f->type) == PC_KIND_REAL ? 1000000000 : 1000000, bits = 0;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (!strcmp(f->unit, units[i].unit)) ns = units[i].ns;
	if (f->type == PC_TYPE_F64) {
		double r = (double)unix_ns / (double)ns;
		memcpy(&bits, &r, sizeof r);
	} else if (f->type == PC_TYPE_F32) {
		float r = (float)((double)unix_ns / (double)ns);
		memcpy(&bits, &r, sizeof r);
	} else {
		bits = unix_ns / ns;
	}
	return bits;
}

/* ---- what is called ------------------------------------------------------------------------------------------ */

pc_status pc_drive_begin_life(const pc_drive *drive, const pc_attached *a)
{
	pc_mark used;
	pc_status s = PC_OK;
	if (!drive->layout) return PC_OK;
	for (uint32_t i = 0; s == PC_OK && i < drive->value_count; i++)
		if (drive->values[i].field->signature)
			s = put(drive, a, NULL, drive->values + i, drive->values[i].field->signature, 0);
	if (s == PC_OK && find(drive, PC_ROLE_USED_BYTES, &used))
		s = put(drive, a, NULL, &used, NULL, pc_layout_bytes(drive->layout));
	return s;
}

/* What a guard says while commit @p tick is written, and afterwards. */
static uint64_t guard_value(const pc_mark *m, uint64_t tick, int in_progress)
{
	switch (m->field->role) {
	case PC_ROLE_SEQ_ODD: return 2 * tick - (in_progress ? 1 : 0);
	case PC_ROLE_BUSY: return in_progress ? 1 : 0;
	case PC_ROLE_SEQ_END: return tick - (in_progress ? 1 : 0);
	default: return tick;
	}
}

void pc_drive_open(const pc_drive *drive, const pc_attached *a, uint64_t tick)
{
	for (uint32_t i = 0; i < drive->guard_count; i++)
		(void)put(drive, a, NULL, drive->guards + i, NULL, guard_value(drive->guards + i, tick, 1));
	pc_fence_release();
}

static pc_status close_guards(const pc_drive *d, const pc_attached *a, unsigned char *bytes, uint64_t tick)
{
	pc_status s = PC_OK;
	pc_fence_release();
	for (uint32_t i = 0; s == PC_OK && i < d->guard_count; i++)
		s = put(d, a, bytes, d->guards + i, NULL, guard_value(d->guards + i, tick, 0));
	return s;
}

void pc_drive_close(const pc_drive *drive, const pc_attached *a, uint64_t tick)
{
	(void)close_guards(drive, a, NULL, tick);
}

pc_status pc_drive_stamp(const pc_drive *drive, const pc_attached *a, unsigned char *bytes, const pc_stamp *stamp,
                         int dead)
{
	pc_mark mark;
	pc_status s = PC_OK;
	if (!drive->layout) return PC_OK;
	for (uint32_t i = 0; s == PC_OK && i < drive->value_count; i++) {
		const pc_field *f = drive->values[i].field;
		const char *text = dead && f->dead_value ? f->dead_value : f->signature;
		if (text) s = put(drive, a, bytes, drive->values + i, text, 0);
	}
	if (s == PC_OK && find(drive, PC_ROLE_TICK, &mark)) s = put(drive, a, bytes, &mark, NULL, stamp->tick);
	if (s == PC_OK && find(drive, PC_ROLE_TIMESTAMP, &mark))
		s = put(drive, a, bytes, &mark, NULL, time_bits(mark.field, stamp->unix_ns));
	return s == PC_OK ? close_guards(drive, a, bytes, stamp->tick) : s;
}

pc_status pc_drive_store(const pc_drive *drive, const pc_attached *a, const unsigned char *bytes, uint64_t tick)
{
	uint64_t at = 0, end = a->id.payload_bytes;
	pc_status s = PC_OK;
	if (!drive->guard_count) return pc_payload_store(a, 0, bytes, (size_t)end);
	pc_drive_open(drive, a, tick);
	for (uint32_t i = 0; s == PC_OK && i < drive->guard_count; i++) {
		const pc_mark *m = drive->guards + i;
		if (m->offset > at) s = pc_payload_store(a, at, bytes + at, (size_t)(m->offset - at));
		if (m->offset + m->field->element_bytes > at) at = m->offset + m->field->element_bytes;
	}
	if (s == PC_OK && at < end) s = pc_payload_store(a, at, bytes + at, (size_t)(end - at));
	pc_fence_release();
	for (uint32_t i = 0; s == PC_OK && i < drive->guard_count; i++) {
		const pc_mark *m = drive->guards + i;
		s = pc_payload_store(a, m->offset, bytes + m->offset, (size_t)m->field->element_bytes);
	}
	return s;
}
