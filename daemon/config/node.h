/* config/node.h - a YAML file as a tree that remembers where everything stood.
 *
 * Built from libyaml's events and not from its document API: that one resolves aliases silently, and a config file
 * that says what it means has none. Depth is limited while parsing. */
#ifndef PCD_NODE_H
#define PCD_NODE_H
#include "config/config.h"

#include "base/arena.h"

enum pcd_node_kind {
	PCD_NODE_TEXT,
	PCD_NODE_LIST,
	PCD_NODE_MAP,
	PCD_NODE_WRONG /* was reported already: say nothing more about it */
};

struct pcd_node {
	enum pcd_node_kind kind;
	bool is_plain;   /* TEXT without quotes */
	bool is_partial; /* MAP: an entry was left out, and reported */
	int text_shift; /* TEXT: columns from the mark to its first letter; -1: it is not in the file letter by letter */
	pcd_mark mark;
	const char *text; /* TEXT */
	const char *key;  /* entry of a map, else NULL */
	pcd_mark key_mark;
	struct pcd_node *first, *next; /* LIST, MAP: its entries */
	uint32_t count;
};

#define PCD_NODE_DEPTH_MAX 64u

/** Where a parse puts things. */
struct pcd_sink {
	pc_arena *arena;
	pcd_diags *diags;
	bool no_memory; /* an allocation failed: the result is not complete */
};

/**
 * Parse @p text, one YAML document.
 * @param file  its name for marks; must live as long as the tree
 * @return the root, or NULL: empty, or not YAML (then the diags say so). Further errors may be in the diags.
 */
struct pcd_node *pcd_node_parse(struct pcd_sink *sink, const char *file, const char *text, size_t bytes);
/** `key:` with nothing behind it, or ~ or null. */
bool pcd_node_is_null(const struct pcd_node *node);
/** "a list", "a mapping", "nothing", "'text'" (cut short); for messages. */
struct pcd_found {
	char text[80];
};
struct pcd_found pcd_node_found(const struct pcd_node *node);

/** Zeroed memory of the sink's arena or NULL, which is remembered. */
void *pcd_sink_alloc(struct pcd_sink *sink, size_t count, size_t item_bytes);
const char *pcd_sink_copy(struct pcd_sink *sink, const char *text);

/** Say that a file is read now: messages come in the order of files. */
void pcd_diags_file(pcd_diags *diags, const char *file);
/** Errors so far, also those that were too many to keep. */
uint32_t pcd_diags_total(const pcd_diags *diags);

#endif
