/* config/build.h - while a configuration is being put together: what its parts share. */
#ifndef PCD_BUILD_H
#define PCD_BUILD_H
#include "config/keys.h"
#include "config/table.h"

#include "base/name.h"

/** A configuration with what it owns; `config` comes first, so that one pointer is both. */
struct pcd_whole {
	pcd_config config;
	pc_arena arena;
	pc_layout **layouts; /* one per region, NULL where there is none */
	const struct pcd_types *types;
};

/** A named type, from `types:` of any file. */
struct pcd_type {
	const struct pcd_node *node;
	struct pcd_type *next;
	const void *written; /* by whom its definition was written last */
	bool open;           /* its definition is being looked at */
};
struct pcd_types {
	struct pcd_type *first, **end;
};
/** Add the entries of a `types:`; NULL adds none. */
void pcd_types_add(struct pcd_sink *sink, struct pcd_types *types, const struct pcd_node *map);
/** True if the key can name a type; else reports. */
bool pcd_type_name_is_free(struct pcd_sink *sink, const struct pcd_node *type);

/** An entry of `regions:` or `plugins:`, from whichever file. */
struct pcd_entry {
	const struct pcd_node *node;
	struct pcd_entry *next;
};
struct pcd_entries {
	struct pcd_entry *first, **end;
	uint32_t count;
};
struct pcd_gathered {
	struct pcd_value top[PCD_TOP_KEY_COUNT]; /* of the main file */
	struct pcd_entries regions, plugins;     /* of all files */
	struct pcd_types types;                  /* likewise */
	bool is_empty;                           /* there is no tree: reported */
};
/** Text of the main file where it was not read from disk. */
struct pcd_text {
	const char *text;
	size_t bytes;
};
/**
 * Read a configuration file and all it includes.
 * @param path       lives as long as the arena
 * @param main_text  what the file would say, or NULL: read it
 * @return PC_OK, also if something was reported; PC_EINVAL, PC_EABSENT, PC_EPERM, PC_EIO the main file cannot be
 *         read (reported); PC_ENOMEM
 */
pc_status pcd_gather(struct pcd_sink *sink, const char *path, const struct pcd_text *main_text,
                     struct pcd_gathered *ret);

struct pcd_build {
	struct pcd_sink sink;
	const struct pcd_types *types;
	struct pcd_whole *whole;
};

/** As pcd_config_load(), with the main file's text from memory. For tests and fuzzing. */
pc_status pcd_config_parse(const char *path, const char *text, size_t bytes, pcd_config **ret_config, pcd_diags *diags);

/**
 * Check one entry of `regions:`.
 * @param ret  filled as far as it is right
 * @param ret_layout  owned by the caller; NULL if there is none
 */
void pcd_region_build(struct pcd_build *b, const struct pcd_node *node, pcd_region_conf *ret, pc_layout **ret_layout);

/** Size, alignment and packing around the fields of a layout; node == NULL where it is not given. */
struct pcd_layout_frame {
	const struct pcd_value *size, *align, *packing;
	const char *what;             /* "region x" */
	const struct pcd_value *gaps; /* may be NULL */
};
/**
 * Turn `layout:` into a layout, through the one layout compiler; its messages are led back to the places in the YAML.
 * @return the layout, or NULL: reported
 */
pc_layout *pcd_layout_build(struct pcd_sink *sink, const struct pcd_node *fields, const struct pcd_layout_frame *frame,
                            const struct pcd_types *types);
/** The layout of a named type alone. @param packing  of the layout around it, may be NULL */
pc_layout *pcd_type_build(struct pcd_sink *sink, const struct pcd_type *type, const struct pcd_value *packing,
                          const struct pcd_types *types);

/** A layout file as a tree, with all types that it names. */
struct pcd_layout_tree {
	const struct pcd_node *root; /* NULL: reported */
	struct pcd_value values[PCD_LAYOUT_FILE_KEY_COUNT];
	struct pcd_types types;
	bool is_right; /* its own keys are */
};
/** Read one. @param mark who names it, may be NULL */
void pcd_layout_tree_read(struct pcd_sink *sink, const char *path, const pcd_mark *mark, struct pcd_layout_tree *ret);
/** The layout of its key `layout`, NULL: reported. */
pc_layout *pcd_layout_tree_build(struct pcd_sink *sink, const struct pcd_layout_tree *tree);
/** Both in one. */
pc_layout *pcd_layout_file(struct pcd_sink *sink, const char *path, const pcd_mark *mark);

/** Check `initial:` against a layout and flatten it into paths. */
void pcd_initial_build(struct pcd_sink *sink, const struct pcd_node *node, const pc_layout *layout,
                       pcd_region_conf *ret);

#endif
