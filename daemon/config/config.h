/* config/config.h - the typed configuration: what the YAML file says, checked, with places for messages.
 *
 * Loading touches nothing but the files it reads. All errors of a file are collected, in order of place; a
 * configuration is either whole or not there. [loop thread]                                              */
#ifndef PCD_CONFIG_H
#define PCD_CONFIG_H
#include <pagecast/control.h>
#include <pagecast/layout.h>
#include <pagecast/plugin.h>
#include <pagecast/status.h>
#include <stdbool.h>

/** A place in a config file; line and column count from 1. `file` is borrowed from the config that holds the mark. */
typedef struct pcd_mark {
	const char *file;
	uint32_t line, column;
} pcd_mark;

/** Collected messages, each "file:line:column: what is wrong, what was expected". */
typedef struct pcd_diags pcd_diags;
pcd_diags *pcd_diags_create(void);
void pcd_diags_destroy(pcd_diags **diags);
/** Add one message; `mark` may be NULL. Copies. */
void pcd_diags_add(pcd_diags *diags, const pcd_mark *mark, const char *format, ...);
uint32_t pcd_diags_count(const pcd_diags *diags);
/** Message i in order of file, line, column: "file:line:column: text". Borrowed until the next add. */
const char *pcd_diags_get(pcd_diags *diags, uint32_t i);

enum pcd_log_format { PCD_LOG_TEXT, PCD_LOG_JSON };

/** One `initial:` value: text as pc_value_set() takes it. */
typedef struct pcd_initial {
	const char *path, *value;
	pcd_mark mark;
} pcd_initial;

typedef struct pcd_region_conf {
	const char *key;         /* unique; how viewers and the CLI call it */
	const char *object;      /* OS name, prefix included, default = key; unique after dropping the prefix */
	const char *doc;         /* "" if none */
	uint32_t writer_kind;    /* enum pc_writer_kind */
	const pc_layout *layout; /* borrowed; NULL = raw bytes, or layout_from */
	const char *layout_from; /* plugin instance that declares the layout, or NULL */
	uint64_t payload_bytes;  /* 0 with layout_from and no `size:` */
	uint32_t mode;           /* POSIX bits of the payload */
	const char *path;        /* file that is the payload, absolute; NULL = memory */
	bool sparse;             /* the file may have holes */
	const char *sddl;        /* Windows: in place of mode, or NULL */
	uint32_t slot_count;     /* PC_SLOTS_AUTO or a number */
	uint32_t heartbeat_ms, stale_after_ms, publish_hint_ms, notify_min_us;
	uint64_t sample_ns;       /* legacy: time between two comparisons */
	bool is_adopted;          /* another program makes the map */
	uint32_t period_ms;       /* adopted: it is written at least this often while its program lives; 0 unknown */
	const char *mutex;        /* held while it is looked at, or committed to; or NULL */
	const char *event;        /* waited for, or set after each commit; or NULL */
	const char *process;      /* adopted: what that program is called, or NULL */
	const char *remote_write; /* as in struct pc_region_info */
	const pcd_initial *initial;
	uint32_t initial_count;
	pcd_mark mark;
} pcd_region_conf;

typedef struct pcd_node pcd_node; /* a plugin's own part of the YAML tree */

typedef struct pcd_plugin_conf {
	const char *instance;    /* key of the block, unique */
	const char *plugin;      /* file name without suffix, e.g. "websocket" */
	bool required;           /* its failure stops the daemon */
	const pcd_node *options; /* everything else in the block; borrowed; NULL in a draft: no block at all */
	pcd_mark mark;
} pcd_plugin_conf;

typedef struct pcd_config {
	const char *path; /* as given */
	const char *instance;
	const char *const *plugin_path; /* resolved against the file's folder; NULL-ended */
	int log_level;                  /* enum pc_log_level */
	enum pcd_log_format log_format;
	const char *log_file; /* NULL: stderr; resolved against the file's folder */
	uint32_t heartbeat_ms, stale_after_ms;
	uint64_t budget_ns; /* a plugin callback beyond it is logged and counted */
	const pcd_region_conf *regions;
	uint32_t region_count;
	const pcd_plugin_conf *plugins;
	uint32_t plugin_count;
} pcd_config;

