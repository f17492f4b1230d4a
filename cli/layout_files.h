/* layout_files.h - the layouts of a file, as the daemon reads it. */
#ifndef PC_CLI_LAYOUT_FILES_H
#define PC_CLI_LAYOUT_FILES_H
#include "cli.h"
#include "layout/block.h"

/** One of them; texts are "" if not given. */
typedef struct cli_layout {
	const char *kind;   /* "layout", "region", "type" */
	const char *name;   /* of the region or type; what a layout file says of itself */
	const char *object; /* of a region: the shared-memory object */
	const char *doc, *source;
	pc_layout *layout;
} cli_layout;

/** Zero to start. */
typedef struct cli_layouts {
	cli_layout *items;
	uint32_t count;
	char *text; /* owns what the items borrow */
} cli_layouts;

/** Let the daemon read it. @return CLI_OK, or an exit code with the reason on stderr */
int cli_layouts_load(const char *path, cli_layouts *ret);
void cli_layouts_free(cli_layouts *layouts);

/** A struct of one of them. */
typedef struct cli_layout_part {
	const cli_layout *of;
	ly_block block; /* its name is what code may call it, never "" */
	char name[64];
} cli_layout_part;
/**
 * The struct that a person means: by the name of a region or type, by a path in the only layout, or without a name the only one.
 * @param name  NULL if none was given
 * @param path  of the file, for a name where nothing has one
 * @return CLI_OK; CLI_FAILED with the reason on stderr
 */
int cli_layouts_choose(const cli_layouts *layouts, const char *name, const char *path, cli_layout_part *ret);

/** All of a file, malloc'ed, at most 16 MiB. @return CLI_OK, or CLI_FAILED with the reason on stderr */
int cli_file_read(const char *path, char **ret_text, size_t *ret_bytes);
/** Likewise with a limit of the caller's. */
int cli_file_read_most(const char *path, size_t most_bytes, char **ret_text, size_t *ret_bytes);

#endif
