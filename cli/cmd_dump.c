/* cmd_dump.c - `pagecast dump`: what is really in the two objects of a region, for those who look for a fault.
 *
 * Reads the objects as files, past all checks, so that a damaged page can be looked at too; then says what
 * the library thinks of it.                                                                             */
#include "catalogue.h"
#include "dump.h"
#include "os.h"
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PIECE     4096u
#define NAME_ROOM (PC_NAME_BYTES + sizeof PC_CONTROL_SUFFIX + 24u)
#define REMOVED   UINT64_MAX /* as successor_generation */

enum { OPT_PAYLOAD, OPT_SCHEMA, OPT_JSON, OPTS };
static const cli_option options[OPTS + 1] = {[OPT_PAYLOAD] = {'p', "payload", NULL, "also the payload, in hex"},
                                             [OPT_SCHEMA] = {'s', "schema", NULL, "also the layout text"},
                                             [OPT_JSON] = {'j', "json", NULL, "the control page as JSON"},
                                             [OPTS] = {0, NULL, NULL, NULL}};

/* What is at hand while dumping. */
struct dump {
	const cli_args *args;
	char object[PC_NAME_BYTES]; /* plain */
	char control[NAME_ROOM];    /* name of the control object */
	union {
		pc_control fields;
		unsigned char bytes[PC_CONTROL_BYTES];
	} page;
};

static void heading(const struct dump *d, const char *text)
{
	(void)printf("\n%s%s%s\n", cli_style(d->args->color, CLI_BOLD), text, cli_style(d->args->color, CLI_PLAIN));
}

/* Slots: every header, without the payloads behind them. */
static void dump_slots(const struct dump *d)
{
	static const char *const headings[] = {"SLOT", "SEQ", "TICK", "COMMIT", "FLAGS"};
	const pc_control *c = &d->page.fields;
	cli_table t;
	cli_table_start(&t, d->args->color, 5, headings, 1u | 1u << 1 | 1u << 2);
	for (uint32_t i = 0; i < c->slot_count && i < PC_SLOT_MAX; i++) {
		pc_slot slot;
		char text[32] = "", flags[96];
		size_t got;
		if (cli_os_object_read(d->control, c->slot_offset + i * c->slot_stride, &slot, sizeof slot, &got,
		                       NULL) != PC_OK ||
		    got != sizeof slot)
			break;
		if (slot.commit_unix_ns) cli_os_local_time(slot.commit_unix_ns, text);
		cli_cell(&t, CLI_PLAIN, "%" PRIu32, i);
		cli_cell(&t, slot.seq & 1 ? CLI_WARN : CLI_PLAIN, "%" PRIu64, slot.seq);
		cli_cell(&t, CLI_PLAIN, "%" PRIu64, slot.tick);
		cli_cell(&t, CLI_PLAIN, "%s", text);
		cli_cell(&t, CLI_PLAIN, "%s", cli_flags_text(slot.payload_flags, flags));
	}
	heading(d, "shadow slots");
	(void)cli_table_print(&t, 0);
}

static void dump_schema(const struct dump *d)
{
	const pc_control *c = &d->page.fields;
	size_t got = 0, wanted = c->schema_bytes <= PC_LAYOUT_TEXT_MAX ? c->schema_bytes : 0;
	char *text = wanted ? malloc(wanted) : NULL;
	heading(d, "layout text");
	if (!text || cli_os_object_read(d->control, c->schema_offset, text, wanted, &got, NULL) != PC_OK || !got) {
		(void)printf("none\n");
		free(text);
		return;
	}
	for (size_t at = 0; at < got;) {
		const char *newline = memchr(text + at, '\n', got - at);
		size_t bytes = newline ? (size_t)(newline - text) - at : got - at;
		pc_strbuf line = {0};
		cli_escape(&line, text + at, bytes);
		pc_strbuf_puts(&line, "\n");
		if (!cli_put_buf(&line)) break;
		at += bytes + 1;
	}
	free(text);
}

/* A file is read through the library, which knows where it is. */
static void dump_file(const struct dump *d)
{
	unsigned char piece[PIECE];
	pc_reader *reader = NULL;
	pc_err err = {""};
	pc_status s = pc_reader_open(d->object, &d->args->trust, &reader, &err);
	if (s == PC_OK) {
		uint64_t bytes = pc_reader_payload_bytes(reader);
		pc_strbuf b = {0};
		cli_escape_z(&b, pc_reader_path(reader));
		pc_strbuf_puts(&b, "\n");
		(void)cli_put_buf(&b);
		for (uint64_t at = 0; at < bytes; at += PIECE) {
			size_t count = bytes - at < PIECE ? (size_t)(bytes - at) : PIECE;
			s = pc_reader_read(reader, at, piece, count, NULL);
			if (s != PC_OK || !cli_show_hex(piece, count, at)) break;
		}
		if (s != PC_OK) (void)pc_err_set(&err, s, "%s", pc_status_text(s));
	}
	if (s != PC_OK) cli_error("%s", err.text);
	pc_reader_close(&reader);
}

