/* layout_show.h - a layout for people and as JSON. */
#ifndef PC_CLI_LAYOUT_SHOW_H
#define PC_CLI_LAYOUT_SHOW_H
#include "cli.h"
#include "layout/block.h"

/** A table: offset, size, type, name, and what else is known. @return as cli_put_buf() */
bool cli_show_layout(const ly_block *block, bool color);
/** All of it. @return as cli_put_buf() */
bool cli_layout_json(const ly_block *block);

/** Look at a map for a while and print what it may be. @return exit code */
int cli_layout_guess(const cli_args *args, const char *name, uint64_t time_ns, bool is_json);

#endif
