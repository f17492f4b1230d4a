/* top.h - what `pagecast top` shows, at one moment: collected from regions alone, and how it is shown. */
#ifndef PC_CLI_TOP_H
#define PC_CLI_TOP_H
#include "facts.h"
#include "json.h"
#include "rows.h"

typedef struct top_plugin {
	char instance[PC_NAME_BYTES], file[PC_NAME_BYTES], state[16], error[256];
	uint64_t restarts, overruns, calls, callback_ns, viewers;
	double longest_ms, calls_hz;
	double share; /* of a second, in callbacks */
} top_plugin;

typedef struct top_daemon {
	char instance[PC_NAME_BYTES];
	pc_liveness liveness;
	uint32_t pid, regions;
	uint64_t uptime_s, rss_bytes, cpu_ns, open_files;
	double late_max_ms;
	double cpu_share; /* of one processor */
	top_plugin *plugins;
	uint32_t plugin_count;
	bool has_facts;
} top_daemon;

typedef struct top_region {
	const char *key, *instance; /* borrowed; instance NULL: stands alone */
	const cli_row *row;         /* borrowed */
	cli_who who;
	uint64_t tick, at_ns; /* of the look before */
	double rate_hz;
	bool has_rate;
} top_region;

/** Zero to start. */
typedef struct cli_top {
	const cli_args *args;
	cli_rows_wanted *wanted;
	cli_catalogue catalogue;
	cli_row *rows;
	top_region *regions; /* one per row, in the catalogue's order */
	uint32_t count;
	top_daemon *daemons;
	uint32_t daemon_count;
	uint64_t seen;  /* what the folder of objects looked like */
	uint64_t at_ns; /* of the last look */
	double elapsed_s;
	bool is_stale; /* a region was replaced: list them anew */
} cli_top;

/**
 * Look at everything. The first look has no rates. @return PC_OK; PC_ENOMEM; as cli_catalogue_load()
 */
pc_status cli_top_look(cli_top *t, pc_err *err);
void cli_top_free(cli_top *t);

enum top_sort { TOP_BY_NAME, TOP_BY_RATE, TOP_BY_AGE, TOP_BY_STATE, TOP_SORTS };
extern const char *const cli_top_sorts[TOP_SORTS];
/** How to show it. */
typedef struct top_view {
	enum top_sort sort;
	const char *filter; /* "" = all; else what a name must contain, or a pattern with * and ? */
	unsigned columns;   /* 0 = as wide as need be */
	unsigned lines;     /* 0 = all */
	uint32_t first;     /* region in the first line */
	const char *bottom; /* last line, or NULL */
	bool color;
} top_view;
/** Regions of this view in its order: indexes, malloc'ed. @return NULL without memory */
uint32_t *cli_top_order(const cli_top *t, const top_view *view, uint32_t *ret_count);
/** Lines of text, each ended by `end`. view->first is moved so that the page is full. */
void cli_top_text(pc_strbuf *b, const cli_top *t, top_view *view, const char *end);
void cli_top_json(cli_json *j, const cli_top *t, const top_view *view);

#endif
