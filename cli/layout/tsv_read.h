/* layout/tsv_read.h - a table of offsetof and sizeof (docs/layout-tool.md) becomes a layout. */
#ifndef LY_TSV_READ_H
#define LY_TSV_READ_H
#include <pagecast/layout.h>

/**
 * Read a table.
 * @param ret_layout  released with pc_layout_destroy()
 * @param ret_name    what its last row calls the whole, "" if it does not
 * @return PC_OK; PC_EINVAL with "LINE: what was expected" in err; PC_ENOMEM
 */
pc_status ly_tsv_read(const char *text, size_t bytes, pc_layout **ret_layout, char ret_name[64], pc_err *err);

#endif
