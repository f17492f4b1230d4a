/* view.c - taking snapshots, and the facts around them. See view.h. */
#include "view.h"

#include "os.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TRIES    20
#define PAUSE_MS 5

static bool make_room(cli_view *view, uint64_t bytes)
{
	if (bytes <= view->capacity) return true;
	char *buffer = bytes < SIZE_MAX ? realloc(view->buffer, (size_t)bytes) : NULL;
	if (!buffer) return false;
	view->buffer = buffer;
	view->capacity = (size_t)bytes;
	return true;
}

const pc_layout *cli_layout_of(pc_reader *reader)
{
	const pc_layout *layout = pc_reader_layout(reader);
	return layout && pc_layout_bytes(layout) <= pc_reader_payload_bytes(reader) ? layout : NULL;
}

static pc_status prepare(cli_view *view, pc_reader *reader, pc_err *err)
{
	uint64_t bytes = pc_reader_payload_bytes(reader);
	if (!make_room(view, bytes)) return pc_err_set(err, PC_ENOMEM, "no memory for %" PRIu64 " bytes", bytes);
	view->payload = (cli_payload){.bytes = view->buffer, .count = bytes, .layout = cli_layout_of(reader)};
	return PC_OK;
}

pc_status cli_view_take(cli_view *view, pc_reader *reader, pc_err *err)
{
	pc_status s = PC_OK;
	for (int i = 0; i < TRIES; i++) {
		s = prepare(view, reader, err);
		if (s == PC_OK) s = pc_reader_snapshot(reader, view->buffer, view->capacity, &view->info);
		if (s == PC_EAGAIN)
			cli_os_sleep_ms(PAUSE_MS); /* a writer that was stopped in the middle may go on */
		else if (s != PC_ESTALE || pc_reader_reopen(reader, NULL) != PC_OK)
			break;
	}
	if (s == PC_OK || s == PC_ENOMEM) return s;
	return pc_err_set(err, s, "region '%s': %s", pc_reader_name(reader), pc_status_text(s));
}

pc_status cli_view_take_tick(cli_view *view, pc_reader *reader, uint64_t tick, pc_err *err)
{
	pc_status s = prepare(view, reader, err);
	if (s != PC_OK) return s;
	s = pc_reader_history(reader, tick, view->buffer, view->capacity, &view->info);
	if (s == PC_OK) return s;
	return pc_err_set(err, s, "region '%s' does not hold tick %" PRIu64 " (any more)", pc_reader_name(reader),
	                  tick);
}

void cli_view_free(cli_view *view)
{
	free(view->buffer);
	memset(view, 0, sizeof *view);
}

int cli_find_part(const cli_payload *payload, const char *region, const char *path, cli_part *ret_part,
                  bool *ret_is_there)
{
	pc_err err = {""};
	uint32_t count;
	cli_near near;
	if (!payload->layout) {
		cli_error("region '%s' has no layout, so it has no fields", region);
		return CLI_FAILED;
	}
	ret_part->path = path;
	pc_status s = pc_payload_find(payload->layout, payload->bytes, payload->count, path, &ret_part->at, &err);
	if (ret_is_there) *ret_is_there = s == PC_OK;
	if (s == PC_OK || (s == PC_EABSENT && ret_is_there)) return CLI_OK;
	cli_error("region '%s': %s", region, err.text);
	if (s == PC_EABSENT) return CLI_FAILED;
	/* near names on the top level; the message says how far the path could be followed */
	char head[128];
	(void)snprintf(head, sizeof head, "%.*s", (int)strcspn(path, ".["), path);
	cli_near_start(&near, head);
	const pc_field *fields = pc_layout_fields(payload->layout, &count);
	count += pc_layout_floating(payload->layout);
	for (uint32_t i = 0; i < count; i++) cli_near_add(&near, fields[i].name);
	if (near.distance[0] > 0) cli_near_print(&near);
	return CLI_FAILED;
}

/* ---- facts --------------------------------------------------------------------------------------------- */

