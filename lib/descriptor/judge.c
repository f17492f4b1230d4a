/* descriptor/judge.c - see judge.h. */
#include "descriptor/judge.h"

#include <stdio.h>
#include <string.h>

#define DESCRIPTOR_MAX     65536u /* a struct_size beyond it is no size */
#define DESCRIPTOR_V1_0    (offsetof(struct pc_plugin, destroy) + sizeof(((struct pc_plugin *)0)->destroy))
#define KNOWN_OPTION_FLAGS (PC_OPT_REQUIRED | PC_OPT_RELOAD | PC_OPT_SECRET | PC_OPT_FILE)

static int is_word(const char *text, size_t bytes_max)
{
	size_t i = 0;
	for (; text[i]; i++) {
		char c = text[i];
		int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		if (i >= bytes_max || !(letter || (i && ((c >= '0' && c <= '9') || c == '-')))) return 0;
	}
	return i > 0;
}

/* The three words that stand first for ever. */
pc_status pc_descriptor_judge_head(const struct pc_plugin *d, char why[PC_WHY_BYTES])
{
	unsigned major = d->abi >> 16, minor = d->abi & 0xffff;
	if (d->magic != PC_PLUGIN_MAGIC) {
		(void)snprintf(why, PC_WHY_BYTES, "not a pagecast plugin: its magic is 0x%08X, not 0x%08X", d->magic,
		               PC_PLUGIN_MAGIC);
		return PC_EINVAL;
	}
	if (major != PC_ABI_MAJOR) {
		(void)snprintf(why, PC_WHY_BYTES,
		               "built for plugin ABI %u.%u, this daemon has %u.%u: rebuild the plugin", major, minor,
		               PC_ABI_MAJOR, PC_ABI_MINOR);
		return PC_EVERSION;
	}
	if (minor > PC_ABI_MINOR) {
		(void)snprintf(why, PC_WHY_BYTES, "needs plugin ABI %u.%u, this daemon has %u.%u: update pagecast",
		               major, minor, PC_ABI_MAJOR, PC_ABI_MINOR);
		return PC_EVERSION;
	}
	if (d->struct_size < DESCRIPTOR_V1_0 || d->struct_size > DESCRIPTOR_MAX) {
		(void)snprintf(why, PC_WHY_BYTES, "broken descriptor: its struct_size is %u, ABI %u.%u has at least %u",
		               d->struct_size, major, minor, (unsigned)DESCRIPTOR_V1_0);
		return PC_EINVAL;
	}
	return PC_OK;
}

static pc_status missing(char *why, const char *field)
{
	(void)snprintf(why, PC_WHY_BYTES, "broken descriptor: `%s` is missing", field);
	return PC_EINVAL;
}

static pc_status judge_fields(const struct pc_plugin *d, char *why)
{
	if (d->flags) {
		(void)snprintf(why, PC_WHY_BYTES, "broken descriptor: `flags` is 0x%X, not 0", d->flags);
		return PC_EINVAL;
	}
	if (!d->id) return missing(why, "id");
	if (!d->version || !d->version[0]) return missing(why, "version");
	if (!d->license || !d->license[0]) return missing(why, "license");
	if (!d->summary || !d->summary[0]) return missing(why, "summary");
	if (!d->create) return missing(why, "create");
	if (!d->destroy) return missing(why, "destroy");
	if (!is_word(d->id, 31)) {
		(void)snprintf(why, PC_WHY_BYTES,
		               "broken descriptor: `id` is not a word of letters, digits, '_' and '-'");
		return PC_EINVAL;
	}
	return PC_OK;
}

/* What is wrong with one row, or NULL. Whether its default fits its type is the config room's knowledge. */
static const char *judge_option(const struct pc_option *table, uint32_t row)
{
	const struct pc_option *o = table + row;
	if (!is_word(o->key, 63)) return "the key is not a word";
	if (!strcmp(o->key, "plugin") || !strcmp(o->key, "required")) return "the key is the daemon's own";
	if (o->type > PC_OPT_ENUM) return "unknown type";
	if (o->flags & ~(unsigned)KNOWN_OPTION_FLAGS) return "unknown flags";
	if (o->flags & PC_OPT_REQUIRED && o->def) return "required, and yet has a default";
	if (o->type == PC_OPT_ENUM && (!o->min || !o->min[0])) return "an enum without words";
	for (uint32_t i = 0; i < row; i++)
		if (!strcmp(table[i].key, o->key)) return "the key stands there twice";
	return NULL;
}

static pc_status judge_options(const struct pc_option *table, char *why)
{
	if (!table) return PC_OK;
	for (uint32_t i = 0; i < PC_OPTIONS_MAX; i++) {
		const char *wrong;
		if (!table[i].key) return PC_OK;
		wrong = judge_option(table, i);
		if (!wrong) continue;
		(void)snprintf(why, PC_WHY_BYTES, "broken option table: row %u ('%.63s'): %s", i, table[i].key, wrong);
		return PC_EINVAL;
	}
	(void)snprintf(why, PC_WHY_BYTES, "broken option table: no end within %u rows", PC_OPTIONS_MAX);
	return PC_EINVAL;
}

pc_status pc_descriptor_judge(const struct pc_plugin *descriptor, char why[PC_WHY_BYTES])
{
	pc_status s = pc_descriptor_judge_head(descriptor, why);
	if (s == PC_OK) s = judge_fields(descriptor, why);
	if (s == PC_OK) s = judge_options(descriptor->options, why);
	return s;
}
