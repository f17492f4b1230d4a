/* daemon/plugin_host.h - between the files that together are struct pc_host of plugin.h. */
#ifndef PCD_PLUGIN_HOST_H
#define PCD_PLUGIN_HOST_H
#include "base/err.h"
#include "instance.h"

#include <pagecast/reader.h>

/* pc_metric.value: any thread adds and sets, the loop reads. */
static inline void pcd_atomic_add(int64_t *p, int64_t n)
{
	(void)__atomic_fetch_add(p, n, __ATOMIC_RELAXED);
}
static inline void pcd_atomic_set(int64_t *p, int64_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELAXED);
}
static inline int64_t pcd_atomic_get(const int64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

pcd_instance *pcd_host_instance(const struct pc_host *host);
/** Fill in timer, io, io_mask, cancel, watch, watch_regions. (plugin_watch.c) */
void pcd_host_init_watches(struct pc_host *host);
/** Fill in open, close, info, read, stamp, write, begin, commit, abort, set_flags. (plugin_region.c) */
void pcd_host_init_regions(struct pc_host *host);
/** declare(). (plugin_declare.c) */
int pcd_host_declare(const struct pc_host *host, const char *region, const struct pc_region_spec *spec);
/** fail() with a format; returns the status. */
int pcd_host_refuse(pcd_instance *instance, pc_status status, const char *format, ...) PC_PRINTF(3, 4);
/** The service of PC_EXT_WHY. (plugin_region.c) */
int pcd_host_why(struct pc_region *region, uint32_t liveness, char *ret, uint32_t bytes);
/** The service of PC_EXT_KEEPSAKE. (plugin_keepsake.c) */
extern const struct pc_ext_keepsake pcd_host_keepsake;
/** The watches of a handle that is being closed. (plugin_watch.c) */
void pcd_host_end_watches_of(struct pc_region *region);

/** One opening of a region by one instance. */
struct pc_region {
	struct pc_region *next, *previous; /* of the instance */
	pc_watch *watches;
	pcd_instance *instance;
	pcd_body *body;    /* held */
	int mode;          /* enum pc_open_mode */
	bool begun;        /* between begin() and commit() */
	pc_reader *reader; /* NULL: a handle for writing that nobody read from yet */
	char writer[32];   /* what stamp() borrows out */
};

#endif
