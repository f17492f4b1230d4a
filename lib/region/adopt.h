/* region/adopt.h - what an observer knows of a program that never heard of us, and the state that follows from it. */
#ifndef PC_REGION_ADOPT_H
#define PC_REGION_ADOPT_H
#include "region/foreign.h"

#include <pagecast/writer.h>

/** What was seen in its map. */
typedef struct pc_evidence {
	pc_foreign source;
	uint32_t serial;       /* source.serial when the rest began */
	uint32_t has_looked;   /* 1: the map was copied at least once, and mark, is_signed and is_dead say something */
	uint32_t is_signed;    /* 1: every field with a signature has it */
	uint32_t is_dead;      /* 1: some field has its dead value */
	uint64_t since_ns;     /* when this map was first looked at */
	uint64_t moved_ns;     /* when it was seen to be written last, 0 never */
	uint64_t moves;        /* how often */
	uint64_t mark;         /* tick or timestamp at the last look */
	uint64_t went_back_to; /* tick that was lower than the one before */
	uint32_t restarts;     /* ticks that went back */
} pc_evidence;

enum pc_holding_state {
	PC_HOLDING_UNKNOWN,
	PC_HOLDING_ALIVE,
	PC_HOLDING_GONE /* all that were known have ended, and the map was not written since */
};
/** What the system says of the processes that write the map. */
typedef struct pc_holding {
	enum pc_holding_state state;
	uint32_t pid;  /* one of them; also of one that has ended; 0 unknown */
	char name[24]; /* its name, NUL-ended */
} pc_holding;

/** Is the map of an adopted region, or any payload of a legacy one, there to be copied? Part of pc_writer_observe(). */
int pc_evidence_begin(pc_writer *w, uint64_t now_ns);
/** Draw conclusions from the copy in the newest slot. Part of pc_writer_observe(). */
void pc_evidence_take(pc_writer *w, int changed, uint64_t now_ns);

/**
 * The state of that program: docs/adopt.md has the table.
 * @param period_ns  it writes at least this often while it lives; 0 unknown
 * @param ret        all of it is written
 */
void pc_evidence_judge(const pc_evidence *evidence, const pc_holding *holding, const pc_layout *layout,
                       uint64_t need_bytes, uint64_t period_ns, uint64_t now_ns, pc_upstream *ret);
/** Tell the readers of an adopted region. @return 1 if that changed anything, 2 if the state; 0 */
int pc_writer_say_upstream(pc_writer *writer, const pc_upstream *upstream);
const pc_evidence *pc_writer_evidence(const pc_writer *writer);
/** The map as its observer has it open; NULL if it has not. */
const pc_object *pc_writer_foreign(const pc_writer *writer);

#endif
