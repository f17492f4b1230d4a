/* describe.h - `pagecastd --layouts FILE`. */
#ifndef PCD_DESCRIBE_H
#define PCD_DESCRIBE_H
#include "app.h"

/** Every layout of a configuration or a layout file as canonical text, behind "# KIND NAME"; errors on stderr. @return enum pcd_exit */
int pcd_describe_layouts(const char *path);

#endif
