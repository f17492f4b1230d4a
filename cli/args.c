/* args.c - the command line of one command against its option list. See cli.h. */
#include "base/num.h"
#include "cli.h"
#include "os.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cli_option cli_global_options[CLI_GLOBALS + 1] = {
        [CLI_GLOBAL_TRUST] = {0, "trust", "USER,...", "also believe regions of these users, by name or number"},
        [CLI_GLOBAL_ANY_OWNER] = {0, "any-owner", NULL,
                                  "also believe regions that others than you and root own or may write"},
        [CLI_GLOBAL_COLOR] = {0, "color", "WHEN", "auto (on a terminal, unless NO_COLOR is set), always, never"},
        [CLI_GLOBAL_HELP] = {'h', "help", NULL, "what this command does"},
        [CLI_GLOBALS] = {0, NULL, NULL, NULL}};

/* Where the values of both lists are collected while reading. */
struct found {
	const cli_option *option;
	const char **value;
};

struct reading {
	const cli_command *command;
	cli_args *args;
	const char *global[CLI_GLOBALS];
};

static struct found find_in(const cli_option *list, const char **values, char letter, const char *name, size_t bytes)
{
	for (size_t i = 0; list && list[i].name; i++)
		if (letter ? list[i].letter == letter
		           : strlen(list[i].name) == bytes && !memcmp(list[i].name, name, bytes))
			return (struct found){&list[i], &values[i]};
	return (struct found){NULL, NULL};
}

static struct found find(struct reading *r, char letter, const char *name, size_t bytes)
{
	struct found f = find_in(r->command->options, r->args->value, letter, name, bytes);
	return f.option ? f : find_in(cli_global_options, r->global, letter, name, bytes);
}

static int unknown_option(const struct reading *r, const char *word, size_t bytes)
{
	cli_near near;
	char name[64];
	(void)snprintf(name, sizeof name, "%.*s", (int)(bytes > 60 ? 60 : bytes), word);
	cli_near_start(&near, name);
	for (const cli_option *o = r->command->options; o && o->name; o++) cli_near_add(&near, o->name);
	for (const cli_option *o = cli_global_options; o->name; o++) cli_near_add(&near, o->name);
	int result = cli_usage_error(r->command, "unknown option '--%s'", name);
	if (near.name[0][0]) cli_hint("did you mean '--%s'?", near.name[0]);
	return result;
}

/* "VALUE..." and not "USER,...", which is a list in one word. */
static bool is_repeatable(const cli_option *option)
{
	size_t bytes = strlen(option->value);
	return bytes > 3 && !strcmp(option->value + bytes - 3, "...") && option->value[bytes - 4] != ',';
}

static int take_value(struct reading *r, const struct found *f, const char *value)
{
	*f->value = value;
	if (!is_repeatable(f->option)) return CLI_OK;
	if (r->args->many_count == CLI_MANY_MAX)
		return cli_usage_error(r->command, "more than %d times '--%s'", CLI_MANY_MAX, f->option->name);
	r->args->many[r->args->many_count++] = value;
	return CLI_OK;
}

/* "--name", "--name=value" or "--name value"; *next is the following word, NULL if there is none. */
static int read_long(struct reading *r, const char *word, const char *next, int *ret_taken)
{
	const char *equals = strchr(word, '=');
	size_t bytes = equals ? (size_t)(equals - word) : strlen(word);
	struct found f = find(r, 0, word, bytes);
	*ret_taken = 1;
	if (!f.option) return unknown_option(r, word, bytes);
	if (!f.option->value) {
		if (equals) return cli_usage_error(r->command, "option '--%s' takes no value", f.option->name);
		*f.value = "";
		return CLI_OK;
	}
	if (!equals && !next)
		return cli_usage_error(r->command, "option '--%s' needs a value: %s", f.option->name, f.option->value);
	*ret_taken = equals ? 1 : 2;
	return take_value(r, &f, equals ? equals + 1 : next);
}

/* "-j", "-jr", "-n5" or "-n 5" */
static int read_short(struct reading *r, const char *letters, const char *next, int *ret_taken)
{
	*ret_taken = 1;
	for (; *letters; letters++) {
		struct found f = find(r, *letters, NULL, 0);
		if (!f.option) return cli_usage_error(r->command, "unknown option '-%c'", *letters);
		if (!f.option->value) {
			*f.value = "";
			continue;
		}
		if (!letters[1] && !next)
			return cli_usage_error(r->command, "option '-%c' needs a value: %s", *letters, f.option->value);
		*ret_taken = letters[1] ? 1 : 2;
		return take_value(r, &f, letters[1] ? letters + 1 : next);
	}
	return CLI_OK;
}

