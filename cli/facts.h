/* facts.h - what a daemon says about itself in its regions `pagecast.<instance>.daemon` and `.plugins`, by field name.
 *
 * The layout of those regions is beside them and may grow: a field that is not there has the default.          */
#ifndef PC_CLI_FACTS_H
#define PC_CLI_FACTS_H
#include "catalogue.h"
#include "view.h"

/** One of those regions, read once. Zero to start. */
typedef struct cli_facts {
	pc_reader *reader;
	cli_view view;
} cli_facts;

/** @param suffix  ".daemon" or ".plugins". @return false if there is no such region, or it cannot be read */
bool cli_facts_read(cli_facts *facts, const cli_args *args, const cli_daemon *daemon, const char *suffix);
void cli_facts_free(cli_facts *facts);
/** Number at a path, rounded down; `missing` if there is none. */
uint64_t cli_fact(const cli_facts *facts, const char *path, uint64_t missing);
/** Text, label or number at a path, escaped; "" if there is none. */
void cli_fact_text(pc_strbuf *b, const cli_facts *facts, const char *path);
/** The same as JSON, null if there is none. */
void cli_fact_json(cli_json *j, const cli_facts *facts, const char *path);

/** The daemon that a person means: the one called so, or the only one. @return NULL, with the reason on stderr */
const cli_daemon *cli_find_daemon(const cli_catalogue *c, const char *instance);
/** After that somebody was not found: say, on stderr, if there are daemons of users who are not trusted. */
void cli_hint_untrusted(const cli_catalogue *c);

#endif
