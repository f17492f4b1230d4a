/* pagecast/plugin.h - the whole plugin ABI.
 * SPDX-License-Identifier: MIT
 *
 * A plugin exports ONE data symbol, `pagecast_plugin`, and imports NOTHING from the daemon: every
 * service arrives through `struct pc_host`. The same source builds a .so and a .dll.
 *
 *   [loop]  only on the daemon's loop thread, where every callback of the plugin runs too; elsewhere it does nothing,
 *           gives PC_EINVAL or NULL, and the instance's last error says so
 *   [any]   on any thread
 *   borrows: valid during the call   copies: the callee keeps its own   takes: ownership moves
 *
 * Results are 0 or a negative pc_status. Strings are UTF-8. Sizes in bytes, times in ns unless named.
 * Change log of the ABI: fields are only ever appended, each with the minor that brought it.
 *   1.0  first
 *   1.1  pc_region_info.remote_write, PC_OPT_FILE
 * Extensions, which any minor may have: PC_EXT_WHY, PC_EXT_KEEPSAKE                             */
#ifndef PAGECAST_PLUGIN_H
#define PAGECAST_PLUGIN_H
#include <pagecast/status.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define PC_ABI_MAJOR         1u /* layouts or meanings changed: older plugins are refused       */
#define PC_ABI_MINOR         1u /* fields appended at the end only: older plugins keep loading  */
#define PC_ABI(major, minor) (((uint32_t)(major) << 16) | (uint32_t)(minor))
#define PC_PLUGIN_MAGIC      0x4E4C5050u /* "PPLN" */
#define PC_HAS(type, p, f)   ((p)->struct_size >= offsetof(type, f) + sizeof(((type *)0)->f))

enum pc_log_level { PC_LOG_ERROR = 0, PC_LOG_WARN = 1, PC_LOG_INFO = 2, PC_LOG_DEBUG = 3 };
enum pc_open_mode { PC_RD = 1, PC_WR = 2 };
enum pc_io_events { PC_IO_READ = 1, PC_IO_WRITE = 2, PC_IO_ERROR = 4 };
enum pc_metric_kind { PC_COUNTER = 0, PC_GAUGE = 1 };

/* ---- options: one table feeds validation, defaults, `--check`, the reference and reload ------ */
enum pc_option_type {
	PC_OPT_BOOL = 0, /* true | false */
	PC_OPT_INT = 1,  /* whole number, min and max inclusive */
	PC_OPT_REAL = 2,
	PC_OPT_STRING = 3,   /* min and max: length in bytes */
	PC_OPT_DURATION = 4, /* 250us 100ms 1.5s 2m 1h, read as ns */
	PC_OPT_SIZE = 5,     /* 4096, 64KiB, 1MiB, read as bytes */
	PC_OPT_REGION = 6,   /* key of a region, or a name the plugin will declare() */
	PC_OPT_LIST = 7,     /* sequence of strings; one string counts as a list of one; def: comma separated */
	PC_OPT_ENUM = 8      /* one of the words in `min`, separated by '|' */
};
enum pc_option_flags {
	PC_OPT_REQUIRED = 1, /* must be in the config */
	PC_OPT_RELOAD = 2,   /* reload() may change it; a change of any other option restarts the instance */
	PC_OPT_SECRET = 4,   /* never logged, never shown */
	PC_OPT_FILE = 8      /* 1.1: the content of a file that it names counts: each reload calls reload() */
};
struct pc_option {
	/* As written in the config; NULL = none. def NULL and not REQUIRED = unset. */
	const char *key, *def, *min, *max;
	const char *unit, *doc;
	uint16_t type, flags;
};

typedef struct pc_inst pc_inst;     /* defined by the plugin: all its state, one per config block      */
typedef struct pc_config pc_config; /* this instance's validated options; borrowed during the call     */
typedef struct pc_region pc_region; /* one opening of a region by one instance                         */
typedef struct pc_watch pc_watch;   /* a timer, io, region or table watch; ended by cancel() or after stop() */
typedef struct pc_metric pc_metric;
struct pc_host;

/* What is known of a region besides its bytes. Strings borrowed until the region is closed or, in a
 * pc_regions_fn, during the call. */
struct pc_region_info {
	uint32_t struct_size;
	uint32_t id;         /* never reused while the daemon runs */
	uint32_t generation; /* +1 when size or layout changed */
	uint32_t flags;      /* enum pc_region_flags of control.h */
	const char *name;    /* the region's key in the config */
	const char *object;  /* name of the shared-memory object */
	const char *schema;  /* canonical layout text, "" if none */
	uint64_t schema_id;
	uint64_t payload_bytes;
	uint32_t stale_after_ms, publish_hint_ms;
	uint32_t writer_kind; /* enum pc_writer_kind of control.h */
	uint32_t reserved;
	const char *doc; /* from the config, "" if none */
	/* 1.1: what viewers beyond this machine may set: "" nothing, "*" every field, else the paths of fields, with all
	 * below them, separated by ','. A plugin with viewers opens such a region with PC_WR and is its writer. */
	const char *remote_write;
};

