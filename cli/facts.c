/* facts.c - see facts.h. */
#include "facts.h"

#include <string.h>

bool cli_facts_read(cli_facts *facts, const cli_args *args, const cli_daemon *daemon, const char *suffix)
{
	char name[PC_NAME_BYTES + 16];
	(void)snprintf(name, sizeof name, "%s%s", daemon->region, suffix);
	if (pc_reader_open(name, &args->trust, &facts->reader, NULL) != PC_OK) return false;
	return cli_view_take(&facts->view, facts->reader, NULL) == PC_OK && facts->view.payload.layout;
}

void cli_facts_free(cli_facts *facts)
{
	cli_view_free(&facts->view);
	pc_reader_close(&facts->reader);
}

/* One single value. */
static bool find(const cli_facts *facts, const char *path, cli_part *ret)
{
	const cli_payload *p = &facts->view.payload;
	ret->path = path;
	return p->layout && pc_payload_find(p->layout, p->bytes, p->count, path, &ret->at, NULL) == PC_OK &&
	       !cli_part_is_nested(ret) && ret->at.dims_given == cli_part_field(ret)->dim_count;
}

uint64_t cli_fact(const cli_facts *facts, const char *path, uint64_t missing)
{
	cli_part part;
	pc_value v;
	if (!find(facts, path, &part) ||
	    pc_value_get(cli_part_field(&part), cli_part_element(&part, 0), NULL, 0, &v) != PC_OK)
		return missing;
	switch (v.kind) {
	case PC_VALUE_UINT: return v.as.u;
	case PC_VALUE_INT:
	case PC_VALUE_BOOL: return v.as.i < 0 ? missing : (uint64_t)v.as.i;
	case PC_VALUE_REAL: return v.as.r >= 0 && v.as.r < 1e18 ? (uint64_t)v.as.r : missing;
	default: return missing;
	}
}

void cli_fact_text(pc_strbuf *b, const cli_facts *facts, const char *path)
{
	cli_part part;
	if (find(facts, path, &part)) cli_value_text(b, &part, 0, CLI_STORED);
}

void cli_fact_json(cli_json *j, const cli_facts *facts, const char *path)
{
	cli_part part;
	if (find(facts, path, &part))
		cli_part_json(j, &part);
	else
		cli_json_null(j);
}

static void no_daemon(const cli_catalogue *c)
{
	if (!c->untrusted_count) {
		cli_error("no daemon runs here, and none has left anything");
		return;
	}
	cli_error("%s", c->untrusted.text);
	cli_hint(CLI_TRUST_HINT);
}

void cli_hint_untrusted(const cli_catalogue *c)
{
	if (!c->untrusted_count) return;
	cli_hint("%s", c->untrusted.text);
	cli_hint(CLI_TRUST_HINT);
}

const cli_daemon *cli_find_daemon(const cli_catalogue *c, const char *instance)
{
	cli_near near;
	if (!c->daemon_count) {
		no_daemon(c);
		return NULL;
	}
	if (!instance && c->daemon_count == 1) return &c->daemons[0];
	for (uint32_t i = 0; instance && i < c->daemon_count; i++)
		if (!strcmp(c->daemons[i].head.instance, instance)) return &c->daemons[i];
	if (instance) {
		cli_error("there is no daemon '%s'", instance);
		cli_near_start(&near, instance);
		for (uint32_t i = 0; i < c->daemon_count; i++) cli_near_add(&near, c->daemons[i].head.instance);
		cli_near_print(&near);
		cli_hint_untrusted(c);
		return NULL;
	}
	cli_error("there is more than one daemon; say which:");
	for (uint32_t i = 0; i < c->daemon_count; i++) cli_hint("    %s", c->daemons[i].head.instance);
	return NULL;
}