/* As it lies there: not a snapshot, since a snapshot may be what cannot be had. */
static void dump_payload(const struct dump *d)
{
	unsigned char piece[PIECE];
	char payload[NAME_ROOM];
	uint64_t at = 0;
	size_t got = 0;
	pc_err err = {""};
	cli_os_payload_name(d->object, d->page.fields.payload_file_id, payload, sizeof payload);
	heading(d, "payload");
	if (d->page.fields.flags & PC_REGION_FILE) {
		dump_file(d);
		return;
	}
	for (;; at += got) {
		if (cli_os_object_read(payload, at, piece, sizeof piece, &got, &err) != PC_OK) {
			cli_error("%s", err.text);
			return;
		}
		if (!got || !cli_show_hex(piece, got, at)) return;
	}
}

/* @return CLI_OK, or CLI_FAILED if the library would not read it */
static int verdict(const struct dump *d)
{
	pc_reader *reader = NULL;
	pc_err err = {""};
	pc_strbuf b = {0};
	pc_status s = pc_reader_open(d->object, &d->args->trust, &reader, &err);
	bool color = d->args->color;
	if (s == PC_OK) {
		pc_liveness state = pc_reader_liveness_settled(reader);
		pc_strbuf_printf(&b, "readable; its writer is %s%s%s\n", cli_style(color, cli_style_of(state)),
		                 pc_liveness_name(state), cli_style(color, CLI_PLAIN));
	} else {
		pc_strbuf_printf(&b, "%snot readable%s: ", cli_style(color, CLI_BAD), cli_style(color, CLI_PLAIN));
		cli_escape_z(&b, err.text);
		pc_strbuf_puts(&b, "\n");
	}
	(void)cli_put_buf(&b);
	pc_reader_close(&reader);
	return s == PC_OK ? CLI_OK : CLI_FAILED;
}

static int dump_json(const struct dump *d)
{
	cli_json j = {.depth = 0};
	cli_dump_control_json(&j, d->page.bytes);
	pc_strbuf_puts(&j.text, "\n");
	(void)cli_put_buf(&j.text);
	return CLI_OK;
}

/* The control page that has the plain name may say where the one in force is (docs/windows.md): that one is meant, if it is
 * there. A damaged page may say anything. */
static pc_status read_page(struct dump *d, size_t *ret_got, pc_err *err)
{
	(void)snprintf(d->control, sizeof d->control, "%s%s", d->object, PC_CONTROL_SUFFIX);
	pc_status s = cli_os_object_read(d->control, 0, d->page.bytes, sizeof d->page.bytes, ret_got, err);
	uint64_t generation = d->page.fields.successor_generation;
	if (s != PC_OK || *ret_got < sizeof d->page.bytes || !generation || generation == REMOVED) return s;
	struct dump next = *d;
	size_t got = 0;
	(void)snprintf(next.control, sizeof next.control, "%s%s#%016" PRIx64, d->object, PC_CONTROL_SUFFIX, generation);
	if (cli_os_object_read(next.control, 0, next.page.bytes, sizeof next.page.bytes, &got, NULL) != PC_OK) return s;
	*d = next;
	*ret_got = got;
	return PC_OK;
}

static int run(const cli_args *args)
{
	struct dump d = {.args = args};
	char named[PC_NAME_BYTES];
	pc_err err = {""};
	size_t got = 0;
	int result = cli_resolve(args, args->words[0], named);
	if (result) return result;
	(void)snprintf(d.object, sizeof d.object, "%s", cli_os_plain_name(named));
	pc_status s = read_page(&d, &got, &err);
	if (s != PC_OK) return cli_open_failed(args, args->words[0], s, &err);
	if (args->value[OPT_JSON]) return dump_json(&d);
	if (got < sizeof d.page.bytes)
		cli_error("the control object has %zu bytes, a control page %u", got, PC_CONTROL_BYTES);
	if (!cli_dump_control(d.page.bytes, args->color)) return CLI_OK;
	if (d.page.fields.slot_count) dump_slots(&d);
	if (args->value[OPT_SCHEMA]) dump_schema(&d);
	if (args->value[OPT_PAYLOAD]) dump_payload(&d);
	(void)cli_puts("\n");
	return verdict(&d);
}

const cli_command cli_dump = {
        .name = "dump",
        .group = "look at regions",
        .summary = "the control page, field by field, and the payload in hex",
        .usage = "NAME [--payload] [--schema] [--json]",
        .about = "Reads the shared-memory objects as they are, damaged or not: docs/memory-format.md\n"
                 "explains every field. The last line says what the library thinks of it; the exit code\n"
                 "is 1 if it would not read it.\n",
        .examples = "pagecast dump fork_server\tthe control page\n"
                    "pagecast dump fork_server --payload --schema\teverything\n",
        .options = options,
        .least = 1,
        .most = 1,
        .run = run};