/**
 * Read and check a configuration file with all it includes. Plugin options are only checked by pcd_options_check().
 * @param ret_config  released with pcd_config_destroy(); set only if there is no error
 * @param diags       receives every error
 * @return PC_OK; PC_EINVAL the diags say what is wrong; PC_EABSENT, PC_EPERM, PC_EIO the file cannot be read (also in
 *         diags); PC_ENOMEM
 */
pc_status pcd_config_load(const char *path, pcd_config **ret_config, pcd_diags *diags);
/**
 * As pcd_config_load(), so that all errors can come out at once: also with PC_EINVAL there may be a configuration, a draft.
 * Only its plugin blocks and plugin_path are to be looked at, and only to find more errors.
 */
pc_status pcd_config_load_draft(const char *path, pcd_config **ret_config, pcd_diags *diags);
void pcd_config_destroy(pcd_config **config);
/**
 * Read a layout file (docs/config.md).
 * @param ret_layout  released with pc_layout_destroy(); set only if there is no error
 * @return as pcd_config_load()
 */
pc_status pcd_layout_load(const char *path, pc_layout **ret_layout, pcd_diags *diags);

/** One layout of a file: that of a layout file, of a region, or a named type. Texts are "" if not given. */
typedef struct pcd_named_layout {
	const char *kind;   /* "layout", "region", "type" */
	const char *name;   /* of the region or type; of a layout file what generated code calls it */
	const char *object; /* of a region: the shared-memory object */
	const char *doc, *source;
	pc_layout *layout;
} pcd_named_layout;
typedef struct pcd_layouts {
	pcd_named_layout *items;
	uint32_t count;
	void *memory;
} pcd_layouts;
/**
 * All layouts of a layout file, or of a configuration: then as pcd_config_load(), and also types that no region uses.
 * @param ret  released with pcd_layouts_fini(); filled only if there is no error
 * @return as pcd_config_load()
 */
pc_status pcd_layouts_load(const char *path, pcd_layouts *ret, pcd_diags *diags);
void pcd_layouts_fini(pcd_layouts *layouts);
/** True if both say the same of a region, marks aside. */
bool pcd_region_conf_equal(const pcd_region_conf *a, const pcd_region_conf *b);
/** Reference text of the daemon's own keys, from the table that also checks them. Static storage. */
const char *pcd_config_reference(void);

/* ---- plugin options: `struct pc_config` of plugin.h ---- */

/**
 * Check a block against a plugin's option table and fill in defaults; every error goes to diags with its place.
 * Whether a PC_OPT_REGION names a region that exists is not checked here: the plugin may declare it.
 * @return PC_OK; PC_EINVAL; PC_ENOMEM. The result does not borrow from the pcd_config: options may outlive a reload.
 */
pc_status pcd_options_check(const pcd_plugin_conf *block, const struct pc_option *table, pc_config **ret_options,
                            pcd_diags *diags);
void pcd_options_destroy(pc_config **options);

enum pcd_options_change { PCD_OPTIONS_SAME, PCD_OPTIONS_RELOAD, PCD_OPTIONS_RESTART };
/** What it takes to go from a to b (same table). */
enum pcd_options_change pcd_options_compare(const pc_config *a, const pc_config *b, const struct pc_option *table);

/* The getters of struct pc_host. */
int64_t pcd_options_int(const pc_config *options, const char *key);
double pcd_options_real(const pc_config *options, const char *key);
const char *pcd_options_string(const pc_config *options, const char *key);
const char *pcd_options_list(const pc_config *options, const char *key, uint32_t index);
/** Reference text of one plugin's table, malloc'ed; NULL out of memory. */
char *pcd_options_reference(const struct pc_option *table);

#endif