static int decide_color(const cli_command *command, const char *when, bool *ret_color)
{
	const char *no_color = getenv("NO_COLOR");
	*ret_color = cli_os_is_styled(stdout) && !(no_color && *no_color);
	if (!when || !strcmp(when, "auto")) return CLI_OK;
	*ret_color = !strcmp(when, "always");
	if (*ret_color || !strcmp(when, "never")) return CLI_OK;
	return cli_usage_error(command, "'%s' is not one of auto, always, never", when);
}

static int trust_users(const cli_command *command, const char *users, cli_args *args)
{
	for (const char *at = users; at && *at;) {
		size_t bytes = strcspn(at, ",");
		uint32_t *next = &args->trusted_uids[args->trust.trusted_uid_count];
		if (args->trust.trusted_uid_count == CLI_TRUSTED_MAX || !cli_os_user(at, bytes, next))
			return cli_usage_error(command, "'%.*s' is no user to trust", (int)bytes, at);
		args->trust.trusted_uid_count++;
		at += bytes + (at[bytes] == ',');
	}
	return CLI_OK;
}

/* Root and oneself are always trusted. */
static int read_trust(const struct reading *r, cli_args *args)
{
	args->trust.struct_size = sizeof args->trust;
	args->trust.trusted_uids = args->trusted_uids;
	args->trust.flags = r->global[CLI_GLOBAL_ANY_OWNER] ? PC_READER_TRUST_ANY : 0;
	int result = trust_users(r->command, getenv("PAGECAST_TRUST"), args);
	return result ? result : trust_users(r->command, r->global[CLI_GLOBAL_TRUST], args);
}

static int check_words(const cli_command *command, const cli_args *args)
{
	if (args->wants_help) return CLI_OK;
	if (args->word_count < command->least) return cli_usage_error(command, "something is missing");
	if (command->most >= 0 && args->word_count > command->most)
		return cli_usage_error(command, "do not know what to do with '%s'", args->words[command->most]);
	return CLI_OK;
}

int cli_args_read(const cli_command *command, int argc, char **argv, cli_args *ret_args)
{
	cli_args *args = ret_args;
	struct reading r = {.command = command, .args = args};
	bool only_words = false;
	memset(args, 0, sizeof *args);
	args->words = argv;
	for (int i = 0, taken = 1; i < argc; i += taken) {
		const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
		int result = CLI_OK;
		taken = 1;
		if (only_words || word[0] != '-' || !word[1])
			args->words[args->word_count++] =
			        argv[i]; /* moved to the front: never past what is still to be read */
		else if (!strcmp(word, "--"))
			only_words = true;
		else
			result = word[1] == '-' ? read_long(&r, word + 2, next, &taken)
			                        : read_short(&r, word + 1, next, &taken);
		if (result) return result;
	}
	args->wants_help = r.global[CLI_GLOBAL_HELP] != NULL;
	int result = read_trust(&r, args);
	if (!result) result = decide_color(command, r.global[CLI_GLOBAL_COLOR], &args->color);
	return result ? result : check_words(command, args);
}

/* ---- values -------------------------------------------------------------------------------------------- */

bool cli_parse_duration(const char *text, uint64_t *ret_ns)
{
	static const struct {
		const char *suffix;
		double ns;
	} units[] = {{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"", 1e9}};
	size_t bytes = strlen(text);
	double number;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		size_t tail = strlen(units[i].suffix);
		if (bytes <= tail || strcmp(text + bytes - tail, units[i].suffix) != 0) continue;
		if (pc_num_parse_f64(text, bytes - tail, &number) != PC_NUM_OK) continue;
		if (!isfinite(number) || number < 0 || number * units[i].ns > 9e18) return false;
		*ret_ns = (uint64_t)(number * units[i].ns);
		return true;
	}
	return false;
}

bool cli_parse_count(const char *text, uint64_t *ret)
{
	pc_int n;
	if (pc_num_parse_int(text, strlen(text), &n) != PC_NUM_OK || n.negative) return false;
	*ret = n.magnitude;
	return true;
}
