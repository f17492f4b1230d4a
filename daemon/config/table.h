/* config/table.h - a map checked against an option table: unknown keys, missing keys, values. */
#ifndef PCD_TABLE_H
#define PCD_TABLE_H
#include "config/value.h"

/** How to read one map. */
struct pcd_table {
	const struct pc_option *options; /* ends at key == NULL */
	const struct pc_option *others;  /* keys that the same map has for somebody else, or NULL */
	const char *what;                /* of what the map is, for messages: "region fork_server" */
};

/**
 * Read @p map into values, one per option; reports everything that is wrong. A value that is wrong or missing is
 * left with its default, if it has one.
 * @param map     a map, null (no keys given), or something that is reported to be neither
 * @param values  as many as there are options
 * @return true if nothing was wrong
 */
bool pcd_table_read(struct pcd_sink *sink, const struct pcd_table *table, const struct pcd_node *map,
                    struct pcd_value *values);
/** Options in a table. */
uint32_t pcd_table_count(const struct pc_option *options);

#endif
