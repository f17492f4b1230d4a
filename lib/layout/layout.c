/* layout/layout.c - what a parsed layout can be asked. */
#include "layout/layout.h"

#include <stdlib.h>

void pc_layout_destroy(pc_layout **layout)
{
	if (!*layout) return;
	pc_arena_free(&(*layout)->arena);
	free((*layout)->text);
	free(*layout);
	*layout = NULL;
}

const char *pc_layout_text(const pc_layout *layout, size_t *ret_bytes)
{
	if (ret_bytes) *ret_bytes = layout->text_bytes;
	return layout->text;
}

uint64_t pc_layout_id(const pc_layout *layout)
{
	return layout->id;
}

uint64_t pc_layout_bytes(const pc_layout *layout)
{
	return layout->bytes;
}

uint32_t pc_layout_align(const pc_layout *layout)
{
	return layout->align;
}

const pc_field *pc_layout_fields(const pc_layout *layout, uint32_t *ret_count)
{
	if (ret_count) *ret_count = layout->field_count;
	return layout->fields;
}

uint32_t pc_layout_floating(const pc_layout *layout)
{
	return layout->floating_count;
}

const pc_field *pc_layout_role(const pc_layout *layout, pc_role role, uint64_t *ret_offset)
{
	if ((unsigned)role >= PC_ROLE_COUNT || !layout->role[role]) return NULL;
	if (ret_offset) *ret_offset = layout->role_offset[role];
	return layout->role[role];
}

uint64_t pc_field_struct_bytes(const pc_field *field)
{
	return field->fields ? pc_fields_head_of(field->fields)->bytes : 0;
}

uint32_t pc_field_struct_align(const pc_field *field)
{
	return field->fields ? (uint32_t)pc_fields_head_of(field->fields)->align : 1;
}
