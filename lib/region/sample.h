/* region/sample.h - one copy of a payload that programs write which know nothing of us, and whether it is whole. */
#ifndef PC_REGION_SAMPLE_H
#define PC_REGION_SAMPLE_H
#include "region/writer.h"

enum pc_sample {
	PC_SAMPLE_SAME,  /* it holds what the newest slot holds */
	PC_SAMPLE_WHOLE, /* something else, in w->sample */
	PC_SAMPLE_TORN,  /* likewise, but it changed while it was copied, or says itself that it is being written */
	PC_SAMPLE_NONE   /* it cannot be read: somebody has it shortened */
};
/** The bits of a number as they are in memory, those of the field alone. */
uint64_t pc_number_of(const pc_field *field, const void *element);
/** Copy the payload and compare it with the newest slot. By the roles of its layout where it has some. */
enum pc_sample pc_sample_take(pc_writer *w);

#endif
