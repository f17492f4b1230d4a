/* config/keys.c - the tables of keys.h. */
#include "config/keys.h"

#define PCD_X(id, key, type, def, min, max, flags, doc) {key, def, min, max, NULL, doc, type, flags},
#define PCD_T(upper, lower, KEYS) \
	const struct pc_option pcd_##lower##_keys[PCD_##upper##_KEY_COUNT + 1] = {KEYS(PCD_X){0}};
PCD_TABLES(PCD_T)
