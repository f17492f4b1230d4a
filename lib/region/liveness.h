/* region/liveness.h - the control page's answer, and where the page cannot know, the system's. */
#ifndef PC_REGION_LIVENESS_H
#define PC_REGION_LIVENESS_H
#include <pagecast/control.h>

/**
 * The death word, with PC_FUTEX_OWNER_DIED if the writer is known to have ended; 0 where the page has none, or nobody is
 * bound to it. What pc_wait_any() compares the word at @p offset with.
 * @param c  mapped by pc_map_open()
 */
uint32_t pc_death_seen(const pc_control *c, uint32_t kind, uint32_t offset);
/** 1 if @p found may be hiding a death: then it is worth asking whether anybody holds the writer's lock. */
int pc_liveness_may_hide_death(const pc_control *c, pc_liveness found);
/** pc_liveness_of(), and if the page names a process, whether that still runs. [any thread, one at a time per beat] */
pc_liveness pc_liveness_now(const pc_control *c, const pc_liveness_terms *t, pc_beat *b, uint64_t now_ns);

#endif