static const struct {
	uint32_t flag;
	const char *text, *word;
} payload_flags[] = {{PC_PAYLOAD_SOURCE_STALE, "source stale", "source_stale"},
                     {PC_PAYLOAD_RECOVERED, "recovered after a crash", "recovered"},
                     {PC_PAYLOAD_TORN, "torn", "torn"},
                     {PC_PAYLOAD_MIRROR_STALE, "mirror stale", "mirror_stale"},
                     {PC_PAYLOAD_REPLAY, "replay", "replay"}};
#define PAYLOAD_FLAGS (sizeof payload_flags / sizeof *payload_flags)

const char *cli_flags_text(uint32_t flags, char dst[96])
{
	size_t used = 0;
	dst[0] = 0;
	for (size_t i = 0; i < PAYLOAD_FLAGS; i++) {
		if (!(flags & payload_flags[i].flag)) continue;
		used += (size_t)snprintf(dst + used, 96 - used, "%s%s", used ? ", " : "", payload_flags[i].text);
	}
	return dst;
}

cli_who cli_who_writes(const pc_control *control)
{
	cli_who who = {.pid = pc_load_relaxed_u32(&control->writer_pid)};
	pc_upstream upstream;
	if (!(control->flags & PC_REGION_ADOPTED)) {
		memcpy(who.name, control->writer_name, sizeof who.name);
		return who;
	}
	/* Not who looks at the map, but whose it is. */
	memcpy(&upstream, control->upstream, sizeof upstream);
	memcpy(who.name, upstream.name, sizeof upstream.name);
	memcpy(who.why, upstream.why, sizeof who.why);
	who.pid = upstream.pid;
	return who;
}

void cli_view_json(cli_json *j, pc_reader *reader, const pc_snapshot_info *info, pc_liveness liveness)
{
	cli_who who = cli_who_writes(pc_reader_control(reader));
	cli_json_key(j, "state");
	cli_json_z(j, pc_liveness_name(liveness));
	cli_json_key(j, "tick");
	cli_json_u64(j, info->tick);
	cli_json_key(j, "epoch");
	cli_json_u64(j, info->epoch);
	cli_json_key(j, "written_unix_ms");
	if (info->commit_unix_ns)
		cli_json_u64(j, info->commit_unix_ns / 1000000);
	else
		cli_json_null(j);
	cli_json_key(j, "age_ms");
	if (info->commit_unix_ns)
		cli_json_u64(j, info->age_ns / 1000000);
	else
		cli_json_null(j);
	cli_json_key(j, "flags");
	cli_json_open(j, '[');
	for (size_t i = 0; i < PAYLOAD_FLAGS; i++)
		if (info->payload_flags & payload_flags[i].flag) cli_json_z(j, payload_flags[i].word);
	cli_json_close(j, ']');
	cli_json_key(j, "writer");
	cli_json_field(j, who.name, sizeof who.name);
	cli_json_key(j, "pid");
	cli_json_u64(j, who.pid);
	if (!who.why[0]) return;
	cli_json_key(j, "why");
	cli_json_field(j, who.why, sizeof who.why);
}

void cli_view_summary(pc_strbuf *b, pc_reader *reader, const pc_snapshot_info *info, pc_liveness liveness, bool color)
{
	cli_who who = cli_who_writes(pc_reader_control(reader));
	char age[32], flags[96];
	pc_strbuf_printf(b, "%s%s%s", cli_style(color, cli_style_of(liveness)), pc_liveness_name(liveness),
	                 cli_style(color, CLI_PLAIN));
	if (!info->tick) {
		pc_strbuf_puts(b, ", never written");
	} else {
		cli_format_age(age, info->age_ns);
		pc_strbuf_printf(b, ", tick %" PRIu64 ", written %s ago", info->tick, age);
	}
	if (who.name[0]) pc_strbuf_puts(b, info->tick ? " by " : ", writer ");
	cli_escape_field(b, who.name, sizeof who.name);
	if (who.pid) pc_strbuf_printf(b, " (pid %" PRIu32 ")", who.pid);
	if (who.why[0]) pc_strbuf_puts(b, ": ");
	cli_escape_field(b, who.why, sizeof who.why);
	if (info->payload_flags)
		pc_strbuf_printf(b, ", %s%s%s", cli_style(color, CLI_WARN), cli_flags_text(info->payload_flags, flags),
		                 cli_style(color, CLI_PLAIN));
}
