/* control_fields.c - the control page as a list of fields, each with the way to say what it means. See dump.h. */
#include "dump.h"

#include "os.h"

#include <inttypes.h>
#include <string.h>

enum kind {
	U16,
	U32,
	U64,
	HEX,
	TEXT,
	BYTES,
	UNIX,
	MONO,
	NS,
	MS,
	SIZE,
	REGION_FLAGS,
	PAYLOAD_FLAGS,
	STATE,
	SEQ,
	KIND,
	SCHEMA
};

static const struct control_field {
	const char *name;
	uint32_t offset, bytes;
	enum kind kind;
} fields[] = {
/* clang-format off */
#define AT(field, kind) {#field, offsetof(pc_control, field), sizeof(((pc_control *)0)->field), kind},
        AT(magic, HEX) AT(major, U16) AT(minor, U16) AT(control_bytes, SIZE) AT(endian, HEX) AT(flags, REGION_FLAGS)
        AT(object_bytes, SIZE) AT(payload_bytes, SIZE) AT(slot_offset, U64) AT(slot_stride, U64) AT(slot_count, U32)
        AT(schema_kind, SCHEMA) AT(schema_id, HEX) AT(schema_offset, U32) AT(schema_bytes, U32) AT(instance, BYTES)
        AT(boot_id, BYTES) AT(region_id, U64) AT(created_unix_ns, UNIX) AT(name, TEXT) AT(heartbeat_ms, MS)
        AT(stale_after_ms, MS) AT(dead_after_ms, MS) AT(publish_hint_ms, MS) AT(liveness_kind, KIND)
        AT(liveness_offset, U32) AT(lock_offset, HEX) AT(payload_file_id, U64) AT(notify_min_us, U32)
        AT(path_offset, U32) AT(path_bytes, U32) AT(identity_crc, HEX) AT(writer_pid, U32) AT(writer_uid, U32)
        AT(writer_start, U64) AT(writer_pidns, U64) AT(takeovers, U64) AT(recovered_payload, U64)
        AT(recovered_slot, U64) AT(successor_region, U64) AT(writer_name, TEXT) AT(successor_generation, U64)
        AT(seq, SEQ) AT(tick, U64) AT(commit_mono_ns, MONO) AT(commit_unix_ns, UNIX) AT(payload_flags, PAYLOAD_FLAGS)
        AT(latest, U64) AT(state, STATE) AT(epoch, U32) AT(notify, U32) AT(beat_count, U64) AT(beat_mono_ns, MONO)
        AT(beat_unix_ns, UNIX) AT(beat_late_max_ns, NS) AT(robust, BYTES) AT(upstream, BYTES)
#undef AT
        /* clang-format on */
};
#define FIELDS (sizeof fields / sizeof *fields)

/* Headings before the groups of control.h. */
static const struct {
	uint32_t offset;
	const char *text;
} groups[] = {{0x000, "identity: written once by the owner"},
              {0x100, "writer: for people"},
              {0x180, "the newest commit"},
              {0x1c0, "wakes"},
              {0x200, "heartbeat"},
              {0x240, "robust mutex"},
              {0x280, "upstream"}};
#define GROUPS (sizeof groups / sizeof *groups)

static uint64_t load(const unsigned char *page, const struct control_field *f)
{
	uint64_t value = 0;
	for (uint32_t i = f->bytes; f->bytes <= 8 && i > 0; i--) value = value << 8 | page[f->offset + i - 1];
	return value;
}

static void add_names(pc_strbuf *b, uint64_t value, const char *const *names, size_t count)
{
	const char *gap = "  ";
	for (size_t i = 0; i < count; i++) {
		if (!(value >> i & 1)) continue;
		pc_strbuf_printf(b, "%s%s", gap, names[i]);
		gap = ", ";
	}
}

static void add_one_of(pc_strbuf *b, uint64_t value, const char *const *names, size_t count)
{
	pc_strbuf_printf(b, "  %s", value < count ? names[value] : "unknown");
}

static void add_unix(pc_strbuf *b, uint64_t ns)
{
	char text[32];
	if (!ns) return;
	cli_os_local_time(ns, text);
	pc_strbuf_printf(b, "  %s", text);
}

static void add_age(pc_strbuf *b, uint64_t mono_ns)
{
	char text[32];
	uint64_t now = cli_os_mono_ns();
	if (!mono_ns || mono_ns > now) return;
	cli_format_age(text, now - mono_ns);
	pc_strbuf_printf(b, "  %s ago", text);
}