/* State of a region at one consistent moment. */
struct pc_stamp {
	uint64_t tick;             /* commits so far; 0 = never written */
	uint64_t commit_unix_ns;   /* wall clock of the last commit, 0 = never */
	uint64_t write_age_ns;     /* since that commit */
	uint64_t heartbeat_age_ns; /* since the heartbeat was last SEEN to move, on our own clock; UINT64_MAX: never */
	uint32_t liveness;         /* pc_liveness of control.h */
	uint32_t epoch;            /* writers attached so far */
	uint32_t payload_flags;    /* enum pc_payload_flags of control.h */
	uint32_t writer_pid;
	const char *writer; /* its name, borrowed until the next call on this pc_region */
};

/* A region that a plugin brings with its own layout. */
struct pc_region_spec {
	uint32_t struct_size;
	uint32_t publish_hint_ms; /* expected time between commits, 0 = unknown */
	const char *layout;       /* layout text, see layout.h; copied */
	const char *doc;          /* one sentence; copied */
	uint32_t stale_after_ms;  /* 0 = the daemon's default */
	uint32_t reserved;
};

typedef void pc_task_fn(void *arg);
typedef void pc_io_fn(void *arg, unsigned ready);
typedef void pc_region_fn(void *arg, pc_region *region);
enum pc_regions_event {
	PC_REGION_ADDED = 1,
	PC_REGION_REMOVED = 2, /* reads of open handles give PC_ESTALE from now on; close them */
	PC_REGION_CHANGED = 3  /* new generation under the same id: close and open again */
};
typedef void pc_regions_fn(void *arg, int event, const struct pc_region_info *info);

/* ---- host services: owned by the daemon, valid from create() until destroy() returns ---------- */
/* clang-format off */
struct pc_host {
	uint32_t struct_size, abi; /* first, for ever */
	void *impl;                /* the daemon's */
	const char *instance;      /* the config block's name, e.g. "dash" */
	const char *daemon;        /* the daemon's instance, e.g. "rig-1" */

	/* log, errors, metrics */
	void (*log)(const struct pc_host *host, int level, const char *message);              /* [any] copies */
	int (*fail)(const struct pc_host *host, int status, const char *message);             /* [any] copies: last error; returns status */
	int (*metric)(const struct pc_host *host, const char *name, int kind, const char *unit,
		      const char *help, pc_metric **ret);                                 /* [loop] same name again: the same metric */
	void (*metric_add)(pc_metric *metric, int64_t n);                                     /* [any] */
	void (*metric_set)(pc_metric *metric, int64_t v);                                     /* [any] */

	/* config: cannot fail after validation; the key must be in the option table with a fitting type */
	int64_t (*cfg_int)(const pc_config *config, const char *key);                         /* [loop] INT BOOL SIZE, DURATION in ns, ENUM: index of the word */
	double (*cfg_real)(const pc_config *config, const char *key);                         /* [loop] */
	const char *(*cfg_string)(const pc_config *config, const char *key);                  /* [loop] borrows; NULL = unset */
	const char *(*cfg_list)(const pc_config *config, const char *key, uint32_t index);    /* [loop] borrows; NULL = past the end */

	/* event loop: one thread per daemon; a callback over its budget is logged and counted */
	int (*post)(const struct pc_host *host, pc_task_fn *fn, void *arg);                   /* [any] PC_ESTALE once stop() was called */
	int (*timer)(const struct pc_host *host, uint64_t first_ns, uint64_t every_ns, pc_task_fn *fn, void *arg, pc_watch **ret); /* [loop] every 0 = once */
	int (*io)(const struct pc_host *host, intptr_t socket, unsigned mask, pc_io_fn *fn, void *arg, pc_watch **ret);            /* [loop] */
	int (*io_mask)(pc_watch *watch, unsigned mask);                                       /* [loop] */
	void (*cancel)(pc_watch *watch);                                                      /* [loop] no callback after it returns; NULL is fine */
	uint64_t (*now_ns)(const struct pc_host *host);                                       /* [any] monotonic */

