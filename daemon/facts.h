/* daemon/facts.h - what a configuration wants of the machine, for `pagecast doctor`. */
#ifndef PCD_FACTS_H
#define PCD_FACTS_H
#include "app.h"

/**
 * Print, fields separated by tabs, control characters as blanks:
 *     instance  NAME
 *     region    KEY  OBJECT  plugin|external|legacy|adopted  BYTES-OF-SHARED-MEMORY  PATH
 *     plugin    INSTANCE  FILE  ok|refused  WHY
 * Touches nothing. Errors go to stderr. @return enum pcd_exit: PCD_EXIT_USAGE if the configuration is wrong, plugins apart
 */
int pcd_facts_print(const pcd_app_options *options);

#endif
