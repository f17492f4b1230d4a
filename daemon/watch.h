/* daemon/watch.h - who is told when a region changes, and the threads that find out.
 *
 * Three ways lead to the same call, pcd_watch_changed(), under one lock:
 *   the loop itself      commits and state changes of regions that the daemon writes
 *   waiter threads       sleep on the notify and death words of regions that other programs write (waiter.c)
 *   the pulse thread     ends the gaps (a change inside min_gap is reported when it is over) and notices
 *                        heartbeats that stand still, the loop's own included (pulse.c)
 * The watcher's function is called with the lock held: therefore cancelling waits for a call in progress,
 * and therefore the function may only set a flag, wake a thread or post().                                 */
#ifndef PCD_WATCH_H
#define PCD_WATCH_H
#include "body.h"
#include "log.h"

#include <pagecast/plugin.h>
#include <uv.h>

#define PCD_WATCH_BUDGET_NS UINT64_C(20000000) /* of a watcher's function, which holds up everybody else's */

/** One watch of one region; zeroed, then filled by the caller up to `arg`. */
typedef struct pcd_region_watch {
	pcd_body *body;
	pc_region *handle;
	const char *who; /* plugin instance, for the log; lives as long as the watch */
	uint64_t gap_ns;
	pc_region_fn *fn;
	void *arg;
	/* of watch.c */
	struct pcd_region_watch *next;               /* of the body */
	struct pcd_region_watch *later, *later_prev; /* in the list of gaps that must end */
	uint64_t called_ns;                          /* 0 = never */
	int is_later;
} pcd_region_watch;

typedef void pcd_look_fn(void *arg); /* some region's liveness changed; called on any thread */

typedef struct pcd_watchers {
	uv_mutex_t lock; /* over everything below and what body.h says */
	uv_cond_t pulse_wake, waiters_seen;
	uv_thread_t pulse;
	pcd_body **bodies; /* all that exist; first those that another program writes now */
	uint32_t body_count, body_room, lively_count;
	uint32_t share_at;       /* of the others, where the pulse thread goes on looking */
	pcd_region_watch *later; /* gaps that must end, in no order */
	uint64_t pulse_due_ns;   /* when the pulse thread wakes by itself */
	struct pcd_waiter *waiters;
	pcd_look_fn *look;
	void *look_arg;
	pcd_log *log;
	uint64_t overruns; /* calls that took longer than PCD_WATCH_BUDGET_NS */
	uint64_t calls;    /* of watches, so far */
	uint64_t turns;    /* changes of some region's liveness so far. [any] pc_load_acquire_u64() */
	int stop;
	int calling;           /* [loop] a watch function runs on the loop's thread */
	uv_thread_t loop;      /* its thread */
	uint64_t loop_beat_ns; /* [any] pc_load_acquire_u64() */
} pcd_watchers;

pc_status pcd_watchers_init(pcd_watchers *w, pcd_log *log, pcd_look_fn *look, void *arg);
/** Stop the threads; from then on bodies may be unmapped without asking. Idempotent. */
void pcd_watchers_stop(pcd_watchers *w);
void pcd_watchers_fini(pcd_watchers *w);

/** Look after a body until pcd_watchers_leave(), which returns when no thread uses its mapping any more. [loop] */
pc_status pcd_watchers_follow(pcd_watchers *w, pcd_body *body);
void pcd_watchers_leave(pcd_watchers *w, pcd_body *body);

/** @return PC_OK; PC_ENOMEM no thread for it. [loop] */
pc_status pcd_watch_add(pcd_watchers *w, pcd_region_watch *watch);
/** No call after it returns; removing twice is fine. [loop] */
void pcd_watch_remove(pcd_watchers *w, pcd_region_watch *watch);

/** After a commit to, or a change of state of, a region that the daemon writes. [loop] */
void pcd_watchers_touch(pcd_watchers *w, pcd_body *body, bool state_changed);
/** Calls of watches so far, and those that took too long. */
uint64_t pcd_watchers_calls(pcd_watchers *w, uint64_t *ret_overruns);
/** The loop turns: called with each round of heartbeats. [loop] */
void pcd_watchers_beat(pcd_watchers *w, uint64_t now_ns);

/* ---- between watch.c, pulse.c and waiter.c; the lock is held -------------------------------------- */

/** Call the watches of a body, or have them called when their gap ends. */
void pcd_watch_changed(pcd_watchers *w, pcd_body *body, uint64_t now_ns);
/** Look at a body; if its liveness changed, tell its watches and the loop. */
void pcd_watch_look(pcd_watchers *w, pcd_body *body, uint64_t now_ns);
/** Call the watches whose gap is over within @p slack_ns; when the next one is, UINT64_MAX = none waits. */
void pcd_watch_end_gaps(pcd_watchers *w, uint64_t now_ns, uint64_t slack_ns, uint64_t *ret_due_ns);
/** When the first watch of a body may be called again; 0 = at once. */
uint64_t pcd_watch_quiet_until(const pcd_body *body);
void pcd_pulse_run(void *watchers);
pc_status pcd_waiter_join(pcd_watchers *w, pcd_body *body);
void pcd_waiter_leave(pcd_watchers *w, pcd_body *body);
/** Called without the lock, after `stop` was set. */
void pcd_waiters_end(pcd_watchers *w);

#endif
