/* everything_of.h - for fuzz targets: all that `pagecast layout` makes of a layout. */
#ifndef EVERYTHING_OF_H
#define EVERYTHING_OF_H
#include "layout/gen.h"
#include "layout/yaml.h"

#include "base/err.h"

static inline void everything_of(const pc_layout *layout, const char *name)
{
	static void (*const generators[])(pc_strbuf *, const ly_gen *) = {ly_gen_c, ly_gen_python, ly_gen_rust,
	                                                                  ly_gen_csharp, ly_gen_typescript};
	ly_plan plan = {0};
	pc_strbuf b = {0};
	ly_block block = ly_block_of_layout(layout, *name ? name : "whole");
	PC_ASSERT(ly_plan_make(&plan, &block) == PC_OK);
	for (size_t i = 0; i < sizeof generators / sizeof *generators; i++) {
		ly_gen gen = {.plan = &plan, .object = "Local\\x", .doc = "", .source = "", .is_cpp = i % 2};
		generators[i](&b, &gen);
	}
	ly_tsv_write(&b, &block);
	ly_yaml_write(&b, &block, "", "");
	PC_ASSERT(!b.failed);
	for (const ly_struct *s = plan.first; s; s = s->next) {
		uint64_t end = 0; /* members follow each other without a gap, whatever the layout says */
		for (uint32_t i = 0; i < s->member_count; i++) {
			PC_ASSERT(s->members[i].offset == end);
			end += s->members[i].bytes;
		}
		PC_ASSERT(end == s->block.bytes && s->block.bytes % s->align == 0);
	}
	pc_strbuf_free(&b);
	ly_plan_free(&plan);
}

#endif
