/* config/keys.h - every key of the daemon's own, once: from these tables come the check, the defaults, the reference text
 * and the JSON Schema. */
#ifndef PCD_KEYS_H
#define PCD_KEYS_H
#include "config/value.h"

/* clang-format off */
/* X(enumerator, key, type, default, min, max, flags, doc); min and max as in struct pc_option */
#define PCD_TOP_KEYS(X)                                                                                                \
	X(INSTANCE, "instance", PC_OPT_STRING, "main", "1", "20", 0,                                                   \
	  "name of this daemon, [a-z0-9-]; its directory is the region pagecast.<instance>")                           \
	X(LOG, "log", PCD_OPT_TREE, NULL, NULL, NULL, 0, "what is logged, and how")                                    \
	X(PLUGIN_PATH, "plugin_path", PC_OPT_LIST, NULL, NULL, NULL, 0,                                                \
	  "more folders with plugins, searched first; relative to this file")                                          \
	X(HEARTBEAT, "heartbeat", PC_OPT_DURATION, "100ms", "1ms", "1m", 0, "default of the regions' heartbeat")       \
	X(STALE_AFTER, "stale_after", PC_OPT_DURATION, "500ms", "2ms", "1h", 0, "default of the regions' stale_after") \
	X(BUDGET, "budget", PC_OPT_DURATION, "20ms", "100us", "10s", 0,                                                \
	  "a plugin callback that takes longer is logged and counted")                                                 \
	X(INCLUDE, "include", PC_OPT_LIST, NULL, NULL, NULL, 0,                                                        \
	  "more files with regions and plugins, such as conf.d/*.yaml; relative to this file")                         \
	X(TYPES, "types", PCD_OPT_TREE, NULL, NULL, NULL, 0, "named types for layouts: NAME: {FIELD: TYPE}")           \
	X(REGIONS, "regions", PCD_OPT_TREE, NULL, NULL, NULL, 0, "the regions, by name")                               \
	X(PLUGINS, "plugins", PCD_OPT_TREE, NULL, NULL, NULL, 0, "the plugin instances, by name")

/* Keys of an included file. */
#define PCD_INCLUDED_KEYS(X)                                                                                           \
	X(INCLUDE, "include", PC_OPT_LIST, NULL, NULL, NULL, 0, "more files")                                          \
	X(TYPES, "types", PCD_OPT_TREE, NULL, NULL, NULL, 0, "named types for layouts: NAME: {FIELD: TYPE}")           \
	X(REGIONS, "regions", PCD_OPT_TREE, NULL, NULL, NULL, 0, "the regions, by name")                               \
	X(PLUGINS, "plugins", PCD_OPT_TREE, NULL, NULL, NULL, 0, "the plugin instances, by name")

#define PCD_LOG_KEYS(X)                                                                                                \
	X(LEVEL, "level", PC_OPT_ENUM, "info", "error|warn|info|debug", NULL, 0, "the least important that is logged") \
	X(FORMAT, "format", PC_OPT_ENUM, "text", "text|json", NULL, 0, "one line of text or one JSON object per message") \
	X(FILE, "file", PC_OPT_STRING, NULL, "1", "4000", 0,                                                           \
	  "append to it instead of stderr, or of Windows' event log; opened again at each reload; relative to this file")

