/* rows.c - see rows.h. */
#include "rows.h"

#include "os.h"

#define LOOK_MS   2
#define LOOKS_MAX 1500 /* 3 s: a region that asks for more patience is shown as it is */

bool cli_matches(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL;
	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*') pattern++;
	return !*pattern;
}

/* Tick and age without copying the payload: from a slot where there is one, else from the control page. */
static void look_at_commit(cli_row *row)
{
	const pc_control *c = pc_reader_control(row->reader);
	pc_view view;
	if (pc_reader_view(row->reader, &view) == PC_OK && pc_reader_still_valid(&view)) {
		row->info = view.info;
		return;
	}
	uint64_t mono = pc_load_relaxed_u64(&c->commit_mono_ns), now = cli_os_mono_ns();
	row->info.tick = pc_load_relaxed_u64(&c->tick);
	row->info.commit_unix_ns = pc_load_relaxed_u64(&c->commit_unix_ns);
	row->info.age_ns = now > mono ? now - mono : 0;
	row->info.epoch = pc_load_relaxed_u32(&c->epoch);
	row->info.payload_flags = pc_load_relaxed_u32(&c->payload_flags);
}

void cli_row_look(cli_row *row)
{
	if (!row->reader) return;
	row->liveness = pc_reader_liveness(row->reader);
	look_at_commit(row);
}

uint32_t cli_rows_open(const cli_args *args, const cli_catalogue *c, cli_rows_wanted *wanted, const void *arg,
                       cli_row *rows)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < c->region_count; i++) {
		cli_row *row = &rows[count];
		if (!wanted(arg, &c->regions[i])) continue;
		count++;
		row->region = &c->regions[i];
		row->status = pc_reader_open(row->region->object, &args->trust, &row->reader, NULL);
		if (row->status != PC_OK) continue;
		row->first_beat = pc_load_acquire_u64(&pc_reader_control(row->reader)->beat_count);
		cli_row_look(row);
	}
	return count;
}

void cli_rows_settle(cli_row *rows, uint32_t count)
{
	uint32_t waiting = count;
	for (int look = 0; waiting && look < LOOKS_MAX; look++) {
		waiting = 0;
		for (uint32_t i = 0; i < count; i++) {
			cli_row *row = &rows[i];
			if (!row->reader) continue;
			row->liveness = pc_reader_liveness(row->reader);
			waiting += (row->liveness == PC_LIVE || row->liveness == PC_LEGACY) &&
			           pc_load_acquire_u64(&pc_reader_control(row->reader)->beat_count) == row->first_beat;
		}
		if (waiting) cli_os_sleep_ms(LOOK_MS);
	}
}

void cli_rows_close(cli_row *rows, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) pc_reader_close(&rows[i].reader);
}

void cli_rows_hint(const cli_args *args, const cli_row *rows, uint32_t count)
{
	pc_err err = {""};
	pc_reader *reader = NULL;
	uint32_t i = 0;
	while (i < count && rows[i].status != PC_EUNTRUSTED) i++;
	if (i == count) return;
	/* once more, for the reason */
	if (pc_reader_open(rows[i].region->object, &args->trust, &reader, &err) == PC_EUNTRUSTED) {
		cli_hint("%s", err.text);
		cli_hint(CLI_TRUST_HINT);
	}
	pc_reader_close(&reader);
}

const char *cli_closed_word(pc_status status)
{
	switch (status) {
	case PC_EABSENT: return "absent";
	case PC_ENOTREADY: return "starting";
	case PC_EPERM: return "no permission";
	case PC_EUNTRUSTED: return "untrusted";
	case PC_EVERSION: return "other version";
	case PC_ECORRUPT: return "corrupt";
	default: return "unreadable";
	}
}

bool cli_row_is_beside(const cli_row *row)
{
	const pc_control *c = pc_reader_control(row->reader);
	return !(c->flags & PC_REGION_FILE) && cli_os_is_beside(c->payload_file_id);
}

const char *cli_kind_of(const cli_region *r)
{
	if (!r->entry) return "standalone";
	switch (r->entry->writer_kind) {
	case PC_WRITER_PLUGIN: return "plugin";
	case PC_WRITER_EXTERNAL: return "external";
	case PC_WRITER_LEGACY: return "legacy";
	default: return "unknown";
	}
}
