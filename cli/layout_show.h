/* layout_show.h - a layout for people and as JSON. */
#ifndef PC_CLI_LAYOUT_SHOW_H
#define PC_CLI_LAYOUT_SHOW_H
#include "layout/block.h"

/** A table: offset, size, type, name, and what else is known. @return as cli_put_buf() */
bool cli_show_layout(const ly_block *block, bool color);
/** All of it. @return as cli_put_buf() */
bool cli_layout_json(const ly_block *block);

#endif
