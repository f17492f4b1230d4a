/* plugin_template.h - the files of plugins/_template, inside the program: what `pagecast plugin new` writes. */
#ifndef PC_CLI_PLUGIN_TEMPLATE_H
#define PC_CLI_PLUGIN_TEMPLATE_H
#include <stddef.h>

/** The word that stands there, in texts and in names of files, for the plugin's name. */
#define CLI_TEMPLATE_WORD "my_plugin"

typedef struct cli_template_file {
	const char *name; /* NULL ends the table */
	const unsigned char *bytes;
	size_t count;
} cli_template_file;
extern const cli_template_file cli_template_files[];

#endif