#define PCD_REGION_KEYS(X)                                                                                             \
	X(NAME, "name", PC_OPT_STRING, NULL, "1", "63", 0,                                                             \
	  "name of the shared-memory object, also Local\\NAME or Global\\NAME; default: the region's key")             \
	X(WRITER, "writer", PC_OPT_ENUM, NULL, "plugin|external|legacy", NULL, 0,                                      \
	  "who writes it: a plugin, a program with libpagecast (default), or one without")                             \
	X(LAYOUT, "layout", PCD_OPT_TREE, NULL, NULL, NULL, 0, "the fields, by name")                                  \
	X(LAYOUT_FILE, "layout_file", PC_OPT_STRING, NULL, "1", "4000", 0,                                             \
	  "file that says the layout; instead of layout; relative to this file")                                       \
	X(LAYOUT_FROM, "layout_from", PC_OPT_STRING, NULL, "1", "31", 0,                                               \
	  "plugin instance that brings the layout and writes the region; instead of layout")                           \
	X(PACKING, "packing", PC_OPT_ENUM, NULL, "natural|packed|1|2|4|8", NULL, 0,                                    \
	  "alignment of fields: as a C compiler (default), or capped as by #pragma pack")                              \
	X(SIZE, "size", PC_OPT_SIZE, NULL, "1", "1TiB", 0,                                                             \
	  "size of the object if it is larger than the layout; needed without one")                                    \
	X(ALIGN, "align", PC_OPT_INT, NULL, "1", "4096", 0, "alignment of the whole, a power of two")                  \
	X(BACKING, "backing", PC_OPT_ENUM, NULL, "pagefile|file|adopt", NULL, 0,                                       \
	  "where its bytes are: in memory (default), in the file at 'path', or in a map that another program makes")   \
	X(PATH, "path", PC_OPT_STRING, NULL, "1", "4000", 0,                                                           \
	  "the file, created if there is none; its content is kept; relative to this file")                            \
	X(SPARSE, "sparse", PC_OPT_BOOL, "false", NULL, NULL, 0,                                                       \
	  "do not take the file's place on the disk in advance: for files much larger than what is used of them")      \
	X(ACCESS, "access", PC_OPT_ENUM, NULL, "read-only|read-write-compatible|private", NULL, 0,                     \
	  "everybody reads (default), everybody may open it for writing as old readers insist, or its user alone")     \
	X(MODE, "mode", PC_OPT_STRING, NULL, "3", "4", 0, "permission bits in octal, such as \"0640\"; instead of access") \
	X(SDDL, "sddl", PC_OPT_STRING, NULL, "1", "4000", 0,                                                           \
	  "on Windows, in place of access and mode: a security descriptor, such as D:(A;;GR;;;WD)(A;;GA;;;OW)")        \
	X(SLOTS, "slots", PC_OPT_STRING, "auto", "1", "4", 0,                                                          \
	  "snapshots kept in shared memory: auto or 0..64; 0 only for writers that never die")                         \
	X(HEARTBEAT, "heartbeat", PC_OPT_DURATION, NULL, "1ms", "1m", 0,                                               \
	  "the writer shows life at least this often; default: that of the top level")                                 \
	X(STALE_AFTER, "stale_after", PC_OPT_DURATION, NULL, "2ms", "1h", 0,                                           \
	  "silence after which it is stale, at least two heartbeats; default: that of the top level")                  \
	X(PUBLISH_HINT, "publish_hint", PC_OPT_DURATION, "0", "0", "1h", 0, "expected time between commits, 0 = unknown") \
	X(NOTIFY_MIN, "notify_min", PC_OPT_DURATION, "1ms", "1us", "1s", 0, "readers are woken at most this often")    \
	X(SAMPLE, "sample", PC_OPT_DURATION, "20ms", "1ms", "1m", 0,                                                   \
	  "legacy: time between two looks for changes")                                                                \
	X(MUTEX, "mutex", PC_OPT_STRING, NULL, "1", "63", 0,                                                           \
	  "plugin, legacy: mutex by which programs guard the map; held for one copy, created unless the map is adopted") \
	X(EVENT, "event", PC_OPT_STRING, NULL, "1", "63", 0,                                                           \
	  "plugin: event that is set after each commit; legacy: event that its programs set, waited for")             \
	X(PERIOD, "period", PC_OPT_DURATION, "0", "0", "1h", 0,                                                        \
	  "adopt: its program writes at least this often while it lives, 0 = unknown; longer silence is stale")       \
	X(PROCESS, "process", PC_OPT_STRING, NULL, "1", "63", 0,                                                       \
	  "adopt: what its program is called; when none of that name runs it is dead")                                \
	X(REMOTE_WRITE, "remote_write", PC_OPT_BOOL, "false", NULL, NULL, 0,                                           \
	  "viewers whose token has the right may set it through a bridge, which is its writer")                       \
	X(REMOTE_FIELDS, "remote_fields", PC_OPT_LIST, NULL, NULL, NULL, 0,                                            \
	  "the fields that they may set, by path, with all that is below; default: all")                              \
	X(DOC, "doc", PC_OPT_STRING, "", NULL, "1000", 0, "one sentence for people")                                   \
	X(INITIAL, "initial", PCD_OPT_TREE, NULL, NULL, NULL, 0, "values by path, put there when the object is created")

