/* daemon/instance.h - one plugin instance: its run, what it opened, what it costs.
 *
 *     stopped --create, start--> running --stop--> stopped
 *        ^            | fails
 *        |            v
 *        +-- again -- back-off (1 s, doubling to 60 s)          failed: its file was refused, no retry
 *
 * Every call into a plugin goes through pcd_call_begin() and pcd_call_end(): they measure it, and put right what
 * it left behind. One instance's failure is never another's. [loop thread] except where it says otherwise.        */
#ifndef PCD_INSTANCE_H
#define PCD_INSTANCE_H
#include "log.h"
#include "plugin_load.h"
#include "post.h"
#include "regions.h"

#include <pagecast/plugin.h>
#include <uv.h>

#define PCD_BACKOFF_FIRST_MS UINT64_C(1000)
#define PCD_BACKOFF_MAX_MS   UINT64_C(60000)
#define PCD_LIFE_BUDGET_NS   UINT64_C(250000000) /* for create, start, reload, stop and destroy */
#define PCD_METRICS_SHOWN    24u                 /* of an instance, in the status region; more are counted only */

typedef struct pcd_instance pcd_instance;
typedef struct pcd_call pcd_call;

/** Who wants to know more of instances than log and status say: trial/. [loop] but for misused(). */
typedef struct pcd_observer {
	void *arg;
	/** A call into a plugin begins. */
	void (*entered)(void *arg, const pcd_call *call);
	/** It is over. @param own_ns  without calls within it; @param left_begun  it returned between begin() and commit() */
	void (*left)(void *arg, const pcd_call *call, uint64_t own_ns, bool left_begun);
	/** destroy() has returned, or there was none; what the instance left open is still there. */
	void (*destroyed)(void *arg, const pcd_instance *instance);
	/** A [loop] service was called elsewhere. [any] */
	void (*misused)(void *arg, const char *service, bool from_watch);
} pcd_observer;

/** What all instances share. */
typedef struct pcd_env {
	uv_loop_t *loop;
	uv_thread_t thread; /* the loop's */
	const char *daemon; /* the daemon's instance name */
	pcd_log *log;
	pcd_regions *regions;
	pcd_watchers *watchers;
	struct pcd_keepsakes *keepsakes; /* NULL: nothing is kept (trial/) */
	pcd_posts posts;
	uint64_t budget_ns;                    /* of a callback */
	uint32_t heartbeat_ms, stale_after_ms; /* of regions that plugins declare */
	pcd_call *call;                        /* innermost call in progress */
	pc_watch *table_watches;               /* of all instances, see plugin_watch.c */
	uint32_t telling;                      /* table watches are being called */
	uint64_t overruns, started_ns;
	const pcd_observer *observer; /* NULL: nobody */
	void (*changed)(void *arg);   /* an instance's state or last error changed */
	void *changed_arg;
} pcd_env;

enum pcd_instance_state { PCD_STOPPED = 0, PCD_STARTING = 1, PCD_RUNNING = 2, PCD_BACKOFF = 3, PCD_FAILED = 4 };

struct pc_metric {
	struct pc_metric *next;
	char name[32], unit[16], help[96];
	int kind;
	int64_t value; /* [any] */
};

struct pcd_instance {
	pcd_env *env;
	char *name;        /* key of its block */
	char *plugin_name; /* file */
	bool required;
	const pcd_plugin *plugin; /* NULL: refused */
	pc_config *options;
	struct pc_host host;
	pc_inst *inst; /* the plugin's */
	enum pcd_instance_state state;
	int admits_posts;          /* under the lock of env->posts */
	bool creating;             /* inside create(): declare() is allowed */
	bool stopping;             /* inside stop(): something may be left for the next run */
	bool has_left;             /* it has been */
	uint32_t run;              /* +1 per create() */
	uint32_t restarts;         /* runs after a failure */
	uint64_t backoff_ms;       /* next pause */
	uv_timer_t *backoff;       /* NULL while none runs */
	uint64_t running_since_ns; /* 0 = not running */

