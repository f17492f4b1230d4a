/* platform/win32/death.h - what the death bytes of a control page say. Inside the win32 half only. */
#ifndef PC_PLATFORM_WIN32_DEATH_H
#define PC_PLATFORM_WIN32_DEATH_H
#include "platform/win32/view.h"

typedef struct pc_death {
	uint32_t word;      /* 0 = nobody is bound; PC_FUTEX_OWNER_DIED = known dead; else the thread that is bound */
	uint32_t pid;       /* its process */
	uint64_t created;   /* FILETIME of its start */
	uint8_t unused[48]; /* zero */
} pc_death;
PC_STATIC_ASSERT(sizeof(pc_death) == sizeof(((pc_control *)0)->robust), "the bytes of a death");

/** The process that the bytes of a mapped control page name, as it is remembered with the mapping; NULL if nobody is bound or
 *  the death is in the word. Between pc_view_begin() and pc_view_end(). */
pc_peer *pc_death_peer(pc_view_entry *entry);

#endif
