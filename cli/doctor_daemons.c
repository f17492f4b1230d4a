/* doctor_daemons.c - what daemons and writers say of themselves, or fail to say. */
#include "doctor.h"
#include "facts.h"
#include "os.h"

#include <inttypes.h>
#include <string.h>

#define PLUGINS_MAX  256u
#define ENOUGH_FILES 10u /* tenths of the limit that may be in use: 9 of 10 */

/* ---- processes that stand still --------------------------------------------------------------------------------- */

static void put_state(pc_strbuf *text, pc_strbuf *mend, const pc_control *c, const char *resume)
{
	uint32_t pid = pc_load_relaxed_u32(&c->writer_pid);
	cli_process p;
	if (!cli_os_process_look(pid, c->writer_start, c->writer_pidns, &p)) {
		pc_strbuf_printf(mend, "(look at process %" PRIu32 ")", pid);
		return;
	}
	if (p.state == 'T' || p.state == 't') {
		pc_strbuf_puts(text, ": it was stopped by a signal");
		pc_strbuf_printf(mend, "kill -CONT %" PRIu32, pid);
	} else if (p.state == 'D') {
		pc_strbuf_puts(text, ": it waits for a disk or a device");
		pc_strbuf_printf(mend, "cat /proc/%" PRIu32 "/stack", pid);
	} else {
		pc_strbuf_printf(text, ": its thread is %s",
		                 p.state == 'R' ? "busy with something else" : "waiting for something");
		pc_strbuf_printf(mend, resume, pid);
	}
}

static void silent_daemon(cli_doctor *d, const cli_daemon *daemon)
{
	pc_strbuf text = {0}, mend = {0};
	pc_strbuf_printf(&text, "daemon '%s' (pid %" PRIu32 ") does not answer", daemon->head.instance,
	                 daemon->head.daemon_pid);
	put_state(&text, &mend, pc_reader_control(daemon->reader),
	          "gdb -p %" PRIu32 " -batch -ex 'thread apply all bt'");
	(void)cli_doctor_add(d, "daemon-silent", &text,
	                     "its regions are stale, plugins and viewers get nothing, a reload waits", &mend);
}

static void judge_writer(cli_doctor *d, const cli_row *row)
{
	const pc_control *c = row->reader ? pc_reader_control(row->reader) : NULL;
	bool is_dead = row->liveness == PC_DEAD;
	if (!c || (!is_dead && row->liveness != PC_STALE) || c->flags & (PC_REGION_ADOPTED | PC_REGION_SYSTEM)) return;
	pc_liveness daemon = row->region->daemon ? pc_reader_liveness(row->region->daemon->reader) : PC_ABSENT;
	cli_who who = cli_who_writes(c);
	if (row->region->daemon && daemon != PC_LIVE) return; /* said of the daemon as a whole */
	if (is_dead && !row->region->daemon) return;          /* said of its objects, if its owner is gone as well */
	pc_strbuf text = {0}, mend = {0};
	pc_strbuf_printf(&text, "region '%s': its writer %.*s (pid %" PRIu32 ") %s", row->region->key,
	                 (int)sizeof who.name, who.name, who.pid,
	                 is_dead ? "ended without closing it" : "stands still");
	if (is_dead)
		pc_strbuf_printf(&mend, "(start %.*s again: it goes on in place)", (int)sizeof who.name, who.name);
	else
		put_state(&text, &mend, c, "gdb -p %" PRIu32 " -batch -ex 'thread apply all bt'");
	(void)cli_doctor_add(d, is_dead ? "writer-dead" : "writer-hung", &text,
	                     "readers see old values, marked as such", &mend);
}

/* ---- what a daemon says of its plugins --------------------------------------------------------------------------- */

static void failed_plugin(cli_doctor *d, const cli_daemon *daemon, const cli_facts *facts, uint32_t i)
{
	char path[64];
	pc_strbuf state = {0}, text = {0}, mend = {0};
	(void)snprintf(path, sizeof path, "plugins[%" PRIu32 "].state", i);
	cli_fact_text(&state, facts, path);
	if (!state.text || (strcmp(state.text, "failed") != 0 && strcmp(state.text, "backoff") != 0)) {
		pc_strbuf_free(&state);
		return;
	}
	pc_strbuf_printf(&text, "daemon '%s': plugin '", daemon->head.instance);
	(void)snprintf(path, sizeof path, "plugins[%" PRIu32 "].instance", i);
	cli_fact_text(&text, facts, path);
	pc_strbuf_printf(&text, "' %s: ", !strcmp(state.text, "failed") ? "was refused" : "fails, and is tried again");
	(void)snprintf(path, sizeof path, "plugins[%" PRIu32 "].error", i);
	cli_fact_text(&text, facts, path);
	pc_strbuf_puts(&mend, "pagecast check ");
	cli_doctor_quote(&mend, daemon->head.config_path);
	pc_strbuf_free(&state);
	(void)cli_doctor_add(d, "plugin", &text, "the regions that it feeds have no writer, its viewers no bridge",
	                     &mend);
}