/* A field that is written as a mapping. */
#define PCD_FIELD_KEYS(X)                                                                                              \
	X(TYPE, "type", PC_OPT_STRING, NULL, "1", "120", 0,                                                            \
	  "such as f32, char[10], struct[4]; struct if there are fields")                                              \
	X(OFFSET, "offset", PC_OPT_INT, NULL, "0", "1099511627776", 0,                                                 \
	  "bytes from the start of the enclosing struct; default: behind the field before")                            \
	X(UNIT, "unit", PC_OPT_STRING, "", NULL, "200", 0, "such as degC")                                             \
	X(TITLE, "title", PC_OPT_STRING, "", NULL, "200", 0, "what a display calls it")                                \
	X(DOC, "doc", PC_OPT_STRING, "", NULL, "4000", 0, "a sentence for people")                                     \
	X(MIN, "min", PC_OPT_REAL, NULL, NULL, NULL, 0, "lowest expected value")                                       \
	X(MAX, "max", PC_OPT_REAL, NULL, NULL, NULL, 0, "highest expected value")                                      \
	X(LABELS, "labels", PCD_OPT_TREE, NULL, NULL, NULL, 0, "of an enum: {0: idle, 1: running} or [idle, running]") \
	X(STRIDE, "stride", PC_OPT_STRING, NULL, "1", "255", 0,                                                        \
	  "bytes from one element of an array to the next, or of a table the field that has them")                     \
	X(SCALE, "scale", PC_OPT_REAL, NULL, NULL, NULL, 0, "people see the number times this, in unit")               \
	X(BITS, "bits", PC_OPT_STRING, NULL, "1", "10", 0, "bits of the number that are meant: 3 or 0..3")             \
	X(FLAGS, "flags", PCD_OPT_TREE, NULL, NULL, NULL, 0, "names of bits: {0x1: abs, 0x2: tc} or [abs, tc]")        \
	X(ENCODING, "encoding", PC_OPT_ENUM, NULL,                                                                     \
	  "utf-8|latin1|cp1250|cp1251|cp1252|cp1253|cp1254|cp1255|cp1256|cp1257|cp1258", NULL, 0,                      \
	  "of char[N], default utf-8; makes a text of u8[N]")                                                          \
	X(FORMAT, "format", PC_OPT_STRING, NULL, "1", "20", 0, "what a text is: json, xml, yaml")                      \
	X(OVERLAY, "overlay", PC_OPT_STRING, NULL, "1", "63", 0, "field whose bytes this one shares on purpose")       \
	X(AT, "at", PC_OPT_STRING, NULL, "1", "255", 0, "it lies where this field says, from the start of the map")    \
	X(NEWEST, "newest", PC_OPT_STRING, NULL, "1", "255", 0,                                                        \
	  "at is that of the array's element in which this is largest")                                                \
	X(COUNT, "count", PC_OPT_STRING, NULL, "1", "255", 0, "field that says how many elements are in use")          \
	X(LENGTH, "length", PC_OPT_STRING, NULL, "1", "255", 0, "field that says how much of a text or u8[N] is in use") \
	X(WHEN, "when", PC_OPT_STRING, NULL, "1", "1000", 0, "it is there if FIELD=VALUE,... or FIELD!=VALUE,...")     \
	X(COLUMNS, "columns", PCD_OPT_TREE, NULL, NULL, NULL, 0,                                                       \
	  "table that describes these bytes: {table: var, name: name, type: type, offset: offset}")                    \
	X(CODES, "codes", PCD_OPT_TREE, NULL, NULL, NULL, 0, "what the numbers of the type column mean: {4: f32}")     \
	X(ROLE, "role", PC_OPT_ENUM, NULL, "tick|seq_begin|seq_end|seq_odd|busy|timestamp|used_bytes", NULL, 0,        \
	  "what it says about the map itself")                                                                         \
	X(SIGNATURE, "signature", PC_OPT_STRING, NULL, NULL, "4000", 0, "value that is there while the map is served") \
	X(DEAD_VALUE, "dead_value", PC_OPT_STRING, NULL, NULL, "4000", 0, "value that says that nobody writes any more") \
	X(GAPS, "gaps", PC_OPT_ENUM, NULL, "yes|no", NULL, 0, "of a struct: no = every byte belongs to a field")       \
	X(PACKING, "packing", PC_OPT_ENUM, NULL, "natural|packed|1|2|4|8", NULL, 0, "of a struct; default: inherited") \
	X(SIZE, "size", PC_OPT_SIZE, NULL, "1", "1TiB", 0, "of a struct, if it is larger than its fields")             \
	X(ALIGN, "align", PC_OPT_INT, NULL, "1", "4096", 0, "of a struct, a power of two")                             \
	X(FIELDS, "fields", PCD_OPT_TREE, NULL, NULL, NULL, 0, "of a struct: its fields, by name")