static void add_number(pc_strbuf *b, uint64_t v, const struct control_field *f)
{
	static const char *const region_flags[] = {"legacy", "foreign", "system", "mirror", "file", "adopted"};
	static const char *const payload_flags[] = {"source stale", "recovered", "torn", "mirror stale", "replay"};
	static const char *const states[] = {"init", "live", "closed", "retired", "recovering"};
	static const char *const kinds[] = {"none", "robust futex", "process"};
	static const char *const schemas[] = {"none", "layout text"};
	char text[32];
	if (f->kind == HEX)
		pc_strbuf_printf(b, "0x%0*" PRIx64, (int)f->bytes * 2, v);
	else
		pc_strbuf_printf(b, "%" PRIu64, v);
	switch (f->kind) {
	case UNIX: add_unix(b, v); break;
	case MONO: add_age(b, v); break;
	case NS: pc_strbuf_puts(b, " ns"); break;
	case MS: pc_strbuf_puts(b, " ms"); break;
	case SIZE:
		cli_format_bytes(text, (double)v);
		if (v >= 1024) pc_strbuf_printf(b, "  (%s)", text);
		break;
	case REGION_FLAGS: add_names(b, v, region_flags, 6); break;
	case PAYLOAD_FLAGS: add_names(b, v, payload_flags, 5); break;
	case STATE: add_one_of(b, v, states, 5); break;
	case KIND: add_one_of(b, v, kinds, 3); break;
	case SCHEMA: add_one_of(b, v, schemas, 2); break;
	case SEQ: pc_strbuf_puts(b, v & 1 ? "  odd: a write is in progress" : ""); break;
	default: break;
	}
}

static bool is_zero(const unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i]) return false;
	return true;
}

static void value_cell(cli_table *t, const unsigned char *page, const struct control_field *f)
{
	pc_strbuf b = {0};
	if (f->kind == TEXT)
		cli_escape_field(&b, (const char *)page + f->offset, f->bytes);
	else if (f->kind != BYTES)
		add_number(&b, load(page, f), f);
	else if (is_zero(page + f->offset, f->bytes))
		pc_strbuf_puts(&b, "all zero");
	else if (f->bytes == 16)
		for (uint32_t i = 0; i < f->bytes; i++) pc_strbuf_printf(&b, "%02x", (unsigned)page[f->offset + i]);
	cli_cell_buf(t, CLI_PLAIN, &b);
}

static void hex_cell(cli_table *t, const unsigned char *page, const struct control_field *f)
{
	pc_strbuf b = {0};
	uint32_t shown = f->bytes < 8 ? f->bytes : 8;
	for (uint32_t i = 0; i < shown; i++)
		pc_strbuf_printf(&b, "%s%02x", i ? " " : "", (unsigned)page[f->offset + i]);
	if (shown < f->bytes) pc_strbuf_puts(&b, " ..");
	cli_cell_buf(t, CLI_DIM, &b);
}

bool cli_dump_control(const unsigned char page[PC_CONTROL_BYTES], bool color)
{
	cli_table t;
	size_t group = 0;
	cli_table_start(&t, color, 4, NULL, 0);
	for (size_t i = 0; i < FIELDS; i++) {
		if (group < GROUPS && fields[i].offset >= groups[group].offset) {
			cli_cell(&t, CLI_BOLD, "%s", "");
			cli_cell(&t, CLI_PLAIN, "%s", "");
			cli_cell(&t, CLI_BOLD, "%s", groups[group].text);
			cli_cell(&t, CLI_PLAIN, "%s", "");
			group++;
		}
		cli_cell(&t, CLI_DIM, "0x%03" PRIx32, fields[i].offset);
		hex_cell(&t, page, &fields[i]);
		cli_cell(&t, CLI_PLAIN, "%s", fields[i].name);
		value_cell(&t, page, &fields[i]);
	}
	return cli_table_print(&t, 0);
}

void cli_dump_control_json(cli_json *j, const unsigned char page[PC_CONTROL_BYTES])
{
	cli_json_open(j, '{');
	for (size_t i = 0; i < FIELDS; i++) {
		const struct control_field *f = &fields[i];
		cli_json_key(j, f->name);
		if (f->kind == TEXT)
			cli_json_field(j, (const char *)page + f->offset, f->bytes);
		else if (f->kind == BYTES)
			cli_json_hex(j, page + f->offset, f->bytes);
		else
			cli_json_u64(j, load(page, f));
	}
	cli_json_close(j, '}');
}
