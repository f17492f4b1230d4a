/* platform/win32/peer.h - other processes, each opened once by all who ask whether it still runs. */
#ifndef PC_PLATFORM_WIN32_PEER_H
#define PC_PLATFORM_WIN32_PEER_H
#include "platform/win32/system.h"

typedef struct pc_peer {
	struct pc_peer *next;
	uint64_t created; /* FILETIME: a pid alone may be somebody else's by now */
	uint32_t pid, users;
	uint32_t is_gone; /* 1: no such process any more */
	HANDLE process;   /* NULL: gone, refused, or this process itself */
} pc_peer;

/** The process that was called @p pid and started at @p created. Never NULL but for want of memory. [any thread] */
pc_peer *pc_peer_find(uint32_t pid, uint64_t created);
/** One more user of it. */
pc_peer *pc_peer_keep(pc_peer *peer);
/** One less; accepts NULL. */
void pc_peer_drop(pc_peer *peer);
/** 1 it ended; 0 it runs; -1 it may not be asked. */
int pc_peer_has_ended(const pc_peer *peer);
/** When this process started. */
uint64_t pc_peer_own_start(void);

#endif
