/* region_owner.c - a program that stands alone, for the command line's tests: owner and writer of one region.
 *
 *     region_owner NAME [--layout FILE] [--bytes N] [--slots K] [--heartbeat MS] [--stale MS] [--mode OCTAL]
 *                  [--flags N] [--program TEXT] [--no-writer]
 *
 * Says "ready", beats, and does what standard input says, answering each line with "ok" or "error REASON":
 *
 *     set PATH=VALUE     commit one field          hex OFFSET BYTES   commit bytes at an offset
 *     flags N            of the next commits       close              close the writer
 *     open               open it again             retire             close the owner, telling readers
 *     keep               close the owner, leaving the objects to a successor
 *
 * At the end of the input it closes everything properly.                                                       */
#define _POSIX_C_SOURCE 200809L
#include <pagecast/writer.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct program {
	pc_region_options options;
	const char *name, *writer_name;
	int has_no_writer;
	char *layout_text;
	pc_layout *layout;
	pc_owner *owner;
	pc_writer *writer;
};

static int say(pc_status s, const char *reason)
{
	if (s == PC_OK)
		printf("ok\n");
	else
		printf("error %s %s\n", pc_status_name(s), reason);
	return fflush(stdout);
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = calloc(1, 1 << 20);
	if (!f || !text || !fread(text, 1, (1 << 20) - 1, f)) {
		perror(path);
		exit(2);
	}
	(void)fclose(f);
	return text;
}

static void take_option(struct program *p, const char *option, const char *value)
{
	uint32_t number = (uint32_t)strtoul(value, NULL, 10);
	if (!strcmp(option, "--layout"))
		p->layout_text = read_file(value);
	else if (!strcmp(option, "--bytes"))
		p->options.payload_bytes = strtoull(value, NULL, 10);
	else if (!strcmp(option, "--slots"))
		p->options.slot_count = number;
	else if (!strcmp(option, "--heartbeat"))
		p->options.heartbeat_ms = number;
	else if (!strcmp(option, "--stale"))
		p->options.stale_after_ms = number;
	else if (!strcmp(option, "--mode"))
		p->options.mode = (uint32_t)strtoul(value, NULL, 8);
	else if (!strcmp(option, "--flags"))
		p->options.flags = number;
	else if (!strcmp(option, "--program"))
		p->writer_name = value;
	else
		exit(2);
}

static pc_status open_writer(struct program *p, pc_err *err)
{
	pc_writer_options how = {.struct_size = sizeof how, .program = p->writer_name};
	return pc_writer_open(p->name, &how, &p->writer, err);
}

static pc_status set(struct program *p, char *assignment, pc_err *err)
{
	char *equals = strchr(assignment, '=');
	char *payload = p->writer ? pc_writer_begin(p->writer) : NULL;
	pc_ref ref;
	if (!equals || !payload || !p->layout) return PC_EINVAL;
	*equals = 0;
	pc_status s = pc_layout_find(p->layout, assignment, &ref, err);
	if (s == PC_OK) s = pc_value_set(ref.field, payload + ref.offset, equals + 1, err);
	if (s == PC_OK) return pc_writer_commit(p->writer);
	pc_writer_abort(p->writer);
	return s;
}

static pc_status set_bytes(struct program *p, char *words)
{
	unsigned char bytes[2048];
	size_t count = 0;
	char *hex = NULL;
	uint64_t offset = strtoull(words, &hex, 10);
	while (*hex == ' ') hex++;
	for (unsigned byte; count < sizeof bytes && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		bytes[count++] = (unsigned char)byte;
	return p->writer ? pc_writer_write(p->writer, offset, bytes, count) : PC_EINVAL;
}

static void obey(struct program *p, char *line)
{
	pc_err err = {""};
	pc_status s = PC_OK;
	if (!strncmp(line, "set ", 4))
		s = set(p, line + 4, &err);
	else if (!strncmp(line, "hex ", 4))
		s = set_bytes(p, line + 4);
	else if (!strncmp(line, "flags ", 6))
		pc_writer_set_flags(p->writer, (uint32_t)strtoul(line + 6, NULL, 10));
	else if (!strcmp(line, "close"))
		pc_writer_close(&p->writer);
	else if (!strcmp(line, "open"))
		s = open_writer(p, &err);
	else if (!strcmp(line, "retire"))
		pc_owner_close(&p->owner, PC_OWNER_RETIRE);
	else if (!strcmp(line, "keep"))
		pc_owner_close(&p->owner, PC_OWNER_KEEP);
	else
		s = PC_EINVAL;
	(void)say(s, err.text);
}

/* Lines of any length that the tests need, and a beat in between. */
static void serve(struct program *p)
{
	static char text[65536];
	size_t used = 0;
	for (;;) {
		struct pollfd input = {.fd = 0, .events = POLLIN};
		if (p->writer) (void)pc_writer_beat(p->writer);
		if (poll(&input, 1, 20) <= 0) continue;
		ssize_t got = read(0, text + used, sizeof text - 1 - used);
		if (got <= 0) return;
		used += (size_t)got;
		for (char *newline; (newline = memchr(text, '\n', used));) {
			*newline = 0;
			obey(p, text);
			used -= (size_t)(newline + 1 - text);
			memmove(text, newline + 1, used);
		}
	}
}

int main(int argc, char **argv)
{
	struct program p = {.options = {.struct_size = sizeof p.options, .slot_count = PC_SLOTS_AUTO}};
	pc_err err = {""};
	if (argc < 2) return 2;
	p.name = p.options.name = argv[1];
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--no-writer"))
			p.has_no_writer = 1;
		else if (i + 1 < argc)
			take_option(&p, argv[i], argv[i + 1]), i++;
	}
	pc_status s = PC_OK;
	if (p.layout_text) s = pc_layout_parse(p.layout_text, strlen(p.layout_text), &p.layout, &err);
	if (s == PC_OK && p.layout) {
		size_t bytes;
		p.options.schema_text = pc_layout_text(p.layout, &bytes);
		p.options.schema_bytes = (uint32_t)bytes;
		if (!p.options.payload_bytes) p.options.payload_bytes = pc_layout_bytes(p.layout);
	}
	if (s == PC_OK) s = pc_owner_open(&p.options, &p.owner, NULL, &err);
	if (s == PC_OK && !p.has_no_writer) s = open_writer(&p, &err);
	if (s != PC_OK) return say(s, err.text) || 1;
	printf("ready\n");
	(void)fflush(stdout);
	serve(&p);
	pc_writer_close(&p.writer);
	pc_owner_close(&p.owner, 0);
	pc_layout_destroy(&p.layout);
	free(p.layout_text);
	return 0;
}
