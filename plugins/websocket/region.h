/* region.h - regions as the bridge knows them: the table, its log of changes, liveness, who subscribes. */
#ifndef WS_REGION_H
#define WS_REGION_H
#include "feed.h"
#include "list.h"
#include "pace.h"
#include "source.h"
#include "timers.h"
#include "wire/encode.h"

#include <pagecast/control.h>

struct ws_bridge;
struct ws_sub;

#define WS_DATA_BYTES_MAX (UINT64_C(16) << 20) /* larger regions are announced and live, but not sent */
#define WS_HZ_POINTS      4u
#define WS_WHY_BYTES      96u

typedef struct ws_region {
	struct ws_bridge *bridge;
	ws_source *source;
	const struct pc_region_info *info; /* good while the source's handle is open */
	uint32_t rid, gen;
	uint64_t born_no, changed_no; /* places in the log of changes */
	ws_link in_log;               /* regions in order of changed_no */
	struct ws_region *next_name;  /* hash chain */
	/* liveness */
	struct pc_stamp stamp; /* the newest look; writer points to writer_name */
	char writer_name[64];
	uint64_t stamped_ns;
	struct {
		uint64_t tick, at_ns;
	} hz_points[WS_HZ_POINTS]; /* oldest first; at_ns 0 = not yet */
	ws_link in_unused;         /* has a feed that nobody wants now */
	ws_link in_watched;        /* has subscriptions, but no bell that would tell of a change at once */
	wire_buf live_row;         /* encoded row of a LIVE message */
	uint64_t live_row_ns;
	/* data */
	ws_feed *feed;       /* NULL while nobody wants data */
	uint64_t seq_before; /* of the last feed under this generation */
	uint64_t conflated;  /* updates that skipped commits, to all viewers */
	pc_layout *layout;
	bool layout_tried;
	/* subscriptions: an array and no list, so that those ahead can be fetched while one is looked at */
	struct ws_sub **subs;
	uint32_t enrolled, subs_room;
	uint32_t sub_count, data_count; /* of them, as counted */
	double hz;                      /* the fastest that somebody wants now; 0 = nobody */
	uint32_t hz_count;              /* subscriptions of that rate */
	ws_pace pace;
	ws_timer timer;
	bool is_dirty;
} ws_region;

/** A region that is gone, for viewers that have not heard of it yet. */
typedef struct ws_tombstone {
	uint32_t rid;
	uint64_t born_no, removed_no;
	char *name; /* who may not see the region hears nothing of its end */
} ws_tombstone;

#define WS_NAME_BUCKETS 1024u
typedef struct ws_regions {
	ws_region **by_rid; /* ascending */
	size_t count, room;
	ws_region *by_name[WS_NAME_BUCKETS];
	ws_link log;     /* by changed_no */
	ws_link watched; /* in turns */
	ws_link unused;  /* by time: regions with a feed that nobody wants */
	uint64_t change_no;
	ws_tombstone *graves; /* by removed_no */
	size_t grave_count, grave_room;
	uint32_t rid_max; /* so far */
	uint64_t
	        seq_gone; /* the highest of regions that went: one that comes back (a reload undone) begins behind it */
	size_t sweep;     /* where the slow look at the others goes on */
} ws_regions;

void ws_regions_init(ws_regions *r);
void ws_regions_fini(struct ws_bridge *b);
ws_region *ws_region_by_rid(const ws_regions *r, uint64_t rid);
ws_region *ws_region_by_name(const ws_regions *r, const char *name, size_t bytes);

/** News from the loop thread. */
void ws_region_appear(struct ws_bridge *b, ws_source *source);
/** The region goes, unless a newer source stands for it already. The caller gives the source back. */
void ws_region_vanish(struct ws_bridge *b, ws_source *source);
/** Forget graves that every viewer has heard of. */
void ws_regions_prune(struct ws_bridge *b, uint64_t heard_by_all_no);

/** Something was committed: sample now or when it is due. */
void ws_region_rang(ws_region *r);
/** A subscription is one of the region's from now on; no longer. @return 0; -1 out of memory */
int ws_region_enrol(ws_region *r, struct ws_sub *sub);
void ws_region_dismiss(struct ws_sub *sub);
/** A subscription counts from now on, at the rate at which it is served now; no longer. ws_region_settle() follows. */
void ws_region_count(struct ws_sub *sub);
void ws_region_uncount(struct ws_sub *sub);
/** Subscriptions came, went or changed their rates; @p before_hz is what @c hz was. */
void ws_region_settle(ws_region *r, double before_hz);
/** Subscribe or end: the feed comes and goes with the first and last that wants data. @return 0; -1 out of memory */
int ws_region_open_feed(ws_region *r);
void ws_region_close_feed(ws_region *r);
/** The layout, parsed at first use; NULL if the region has none. */
const pc_layout *ws_region_layout(ws_region *r);

/** What viewers may set of it, as pc_region_info says. */
const char *ws_region_remote_write(const ws_region *r);

/**
 * Look at the liveness of a share of the regions; watched ones each time. [every tick]
 * @param is_alone  there are no viewers, and HTTP did not ask lately: ticks are a second
 * @param is_asked  HTTP did
 */
void ws_regions_look(struct ws_bridge *b, bool is_alone, bool is_asked);
/** Look at one now, unless it was looked at a moment ago. */
void ws_region_look(ws_region *r);
/** Take over what a read or a look found; tells viewers of a change of state or epoch. */
void ws_region_saw(ws_region *r, const struct pc_stamp *stamp);
/** Commits per second over the last seconds. */
float ws_region_write_hz(const ws_region *r);
/** Why it has the state @p liveness, "" if there is nothing to say (PC-LIV-08). */
void ws_region_why(const ws_region *r, uint32_t liveness, char ret[WS_WHY_BYTES]);
/** The encoded row of a LIVE message, at most 50 ms old; its @c failed tells of a lack of memory. */
const wire_buf *ws_region_live_row(ws_region *r);
/** What LIVE and ANN say of it, but for what depends on the viewer, and reasons. */
void ws_region_live(ws_region *r, wire_live *ret);
void ws_region_ann(const ws_region *r, wire_ann *ret);

#endif
