/* daemon/own_conf.h - terms of a region that no configuration file holds: what a plugin declares, and our own. */
#ifndef PCD_OWN_CONF_H
#define PCD_OWN_CONF_H
#include "config/config.h"

typedef struct pcd_own_conf {
	pcd_region_conf conf; /* borrows from the rest */
	pc_layout *layout;
	char *strings;
} pcd_own_conf;

/** Copy terms with all they point to; initial values are not copied. NULL without memory. */
pcd_own_conf *pcd_own_conf_create(const pcd_region_conf *conf);
void pcd_own_conf_destroy(pcd_own_conf **own);
/** A second one of the same layout, NULL without memory. */
pc_layout *pcd_layout_copy(const pc_layout *layout);

#endif
