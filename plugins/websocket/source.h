/* source.h - regions as the loop thread knows them, and how they and their changes reach the bridge.
 *
 * Opening, watching and closing are the loop's; reading and stamping the bridge's, whose threads have its lock for
 * that. A handle is used by one thread at a time, so a watched region has two: one to read, one to be rung by.
 * Everything that crosses is a flag on a source and the source in a list, under one lock: nothing to allocate, nothing
 * that can be lost. */
#ifndef WS_SOURCE_H
#define WS_SOURCE_H
#include "kit/thread.h"
#include "list.h"
#include "os.h"

#include <pagecast/plugin.h>
#include <stdatomic.h>

struct ws_region;
struct ws_sources;

typedef struct ws_source {
	struct ws_sources *owner;
	pc_region *handle; /* the bridge's to read and stamp until it gives the source back */
	uint32_t id;
	struct ws_region *region; /* bridge: what it made of it */
	/* loop */
	ws_link in_all;
	pc_region *bell_handle;
	pc_watch *bell;
	pc_region *set_handle; /* open for writing, if viewers may set it and nobody else writes it */
	bool is_gone;          /* removed or superseded */
	/* under the lock */
	ws_link in_inbox;  /* to the bridge */
	ws_link in_outbox; /* to the loop */
	bool is_new, is_removed;
	bool wants_bell;  /* the bridge wants to be rung */
	bool is_returned; /* the bridge is done with it */
	/* any thread */
	atomic_bool can_set; /* there is a set_handle */
	struct ws_source *rung_next;
	atomic_bool is_rung;   /* the bridge knows, or will: no need to tell again */
	atomic_bool is_listed; /* in the list */
} ws_source;

typedef struct ws_sources {
	const struct pc_host *host;
	kit_lock *lock;
	uint64_t bell_gap_ns;
	void (*wake)(void *arg); /* wakes the bridge; any thread */
	void *wake_arg;
	ws_link all; /* loop: every source */
	pc_watch *table;
	ws_link inbox, outbox;   /* under the lock */
	bool is_posted;          /* under the lock: ws_sources_errands() is on its way */
	ws_link sets, sets_done; /* under the lock: ws_set, to the loop and back */
	_Atomic(ws_source *) rung;
} ws_sources;

/* [loop] */
int ws_sources_init(ws_sources *s, const struct pc_host *host, void (*wake)(void *arg), void *wake_arg);
/** Follow the host's table of regions from now on. @return 0 or what the host says */
int ws_sources_start(ws_sources *s);
/** No bell and no change of the table after this; the bridge thread may still read. */
void ws_sources_stop(ws_sources *s);
/** What the bridge asked for; posted. */
void ws_sources_errands(void *sources);
/** Close every handle; the bridge thread must be gone. */
void ws_sources_fini(ws_sources *s);

/* [bridge] */
/**
 * The next source with news, its flags in the arguments; NULL if there is none. After a removal no new ring comes,
 * but one may lie in the list of ws_sources_take_rung(): empty that before ws_source_return().
 */
ws_source *ws_sources_take(ws_sources *s, bool *ret_is_new, bool *ret_is_removed);
/**
 * Sources that rang since the last call, to be walked with ws_source_unlist(). One that rang stays silent until it is
 * listened to again, so that a fast writer wakes the bridge once per sample and not once per commit.
 */
ws_source *ws_sources_take_rung(ws_sources *s);
/** Take @p source out of that list, before anything is done about it. @return the next one, or NULL */
ws_source *ws_source_unlist(ws_source *source);
/** Ring again from now on. To be called before the bytes are read. */
static inline void ws_source_listen(ws_source *source)
{
	atomic_store(&source->is_rung, false);
}
void ws_source_want_bell(ws_source *source, bool wanted);
/** The bridge uses neither the source nor its handle any more. */
void ws_source_return(ws_source *source);

#endif
