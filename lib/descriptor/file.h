/* descriptor/file.h - the descriptor of a plugin that is not loaded: no constructor, no DllMain, nothing of it runs. */
#ifndef PC_DESCRIPTOR_FILE_H
#define PC_DESCRIPTOR_FILE_H
#include <pagecast/plugin.h>
#include <pagecast/status.h>

/** Zero it to start. */
typedef struct pc_descriptor_file {
	/** As the plugin exports it, copied; its functions are not its functions: not NULL where it has one, never to be called. */
	struct pc_plugin api;
	const char *format, *machine; /* "ELF", "x86-64"; static */
	struct pc_option *options;    /* what api.options points to */
	char **texts;                 /* owns what it borrows */
	size_t text_count, text_room;
} pc_descriptor_file;

/**
 * Read it out of a file's bytes, and judge it as the daemon does.
 * @param ret  filled as far as it is sound; released with pc_descriptor_file_free() in any case
 * @return as pc_descriptor_judge(), err saying why; PC_EABSENT it exports no `pagecast_plugin`; PC_EUNSUPPORTED another word size or
 *         machine; PC_ECORRUPT the file is damaged; PC_ENOMEM. [any thread]
 */
pc_status pc_descriptor_read(const unsigned char *file, size_t bytes, pc_descriptor_file *ret, pc_err *err);
/** Accepts a zeroed one. */
void pc_descriptor_file_free(pc_descriptor_file *file);

#endif