	/* regions. A handle is used by one thread at a time; which one is the plugin's choice, but a handle
	 * opened with PC_WR is used on the loop thread only. */
	int (*declare)(const struct pc_host *host, const char *region, const struct pc_region_spec *spec); /* [loop] in create() only: creates the region
	                                                                                         unless the config has it; PC_EINVAL bad layout or
	                                                                                         contradicts the config, PC_EBUSY name taken */
	int (*open)(const struct pc_host *host, const char *region, int mode, pc_region **ret); /* [loop] PC_EABSENT; PC_EBUSY has a writer; PC_EPERM not configured for a plugin writer */
	void (*close)(pc_region *region);                                                     /* [loop] NULL is fine; the host closes what is left after destroy() */
	const struct pc_region_info *(*info)(const pc_region *region);                        /* [any] borrows until close */
	int (*read)(pc_region *region, uint64_t offset, void *dst, uint64_t bytes, struct pc_stamp *ret); /* [any] one consistent moment;
	                                                                                         PC_EAGAIN, PC_ESTALE; ret may be NULL */
	int (*stamp)(pc_region *region, struct pc_stamp *ret);                                /* [any] without the bytes */
	int (*write)(pc_region *region, uint64_t offset, const void *src, uint64_t bytes);    /* [loop] copy and commit */
	void *(*begin)(pc_region *region);                                                    /* [loop] holds the newest payload; NULL on error */
	int (*commit)(pc_region *region);                                                     /* [loop] before the callback returns */
	void (*abort)(pc_region *region);                                                     /* [loop] */
	void (*set_flags)(pc_region *region, uint32_t payload_flags);                         /* [loop] PC_PAYLOAD_SOURCE_STALE for the next commits */
	/* Called after commits and liveness changes, at most every min_gap_ns, ON A THREAD OF THE HOST: set a flag,
	 * wake your own thread or post(); nothing else. A final change inside the gap is reported when it ends. */
	int (*watch)(pc_region *region, uint64_t min_gap_ns, pc_region_fn *fn, void *arg, pc_watch **ret); /* [loop] */
	/* Called at once for each region that exists, then for each change of the table. */
	int (*watch_regions)(const struct pc_host *host, pc_regions_fn *fn, void *arg, pc_watch **ret);    /* [loop] callbacks too */

	/* everything that comes later, by name and revision: "pagecast.<name>/<rev>"; the structs are below */
	const void *(*extension)(const struct pc_host *host, const char *id);                 /* [loop] NULL if unknown */
};
/* clang-format on */

/* ---- extensions: what host->extension() returns for these names, valid as long as the host ------ */
#define PC_EXT_WHY "pagecast.why/1"
struct pc_ext_why {
	uint32_t struct_size, reserved;
	/* Why the region has the state `liveness`, of a stamp of this handle: a line for people, UTF-8 unless a program's name is not.
	 * "" if there is nothing to say, which is so of all but adopted maps, or if its state is another one by now.
	 * PC_ESTALE, PC_EINVAL. Cut to fit `bytes`. */
	int (*why)(pc_region *region, uint32_t liveness, char *ret, uint32_t bytes); /* [any], as read() */
};

#define PC_EXT_KEEPSAKE "pagecast.keepsake/1"
/* Bytes that an instance leaves for the instance of the same name, of the same plugin, in the next run of the daemon. They pass
 * through shared memory, readable by this user alone, and are checked against accidents; what they say is for the plugin to judge, as
 * it may be another version of itself that left them. */
struct pc_ext_keepsake {
	uint32_t struct_size, reserved;
	uint64_t bytes_max; /* of one keepsake */
	/* 1 within stop() if the daemon ends for a successor that goes on with its regions, else 0. */
	int (*hands_over)(const struct pc_host *host); /* [loop] */
	/* Once, within stop(), if hands_over(). copies. PC_EPERM no successor comes, or not within stop(); PC_EBUSY done already;
	 * PC_EINVAL too many; PC_ENOSPC, PC_EIO: nothing is left, fewer bytes may be tried. */
	int (*leave)(const struct pc_host *host, const void *bytes, uint64_t count); /* [loop] */
	/* Copy what was left to @p to and forget it; *ret_bytes: how many. For start() and before: what is not taken when start() has
	 * succeeded is dropped. PC_EABSENT there is nothing; PC_ENOSPC more than `room`: it stays, *ret_bytes is what is needed. */
	int (*take)(const struct pc_host *host, void *to, uint64_t room, uint64_t *ret_bytes); /* [loop] */
};

/* ---- what a plugin exports. All [loop]; NULL means "not needed" except create and destroy ------ */
/* clang-format off */
struct pc_plugin {
	uint32_t magic, struct_size, abi; /* PC_PLUGIN_MAGIC, sizeof, PC_ABI(major, LOWEST minor needed) */
	uint32_t flags;                   /* 0 */
	const char *id, *version, *license, *summary; /* id: "sysmon"; version: semver */
	const struct pc_option *options;  /* ends at key == NULL; NULL = none */
	int (*create)(const struct pc_host *host, const pc_config *config, pc_inst **ret); /* declare and open regions; no I/O. A failure may set *ret */
	int (*start)(pc_inst *inst);                            /* regions are published: timers, sockets, threads */
	int (*reload)(pc_inst *inst, const pc_config *config);  /* all or nothing; non-zero keeps the old options */
	void (*stop)(pc_inst *inst);                            /* join your threads; also after a failed start() */
	void (*destroy)(pc_inst *inst);                         /* also after a failed create() that set *ret */
};
/* clang-format on */

#ifdef _WIN32
#define PC_EXPORT __declspec(dllexport)
#else
#define PC_EXPORT __attribute__((visibility("default")))
#endif
#define PC_PLUGIN_SYMBOL "pagecast_plugin"
extern PC_EXPORT const struct pc_plugin pagecast_plugin;

#ifdef __cplusplus
}
#endif
#endif