static void judge_plugins(cli_doctor *d, const cli_daemon *daemon)
{
	cli_facts facts = {0};
	if (cli_facts_read(&facts, d->args, daemon, ".plugins")) {
		uint64_t count = cli_fact(&facts, "count", 0);
		for (uint32_t i = 0; i < count && i < PLUGINS_MAX; i++) failed_plugin(d, daemon, &facts, i);
	}
	cli_facts_free(&facts);
}

static void judge_reload(cli_doctor *d, const cli_daemon *daemon)
{
	pc_strbuf text = {0}, mend = {0};
	if (!daemon->head.reload_status) return;
	pc_strbuf_printf(&text, "daemon '%s' has refused its last reload and keeps the configuration before it",
	                 daemon->head.instance);
	pc_strbuf_puts(&mend, "pagecast check ");
	cli_doctor_quote(&mend, daemon->head.config_path);
	(void)cli_doctor_add(d, "reload", &text, "the file on disk would not start: the next restart fails", &mend);
}

/* ---- what it uses ------------------------------------------------------------------------------------------------ */

static void judge_use(cli_doctor *d, const cli_daemon *daemon)
{
	const pc_control *c = pc_reader_control(daemon->reader);
	uint64_t maps_max = cli_os_maps_max();
	cli_process p;
	if (!cli_os_process_look(daemon->head.daemon_pid, c->writer_start, c->writer_pidns, &p)) return;
	if (p.files && p.files_max && p.files >= p.files_max / ENOUGH_FILES * (ENOUGH_FILES - 1)) {
		pc_strbuf text = {0}, mend = {0};
		pc_strbuf_printf(&text, "daemon '%s' has %" PRIu64 " files open of %" PRIu64 " that it may",
		                 daemon->head.instance, p.files, p.files_max);
		pc_strbuf_printf(&mend, "(LimitNOFILE=%" PRIu64 " in its unit, or ulimit -n before it starts)",
		                 p.files_max * 4);
		(void)cli_doctor_add(d, "file-limit", &text, "new regions and viewers will be refused", &mend);
	}
	if (p.maps && maps_max && p.maps >= maps_max / ENOUGH_FILES * (ENOUGH_FILES - 1)) {
		pc_strbuf text = {0}, mend = {0};
		pc_strbuf_printf(&text, "daemon '%s' has %" PRIu64 " mappings of %" PRIu64 " that a process may have",
		                 daemon->head.instance, p.maps, maps_max);
		pc_strbuf_printf(&mend, "sysctl vm.max_map_count=%" PRIu64, maps_max * 4);
		(void)cli_doctor_add(d, "map-limit", &text, "new regions will be refused", &mend);
	}
}

static void beside(cli_doctor *d, const cli_row *row)
{
	pc_strbuf text = {0}, mend = {0};
	if (!row->reader || !cli_row_is_beside(row)) return;
	pc_strbuf_printf(&text, "region '%s' stands beside its name, which a section of other programs holds",
	                 row->region->key);
	pc_strbuf_puts(&mend, "(end the program that holds it; pagecast status says what is known)");
	(void)cli_doctor_add(d, "squatted", &text, "programs without libpagecast see the other section", &mend);
}

static void judge_daemon(cli_doctor *d, const cli_daemon *daemon)
{
	cli_object any;
	pc_liveness liveness = pc_reader_liveness_settled(daemon->reader);
	if (liveness == PC_STALE) silent_daemon(d, daemon);
	if (liveness == PC_DEAD && !cli_os_object_look("", &any)) { /* else its objects say so */
		pc_strbuf text = {0}, mend = {0};
		pc_strbuf_printf(&text, "daemon '%s' (pid %" PRIu32 ") was killed", daemon->head.instance,
		                 daemon->head.daemon_pid);
		pc_strbuf_puts(&mend, "(start it again: it goes on in the same sections)");
		(void)cli_doctor_add(d, "daemon-dead", &text, "its readers see dead regions", &mend);
	}
	if (liveness != PC_LIVE) return;
	judge_plugins(d, daemon);
	judge_reload(d, daemon);
	judge_use(d, daemon);
}

void cli_doctor_daemons(cli_doctor *d)
{
	for (uint32_t i = 0; i < d->catalogue->daemon_count; i++) judge_daemon(d, &d->catalogue->daemons[i]);
	for (uint32_t i = 0; i < d->row_count; i++) {
		d->untrusted += d->rows[i].status == PC_EUNTRUSTED;
		judge_writer(d, &d->rows[i]);
		beside(d, &d->rows[i]);
	}
}
