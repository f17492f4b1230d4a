/* daemon/app.h - the daemon as a whole: everything it consists of, and its life. */
#ifndef PCD_APP_H
#define PCD_APP_H
#include "beat.h"
#include "directory.h"
#include "instance.h"
#include "keepsake.h"
#include "prepare.h"
#include "signals.h"
#include "status.h"

enum pcd_exit { PCD_EXIT_OK = 0, PCD_EXIT_FAILED = 1, PCD_EXIT_USAGE = 2 };

/** From the command line; borrowed. */
typedef struct pcd_app_options {
	const char *config_path;
	const char *const *plugin_dirs; /* --plugin-path, NULL-ended; may be NULL */
	int log_level;                  /* enum pc_log_level, overrides the configuration's; -1 = not given */
	int log_format;                 /* enum pcd_log_format, likewise */
} pcd_app_options;

typedef struct pcd_app {
	const pcd_app_options *options;
	pcd_config *config;
	pcd_log *log;
	char **plugin_dirs;
	pcd_plugins plugins;
	uv_loop_t loop;
	bool has_loop, has_handles, has_regions;
	uint32_t is_stopping; /* [any] */
	pcd_watchers watchers;
	pcd_regions regions;
	pcd_beats beats;
	pcd_directory directory;
	pcd_directory_facts facts;
	char instance_name[PC_NAME_BYTES]; /* outlives configurations */
	pcd_status status;
	pcd_reload_result reload;
	pcd_env env;
	pcd_keepsakes keepsakes;
	pcd_instance **instances; /* in order of the configuration */
	uint32_t instance_count;
	pcd_signals *signals;
	uv_async_t on_look; /* liveness of some region changed */
	uv_timer_t refresh; /* a moment after something changed: directory and status */
	uv_timer_t second;  /* housekeeping */
	uv_timer_t watchdog;
} pcd_app;

/** Load the configuration, serve until a signal ends it, leave nothing behind. @return enum pcd_exit */
int pcd_app_run(const pcd_app_options *options);
/** Check a configuration as a start would, without touching anything; results on stdout, errors where outlet.h leads. @return enum pcd_exit */
int pcd_app_check(const pcd_app_options *options);

/* ---- between app.c, reload.c and dump.c ---------------------------------------------------------------------- */

/** Read the configuration again and apply what changed, or nothing. (reload.c) */
void pcd_app_reload(pcd_app *app);
/** Directory and status are out of date. */
void pcd_app_touch(pcd_app *app);
/** Bring them up to date now. */
void pcd_app_refresh(pcd_app *app);
/** Write the state of everything into the log. (dump.c) */
void pcd_app_dump(pcd_app *app, const char *from);
/** What the configuration says of everything at once: log, budgets, defaults. @param log_file  by pcd_log_file_open(), taken */
void pcd_app_take_settings(pcd_app *app, int *log_file);
/** One line for the service manager: what runs. */
void pcd_app_summary(const pcd_app *app, char *text, size_t bytes);
#endif
