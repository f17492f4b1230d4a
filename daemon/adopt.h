/* daemon/adopt.h - whether the program that makes and writes an adopted map is still there.
 *
 * The map's own words (ticks, dead values) are the library's business, in lib/region/adopt.c; this adds what the system
 * knows: which processes have it open, and when they end. Looking for them takes longer than the loop has, so a thread of the
 * loop's pool does it. [loop thread]                                                                               */
#ifndef PCD_ADOPT_H
#define PCD_ADOPT_H
#include "regions.h"

typedef struct pcd_adoption pcd_adoption;
typedef void pcd_adoption_fn(void *arg);

/** @param look  called when something was found out, so that the next look should be at once. @return NULL no memory */
pcd_adoption *pcd_adoption_create(pcd_regions *t, pcd_body *body, pcd_adoption_fn *look, void *arg);
/** @param conf  borrowed until the next one, or the end */
void pcd_adoption_set(pcd_adoption *adoption, const pcd_region_conf *conf);
/** Stop and set to NULL; accepts NULL. */
void pcd_adoption_destroy(pcd_adoption **adoption);

/**
 * Before each look at the map: did its processes end? In this order, since what one wrote just before it ended is
 * then part of that look, and anything newer is somebody else's.
 */
void pcd_adoption_before(pcd_adoption *adoption, uint64_t now_ns);
/** After it: what state follows. @return true if that is another one */
bool pcd_adoption_after(pcd_adoption *adoption, uint64_t now_ns);

#endif
