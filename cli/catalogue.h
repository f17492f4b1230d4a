/* catalogue.h - which regions there are: what the daemons list in their directories, and what stands alone. */
#ifndef PC_CLI_CATALOGUE_H
#define PC_CLI_CATALOGUE_H
#include "cli.h"

#include <pagecast/reader.h>

/** A daemon as its directory region shows it: a copy, checked, all texts ended by NUL. */
typedef struct cli_daemon {
	char region[PC_NAME_BYTES]; /* name of the directory region */
	pc_reader *reader;          /* of that region */
	pc_directory head;
	pc_directory_entry *entries;
	uint32_t entry_count;
} cli_daemon;

/** One region. Exactly one of entry and standalone holds. */
typedef struct cli_region {
	char key[PC_NAME_BYTES];    /* how people call it */
	char object[PC_NAME_BYTES]; /* name of its object, as configured */
	const cli_daemon *daemon;   /* NULL: stands alone */
	const pc_directory_entry *entry;
} cli_region;

/** Zero to start. */
typedef struct cli_catalogue {
	cli_daemon *daemons;
	uint32_t daemon_count;
	cli_region *regions; /* daemon by daemon, each by name; then those that stand alone */
	uint32_t region_count;
	char **objects; /* names of all regions that have a control object */
	uint32_t object_count;
	uint32_t
	        untrusted_count; /* daemons that are here, of users that we do not believe: not among the daemons above */
	pc_err untrusted;        /* the first of them, and why */
} cli_catalogue;

/** @return PC_OK; PC_ENOMEM; PC_EPERM, PC_EABSENT, PC_EIO the folder of the objects cannot be read */
pc_status cli_catalogue_load(cli_catalogue *c, const cli_args *args, pc_err *err);
void cli_catalogue_free(cli_catalogue *c);

/**
 * The object that a person means: `KEY` of any daemon, `INSTANCE:KEY`, `Local\OBJECT`, or the name of an object.
 * A name that nothing is known of is taken for an object's. @return CLI_OK, or an exit code with the reason on stderr
 */
int cli_resolve(const cli_args *args, const char *name, char ret_object[PC_NAME_BYTES]);
/** The same without a word. @return how many different objects are meant: 0 nothing is known of the name, 1 with it in ret_object */
uint32_t cli_meant(const cli_args *args, const char *name, char ret_object[PC_NAME_BYTES]);
/** Say why a region could not be opened, with what may help. @return the exit code */
int cli_open_failed(const cli_args *args, const char *name, pc_status status, const pc_err *err);
/** Resolve and open. @return CLI_OK, or an exit code with the reason on stderr */
int cli_open(const cli_args *args, const char *name, pc_reader **ret_reader);
/** cli_open(), again and again until the region is there. @param deadline_ns of cli_os_mono_ns(), 0 = never. @return also CLI_TIMED_OUT */
int cli_open_wait(const cli_args *args, const char *name, uint64_t deadline_ns, pc_reader **ret_reader);

#endif
