/* daemon/regions.h - the table of regions: what exists, under which number, who owns and who writes it.
 *
 * The daemon is the owner of every region in it. Numbers (id) are never used twice while the daemon runs, and a
 * daemon that takes over from a killed one goes on with its numbers. [loop thread]                              */
#ifndef PCD_REGIONS_H
#define PCD_REGIONS_H
#include "body.h"
#include "log.h"
#include "watch.h"

typedef struct pcd_region {
	uint32_t id, generation;
	uint32_t flags;                  /* enum pc_region_flags */
	const pcd_region_conf *conf;     /* borrowed from the configuration, or from `own` */
	struct pcd_own_conf *own;        /* conf of a region that is not in the configuration */
	pc_layout *brought;              /* what declare() brought for `layout_from` */
	char *declared_by;               /* plugin instance whose declare() made it or brought its layout, or NULL */
	uint32_t declared_run;           /* the run of that instance that said so last */
	pcd_body *body;                  /* NULL while it waits for declare() */
	struct pcd_observer *observer;   /* legacy regions */
	bool is_overwritten;             /* others write into its payload: pc_owner_is_overwritten() */
	bool is_beside;                  /* another program's section has its name: pc_owner_is_beside() */
	struct pcd_region *next_of_hash; /* of the table */
} pcd_region;

#define PCD_VALUES_BYTES_MAX (UINT64_C(64) << 20)

/** What the predecessor's directory said of a region. */
typedef struct pcd_remembered {
	char key[64], object[64];
	char plugin[32];         /* instance that wrote it, or "" */
	uint32_t id, generation; /* id 0: taken, or given up */
	uint64_t payload_bytes;
} pcd_remembered;

enum pcd_region_event { PCD_REGION_ADDED = 1, PCD_REGION_REMOVED = 2, PCD_REGION_CHANGED = 3 };
/** ADDED and CHANGED after, REMOVED before the fact; `body` is the one concerned. */
typedef void pcd_regions_fn(void *arg, int event, const pcd_region *region, pcd_body *body);

typedef struct pcd_regions {
	uv_loop_t *loop;
	pcd_log *log;
	pcd_watchers *watchers;
	pcd_region **items; /* in order of creation */
	uint32_t count, room, next_id;
	uint64_t changes;         /* +1 when the directory would show something else, but for liveness */
	uint32_t beside_count;    /* regions with is_beside */
	uint32_t tended;          /* index of the region that pcd_regions_tend() looks at next */
	uint64_t names_stamp;     /* pc_object_names_stamp() at the last look */
	uint32_t unsure_count;    /* regions, from that one on, whose names were not looked for since it is so */
	pcd_region *by_key[1024]; /* chains */
	pcd_body *written;        /* all that the daemon writes, by written_next */
	uint8_t run[16];
	uint64_t commits; /* by the daemon, to all regions */
	pcd_remembered *remembered;
	uint32_t remembered_count;
	pcd_regions_fn *changed;
	void *changed_arg;
} pcd_regions;

pc_status pcd_regions_init(pcd_regions *t, uv_loop_t *loop, pcd_log *log, pcd_watchers *watchers,
                           pcd_regions_fn *changed, void *arg);
/** Give everything up, in reverse order. @param flags  of pc_owner_close(): 0 leaves no names */
void pcd_regions_fini(pcd_regions *t, unsigned flags);
/** Numbers of a predecessor; takes @p rows (malloc'ed). */
void pcd_regions_remember(pcd_regions *t, pcd_remembered *rows, uint32_t count);

pcd_region *pcd_regions_find(const pcd_regions *t, const char *key);
/**
 * Create a region. One whose layout a plugin brings only takes its place in the table.
 * @param conf        borrowed for the region's life, or until pcd_region_rebind()
 * @param ret_region  may be NULL
 * @return as pcd_body_open()
 */
pc_status pcd_regions_add(pcd_regions *t, const pcd_region_conf *conf, uint32_t flags, pcd_region **ret_region,
                          pc_err *err);
/** As pcd_regions_add() for a region that is not in the configuration: @p conf and its strings are copied, its layout is parsed anew. */
pc_status pcd_regions_add_own(pcd_regions *t, const pcd_region_conf *conf, uint32_t flags, pcd_region **ret_region,
                              pc_err *err);
/** The layout that a waiting region, or one with an older layout of the same plugin, waits for; copied. @return as pcd_body_open() */
pc_status pcd_region_bring(pcd_regions *t, pcd_region *region, const pc_layout *layout, pc_err *err);
/**
 * Serve a region by other terms: a new generation under the same number. On failure the old one goes on.
 * @param conf  borrowed like that of pcd_regions_add()
 * @return as pcd_body_open()
 */
pc_status pcd_region_replace(pcd_regions *t, pcd_region *region, const pcd_region_conf *conf, pc_err *err);
/** Go back to terms that it had before. @param values  of pcd_region_values() then, or NULL */
pc_status pcd_region_replace_back(pcd_regions *t, pcd_region *region, const pcd_region_conf *conf, const void *values,
                                  pc_err *err);
/** Copy of a region's newest payload; NULL if there is none to be had, or it is PCD_VALUES_BYTES_MAX or larger. */
void *pcd_region_values(const pcd_region *region);
/** Replace the terms of a region that is not in the configuration; copied. */
pc_status pcd_region_replace_own(pcd_regions *t, pcd_region *region, const pcd_region_conf *conf, pc_err *err);
/** The same terms from a newer configuration. */
void pcd_region_rebind(pcd_regions *t, pcd_region *region, const pcd_region_conf *conf);
/** @param flags  of pc_owner_close() */
void pcd_region_remove(pcd_regions *t, pcd_region *region, unsigned flags);
/**
 * Take a region out of the table and leave its objects where they are, so that pcd_region_restore() brings it back
 * with all it holds. Ended by that or by pcd_region_discard().
 */
void pcd_region_withdraw(pcd_regions *t, pcd_region *region);
/** @return as pcd_body_open(); then it is as before, and may be discarded */
pc_status pcd_region_restore(pcd_regions *t, pcd_region *region, pc_err *err);
/** Remove the objects of a withdrawn region, unless somebody serves them again; readers are told. */
void pcd_region_discard(pcd_regions *t, pcd_region *region);
/**
 * Look after the names of some regions, as pc_owner_tend() says; each gets its turn about once a second. One whose
 * name is lost for good is served anew, as another generation.
 * @return how many were
 */
uint32_t pcd_regions_tend(pcd_regions *t);
/** Some region's liveness changed: where a writer died, its payload says so at once, if its layout has words for it. */
void pcd_regions_bury(pcd_regions *t);
/** Layout of a region, NULL for raw bytes or while it waits. */
const pc_layout *pcd_region_layout(const pcd_region *region);

/**
 * Become the writer of a region on behalf of @p writer, which is shown to people.
 * @return as pc_writer_open(); PC_EBUSY also if it is open already
 */
pc_status pcd_body_open_writer(pcd_regions *t, pcd_body *body, const char *writer, pc_err *err);
void pcd_body_close_writer(pcd_regions *t, pcd_body *body);
/** Commit what pc_writer_begin() handed out, and tell the watches. */
pc_status pcd_body_commit(pcd_regions *t, pcd_body *body);

#endif
