/* daemon/body.h - one generation of a region: what its name stands for until size, layout or terms change.
 *
 * The table holds the current body of each region. A plugin's handle holds the body that it opened, which stays
 * in memory, but not in shared memory, when the table has left it: then `gone` is set and the handle's results
 * are PC_ESTALE. Counted references; [loop thread] except where a field says otherwise.                        */
#ifndef PCD_BODY_H
#define PCD_BODY_H
#include "config/config.h"

#include <pagecast/control.h>
#include <pagecast/plugin.h>
#include <pagecast/writer.h>
#include <uv.h>

struct pcd_region_watch;
struct pcd_waiter;

typedef struct pcd_body {
	struct pc_region_info info; /* immutable */
	char *strings;              /* name, object, schema, doc of info */
	pc_liveness_terms terms;    /* immutable */
	uint32_t refs;
	uint32_t gone;     /* [any] pc_load_acquire_u32() */
	uint32_t liveness; /* [any] pc_liveness as the last look found it */
	bool in_process;   /* its writer can only be this daemon */
	uint64_t heartbeat_ns;

	pc_owner *owner;           /* NULL when gone */
	const pc_control *control; /* the owner's mapping; NULL when gone. Watch threads use it under their lock */
	struct pcd_guard *guard;   /* NULL: neither mutex nor event */
	pc_writer *writer;         /* NULL while the daemon does not write it */
	char writer_name[32];      /* plugin instance that has it open for writing, "" if none */
	uint64_t beat_due_ns;
	struct pcd_body *written_next, **written_at; /* in the list of those that have a writer */
	uint64_t commits;                            /* by the daemon */

	uv_mutex_t look_lock; /* over the two below */
	pc_beat beat;
	const pc_owner *asked; /* whether a writer is there: the owner, NULL when gone or about to go */

	/* of watch.c, under its lock */
	struct pcd_region_watch *watches;
	uint32_t follow_index;
	struct pcd_waiter *waiter; /* thread that waits for it, NULL if none needs to */
} pcd_body;

typedef struct pcd_body_spec {
	const pcd_region_conf *conf; /* borrowed during the call */
	const pc_layout *layout;     /* borrowed during the call; NULL = raw bytes */
	uint64_t payload_bytes;
	const void *values; /* payload_bytes that a new payload starts with, in place of the initial values; or NULL */
	uint32_t flags;     /* enum pc_region_flags */
	uint32_t id, generation;
	uint8_t run[16];
} pcd_body_spec;

/**
 * Create the shared-memory objects of a region, or adopt those that stand there.
 * @param old          the body that this one replaces, its writer closed, or NULL: gives its owner away on success, on
 *                     failure it goes on
 * @param ret_body     one reference
 * @param ret_outcome  enum pc_owner_outcome
 * @return as pc_owner_open(); PC_EINVAL also if an initial value does not fit the layout
 */
pc_status pcd_body_open(const pcd_body_spec *spec, pcd_body *old, pcd_body **ret_body, int *ret_outcome, pc_err *err);
/** Close its writer, if it has one. */
void pcd_body_end_writer(pcd_body *body);
/** Give the objects up (flags of pc_owner_close()) and the writer before; nobody's handle works from now on. */
void pcd_body_leave(pcd_body *body, unsigned flags);
void pcd_body_hold(pcd_body *body);
void pcd_body_drop(pcd_body *body);

/**
 * Look at a region through any mapping of its control page. [any thread]
 * @param loop_beat_ns       when the loop last beat, for a region that the daemon itself writes
 * @param ret_beat_age_ns    since the heartbeat was seen to move, UINT64_MAX = never; may be NULL
 */
pc_liveness pcd_body_look(pcd_body *body, const pc_control *control, uint64_t now_ns, uint64_t loop_beat_ns,
                          uint64_t *ret_beat_age_ns);

#endif
