/* config/value.h - one value of an option table: text to number, range, default. */
#ifndef PCD_VALUE_H
#define PCD_VALUE_H
#include "config/node.h"
#include "descriptor/option.h"

/* Types beyond those of plugin.h, for the daemon's own tables. */
enum {
	PCD_OPT_TREE = 64 /* a list or map with a schema of its own, taken as it is */
};

struct pcd_value {
	const struct pcd_node *node; /* where it was given; NULL: default or unset */
	bool is_set;                 /* given or with a default */
	int64_t i;                   /* INT BOOL SIZE, DURATION in ns, ENUM: index of the word */
	double r;                    /* REAL */
	const char *text;            /* every type but LIST and TREE */
	const char **list;           /* LIST, NULL-ended */
	uint32_t list_count;
};

/**
 * Read one scalar.
 * @param ret  number and text are set; text is borrowed
 * @return false: it is not what pc_option_expected() says
 */
bool pcd_value_parse(const struct pc_option *option, const char *text, struct pcd_value *ret);
/** Read a node of any type but TREE; reports what is wrong and returns false. */
bool pcd_value_read(struct pcd_sink *sink, const struct pc_option *option, const struct pcd_node *node,
                    struct pcd_value *ret);
/** The default of an option; unset if it has none. False: the table itself is wrong. */
bool pcd_value_default(struct pcd_sink *sink, const struct pc_option *option, struct pcd_value *ret);

#endif