	uv_mutex_t error_lock; /* over these four */
	int error_status;
	char error[224];
	uint64_t error_unix_ns, errors;

	uint64_t calls, overruns, longest_ns, callback_ns; /* all of them together */
	pc_region *regions;
	uint32_t region_count; /* how many */
	uint32_t begun;        /* of them, between begin() and commit() */
	pc_watch *watches;
	pc_metric *metrics; /* kept over restarts: the same name is the same counter */
	uint32_t metric_count;
};

struct pcd_call {
	pcd_instance *instance;
	const char *what;
	uint64_t start_ns, nested_ns, budget_ns;
	pcd_call *outer;
};

/** Around every call into a plugin; @p what is for the log. */
void pcd_call_begin(pcd_call *call, pcd_instance *instance, const char *what, uint64_t budget_ns);
void pcd_call_end(pcd_call *call);

/**
 * @param plugin   NULL if its file was refused; pcd_instance_refused() then says why
 * @param options  taken on success
 * @return NULL without memory
 */
pcd_instance *pcd_instance_create(pcd_env *env, const pcd_plugin_conf *block, const pcd_plugin *plugin,
                                  pc_config *options);
/** Stop what runs, free everything, set to NULL. */
void pcd_instance_destroy(pcd_instance **instance);
/** Its file cannot be used: state failed. */
void pcd_instance_refused(pcd_instance *instance, pc_status status, const char *why);

/** create(). A failure leaves nothing of the run. @return 0 or the plugin's pc_status, last error set */
int pcd_instance_create_run(pcd_instance *instance);
/** start(), after create(). A failure stops and destroys the run. */
int pcd_instance_start_run(pcd_instance *instance);
/** stop() and destroy(); also ends a back-off. State stopped. */
void pcd_instance_stop(pcd_instance *instance);
/** After a failure: try again later, and so on. */
void pcd_instance_back_off(pcd_instance *instance);
/**
 * Other options by the plugin's reload().
 * @param options  exchanged with those in force on success
 * @return 0, or its refusal: the old ones stay
 */
int pcd_instance_reload(pcd_instance *instance, pc_config **options);
/** Other options for the next run; exchanged. */
void pcd_instance_swap_options(pcd_instance *instance, pc_config **options);

/** Set the last error. [any] */
void pcd_instance_error(pcd_instance *instance, int status, const char *text);
/** Copy the last error, "" if none. [any] */
int pcd_instance_last_error(pcd_instance *instance, char *text, size_t bytes, uint64_t *ret_unix_ns);
/** Errors so far. [any] */
uint64_t pcd_instance_errors(pcd_instance *instance);
/** "running", "backoff", ... */
const char *pcd_instance_state_name(enum pcd_instance_state state);

/* ---- between the files of the plugin host ---------------------------------------------------------- */

/** Fill the instance's struct pc_host. (plugin_host.c) */
void pcd_host_init(pcd_instance *instance);
/** Regions that the instance left open. (plugin_region.c) */
void pcd_host_close_regions(pcd_instance *instance);
/** Forget begin()s that a callback left open; 1 if there was one. (plugin_region.c) */
int pcd_host_abort_begun(pcd_instance *instance);
/** Regions that an earlier run declared and this one did not, after create(). (plugin_declare.c) */
void pcd_host_drop_undeclared(pcd_instance *instance);
/** True if it has a region open for writing that is gone. (plugin_region.c) */
bool pcd_host_lost_region(const pcd_instance *instance);
/** No callback any more; pointers stay good for cancel(). (plugin_watch.c) */
void pcd_host_end_watches(pcd_instance *instance);
/** After destroy(): pointers end. (plugin_watch.c) */
void pcd_host_free_watches(pcd_instance *instance);
/** Tell table watches. (plugin_watch.c) */
void pcd_host_tell_regions(pcd_env *env, int event, const pcd_body *body);
/**
 * False if a [loop] service was called elsewhere, or from within a region watch: then it does nothing, and the last error says so. A
 * plugin is input; see docs/decisions/0027. [any] (plugin_host.c)
 */
bool pcd_host_on_loop(pcd_instance *instance, const char *service);

#endif
