/* resolve.c - from what a person types to an open region, or to advice. See catalogue.h. */
#include "catalogue.h"
#include "os.h"

#include <stdio.h>
#include <string.h>

#define RETRY_MS 20

/* "INSTANCE:KEY" in its parts. */
struct meaning {
	const char *instance; /* NULL: any */
	size_t instance_bytes;
	const char *key;
};

static struct meaning parse(const char *name)
{
	const char *colon = strchr(name, ':');
	if (!colon) return (struct meaning){NULL, 0, name};
	return (struct meaning){name, (size_t)(colon - name), colon + 1};
}

static bool is_meant(const cli_region *r, const struct meaning *m)
{
	if (!r->daemon || strcmp(r->key, m->key) != 0) return false;
	const char *instance = r->daemon->head.instance;
	return !m->instance ||
	       (strlen(instance) == m->instance_bytes && !memcmp(instance, m->instance, m->instance_bytes));
}

static uint32_t count_meant(const cli_catalogue *c, const struct meaning *m, char ret_object[PC_NAME_BYTES])
{
	const cli_region *found = NULL;
	uint32_t count = 0;
	for (uint32_t i = 0; i < c->region_count; i++) {
		if (!is_meant(&c->regions[i], m) || (found && !strcmp(found->object, c->regions[i].object))) continue;
		found = &c->regions[i];
		count++;
	}
	if (found) memcpy(ret_object, found->object, PC_NAME_BYTES);
	return count;
}

/* Local\X is an object for certain; what no daemon knows may be one. */
static bool is_object_name(const char *name)
{
	return !strncmp(name, "Local\\", 6) || !strncmp(name, "Global\\", 7);
}

uint32_t cli_meant(const cli_args *args, const char *name, char ret_object[PC_NAME_BYTES])
{
	struct meaning m = parse(name);
	cli_catalogue c = {0};
	uint32_t count = 0;
	(void)snprintf(ret_object, PC_NAME_BYTES, "%s", name);
	if (!is_object_name(name) && cli_catalogue_load(&c, args, NULL) == PC_OK)
		count = count_meant(&c, &m, ret_object);
	cli_catalogue_free(&c);
	return count;
}

static int ambiguous(const cli_args *args, const char *name)
{
	struct meaning m = parse(name);
	cli_catalogue c = {0};
	cli_error("more than one daemon has a region '%s'; say which:", m.key);
	if (cli_catalogue_load(&c, args, NULL) == PC_OK)
		for (uint32_t i = 0; i < c.region_count; i++)
			if (is_meant(&c.regions[i], &m))
				cli_hint("    %s:%s", c.regions[i].daemon->head.instance, m.key);
	cli_catalogue_free(&c);
	return CLI_FAILED;
}

int cli_resolve(const cli_args *args, const char *name, char ret_object[PC_NAME_BYTES])
{
	struct meaning m = parse(name);
	uint32_t count = cli_meant(args, name, ret_object);
	if (count > 1) return ambiguous(args, name);
	if (count == 1 || is_object_name(name)) return CLI_OK;
	if (m.instance) {
		cli_error("there is no daemon '%.*s' with a region '%s'", (int)m.instance_bytes, m.instance, m.key);
		return CLI_FAILED;
	}
	if (strlen(name) < PC_NAME_BYTES) return CLI_OK;
	cli_error("'%s' is too long for the name of a region", name);
	return CLI_FAILED;
}

static void offer_names(const cli_args *args, const char *name)
{
	cli_catalogue c = {0};
	cli_near near;
	cli_near_start(&near, name);
	if (cli_catalogue_load(&c, args, NULL) == PC_OK)
		for (uint32_t i = 0; i < c.region_count; i++) cli_near_add(&near, c.regions[i].key);
	cli_near_print(&near);
	if (!near.name[0][0]) cli_hint("'pagecast list' shows what there is");
	cli_catalogue_free(&c);
}

int cli_open_failed(const cli_args *args, const char *name, pc_status status, const pc_err *err)
{
	const char *reason = err->text[0] ? err->text : pc_status_text(status);
	if (status == PC_EABSENT) {
		cli_error("there is no region '%s'", name);
		offer_names(args, name);
		return CLI_FAILED;
	}
	cli_error("%s", reason);
	if (status == PC_ENOTREADY) cli_hint("it may be there in a moment: pagecast wait %s --for exists", name);
	if (status == PC_EUNTRUSTED && !args->trust.flags)
		cli_hint("--trust USER or --any-owner reads it all the same; PAGECAST_TRUST=USER does for every "
		         "command");
	if (status == PC_ECORRUPT || status == PC_EVERSION) cli_hint("to look at it: pagecast dump %s", name);
	return cli_exit_of(status);
}

int cli_open(const cli_args *args, const char *name, pc_reader **ret_reader)
{
	char object[PC_NAME_BYTES];
	pc_err err = {""};
	int result = cli_resolve(args, name, object);
	if (result) return result;
	pc_status s = pc_reader_open(object, &args->trust, ret_reader, &err);
	return s == PC_OK ? CLI_OK : cli_open_failed(args, name, s, &err);
}

int cli_open_wait(const cli_args *args, const char *name, uint64_t deadline_ns, pc_reader **ret_reader)
{
	for (;;) {
		char object[PC_NAME_BYTES];
		pc_err err = {""};
		/* anew each time: the daemon that knows the key may be what is being waited for */
		if (cli_meant(args, name, object) > 1) return ambiguous(args, name);
		pc_status s = pc_reader_open(object, &args->trust, ret_reader, &err);
		if (s == PC_OK) return CLI_OK;
		/* "INSTANCE:KEY" of a daemon that is not there yet is no name of an object */
		bool may_come = s == PC_EABSENT || s == PC_ENOTREADY || (s == PC_EINVAL && strchr(name, ':'));
		if (!may_come) return cli_open_failed(args, name, s, &err);
		if (deadline_ns && cli_os_mono_ns() >= deadline_ns) {
			cli_error("timed out: there is no region '%s'", name);
			return CLI_TIMED_OUT;
		}
		cli_os_sleep_ms(RETRY_MS);
	}
}
