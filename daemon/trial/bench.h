/* trial/bench.h - the child's part: a daemon with one plugin and nothing else, and what its observer sees. [main thread] */
#ifndef PCD_TRIAL_BENCH_H
#define PCD_TRIAL_BENCH_H
#include "beat.h"
#include "instance.h"
#include "record.h"
#include "trial.h"

#include "config/node.h"

#define PCD_TRIAL_INSTANCE "trial"

/** What calls of one kind cost. */
typedef struct pcd_trial_cost {
	const char *what; /* "timer", "create()" */
	uint64_t calls, over, longest_ns, budget_ns;
} pcd_trial_cost;

typedef struct pcd_bench {
	const pcd_trial_options *options;
	pcd_record *record;
	uv_mutex_t lock; /* over the record's findings */
	pc_arena arena;
	pcd_diags *diags;
	pcd_config *config; /* NULL: none given */
	pcd_node *set;      /* the block's options: a map */
	pcd_plugins plugins;
	const pcd_plugin *plugin;
	char name[64];
	uv_loop_t loop;
	uv_timer_t wake;
	pcd_log *log;
	pcd_watchers watchers;
	pcd_regions regions;
	pcd_beats beats;
	pcd_env env;
	pcd_observer observer;
	pcd_trial_cost costs[16];
	uint64_t run_callbacks; /* of timers, sockets and posts in this run */
	uint32_t open_at_start; /* regions that were open when start() had returned */
	int is_in_run;
	unsigned depth;     /* of calls in each other */
	uint64_t waited_ns; /* when the outermost of them began */
} pcd_bench;

/** Add a line to the record. [any] */
void pcd_trial_add(pcd_bench *bench, enum pcd_finding_kind kind, const char *format, ...) PC_PRINTF(3, 4);
/** Loop, regions and environment. @return PC_OK; else said on stderr */
pc_status pcd_bench_open(pcd_bench *bench);
void pcd_bench_close(pcd_bench *bench);

/* ---- options.c ---- */

/** "a=1" texts as a map, over @p base, which may be NULL. @return NULL: said in the diags */
pcd_node *pcd_trial_overlay(pcd_bench *bench, const pcd_node *base, const char *key, const char *value);
/** Check a map against the plugin's table. @param ret_options  set on PC_OK. @return as pcd_options_check(), nothing is said */
pc_status pcd_trial_check(pcd_bench *bench, const pcd_node *set, pc_config **ret_options);
/** The first message of the last check that failed. */
const char *pcd_trial_reason(pcd_bench *bench);
/** Step: the table refuses what it should. */
void pcd_trial_check_table(pcd_bench *bench);
/** Value number @p i that is worth a run of its own: limits and words of each option. @return false: no more of them */
bool pcd_trial_value(const pcd_bench *bench, uint32_t i, const struct pc_option **ret_option, char value[128]);
/** The options with every one that may change by reload changed; NULL: there is none. */
pcd_node *pcd_trial_changed(pcd_bench *bench);

/* ---- rounds.c ---- */

/** Step: create, start, ticks, reload, ticks, stop, destroy, again and again. @return false: it does not even start */
bool pcd_trial_rounds(pcd_bench *bench);
/** One run with these options. @param of  for the findings: "with step = 100" */
void pcd_trial_once(pcd_bench *bench, const pcd_node *set, const char *of);
/** What the observer saw over all runs. */
void pcd_trial_judge_costs(pcd_bench *bench);
void pcd_trial_observe(pcd_bench *bench);

#endif
