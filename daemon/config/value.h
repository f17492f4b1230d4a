/* config/value.h - one value of an option table: text to number, range, default. */
#ifndef PCD_VALUE_H
#define PCD_VALUE_H
#include "config/node.h"

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

/** What a value of this option must be: "a duration such as 100ms, 1ms..1m". */
struct pcd_expected {
	char text[200];
};
struct pcd_expected pcd_value_expected(const struct pc_option *option);

/**
 * Read one scalar.
 * @param ret  number and text are set; text is borrowed
 * @return false: it is not what pcd_value_expected() says
 */
bool pcd_value_parse(const struct pc_option *option, const char *text, struct pcd_value *ret);
/** Read a node of any type but TREE; reports what is wrong and returns false. */
bool pcd_value_read(struct pcd_sink *sink, const struct pc_option *option, const struct pcd_node *node,
                    struct pcd_value *ret);
/** The default of an option; unset if it has none. False: the table itself is wrong. */
bool pcd_value_default(struct pcd_sink *sink, const struct pc_option *option, struct pcd_value *ret);
/** 1ms 250us 1.5s 2m 1h, 0. False: not a duration, negative or beyond 2^63 ns. */
bool pcd_value_parse_duration(const char *text, int64_t *ret_ns);
/** 4096 64KiB 1MiB 2GiB 1TiB. False: not a size, or beyond 2^63. */
bool pcd_value_parse_size(const char *text, int64_t *ret_bytes);
/** Words of an ENUM's `min`: copies word @p i to @p word, NUL-ended; false past the end. */
bool pcd_value_word(const struct pc_option *option, uint32_t i, char word[64]);

#endif