/* A named type with keys of its own, and a layout file. */
#define PCD_BLOCK_KEYS(X)                                                                                              \
	X(PACKING, "packing", PC_OPT_ENUM, NULL, "natural|packed|1|2|4|8", NULL, 0,                                    \
	  "alignment of fields: as a C compiler (default), or capped as by #pragma pack")                              \
	X(SIZE, "size", PC_OPT_SIZE, NULL, "1", "1TiB", 0, "if it is larger than the fields")                          \
	X(ALIGN, "align", PC_OPT_INT, NULL, "1", "4096", 0, "alignment of the whole, a power of two")                  \
	X(GAPS, "gaps", PC_OPT_ENUM, NULL, "yes|no", NULL, 0, "no: every byte belongs to a field")
#define PCD_TYPE_KEYS(X)                                                                                               \
	PCD_BLOCK_KEYS(X)                                                                                              \
	X(FIELDS, "fields", PCD_OPT_TREE, NULL, NULL, NULL, 0, "the fields, by name")
#define PCD_LAYOUT_FILE_KEYS(X)                                                                                        \
	X(LAYOUT, "layout", PCD_OPT_TREE, NULL, NULL, NULL, 0, "the fields, by name")                                  \
	X(TYPES, "types", PCD_OPT_TREE, NULL, NULL, NULL, 0, "named types for it: NAME: {FIELD: TYPE}")                \
	X(INCLUDE, "include", PC_OPT_LIST, NULL, NULL, NULL, 0, "more layout files, for their types")                  \
	PCD_BLOCK_KEYS(X)                                                                                              \
	X(NAME, "name", PC_OPT_STRING, "", NULL, "63", 0, "what generated code calls the whole")                       \
	X(DOC, "doc", PC_OPT_STRING, "", NULL, "4000", 0, "what the map is")                                           \
	X(SOURCE, "source", PC_OPT_STRING, "", NULL, "4000", 0, "where the facts come from")

/* Keys of every plugin block; the rest belongs to the plugin's own table. */
#define PCD_PLUGIN_KEYS(X)                                                                                             \
	X(PLUGIN, "plugin", PC_OPT_STRING, NULL, "1", "63", 0, "file name without suffix; default: the block's key")   \
	X(REQUIRED, "required", PC_OPT_BOOL, "false", NULL, NULL, 0, "its failure stops the daemon")

#define PCD_TABLES(T)                            \
	T(TOP, top, PCD_TOP_KEYS)                \
	T(INCLUDED, included, PCD_INCLUDED_KEYS) \
	T(LOG, log, PCD_LOG_KEYS)                \
	T(REGION, region, PCD_REGION_KEYS)       \
	T(FIELD, field, PCD_FIELD_KEYS)          \
	T(TYPE, type, PCD_TYPE_KEYS)             \
	T(LAYOUT_FILE, layout_file, PCD_LAYOUT_FILE_KEYS) \
	T(PLUGIN, plugin, PCD_PLUGIN_KEYS)

/* PCD_TOP_HEARTBEAT, PCD_REGION_HEARTBEAT, ..., PCD_TOP_KEY_COUNT: indices into the tables and their values. */
#define PCD_TOP_X(id, ...)      PCD_TOP_##id,
#define PCD_INCLUDED_X(id, ...) PCD_INCLUDED_##id,
#define PCD_LOG_X(id, ...)      PCD_LOG_##id,
#define PCD_REGION_X(id, ...)   PCD_REGION_##id,
#define PCD_FIELD_X(id, ...)    PCD_FIELD_##id,
#define PCD_PLUGIN_X(id, ...)   PCD_PLUGIN_##id,
#define PCD_TYPE_X(id, ...)     PCD_TYPE_##id,
#define PCD_LAYOUT_FILE_X(id, ...) PCD_LAYOUT_FILE_##id,
#define PCD_T(upper, lower, KEYS)                                   \
	enum { KEYS(PCD_##upper##_X) PCD_##upper##_KEY_COUNT };     \
	extern const struct pc_option pcd_##lower##_keys[PCD_##upper##_KEY_COUNT + 1];
PCD_TABLES(PCD_T)
#undef PCD_T

/* clang-format on */

#endif
