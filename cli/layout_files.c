/* layout_files.c - see layout_files.h. What the daemon prints is described in daemon/describe.c. */
#include "layout_files.h"

#include "os.h"
#include "out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOT_STARTED 127 /* the child said why */

/* Windows ends lines with two characters. */
static void drop_returns(char *text)
{
	char *to = text;
	for (const char *from = text; *from; from++)
		if (*from != '\r') *to++ = *from;
	*to = '\0';
}

/* "# KIND NAME" ends the line before; the heading's words are cut apart in place. @return what follows it */
static char *take_heading(char *at, const char **ret_kind, const char **ret_name)
{
	char *end = strchr(at, '\n'), *space = strchr(at + 2, ' ');
	if (end) *end = '\0';
	if (space) *space = '\0';
	*ret_kind = at + 2;
	*ret_name = space ? space + 1 : "";
	return end ? end + 1 : at + strlen(at);
}

static void take_detail(cli_layout *item, const char *kind, const char *text)
{
	if (!strcmp(kind, "object")) item->object = text;
	if (!strcmp(kind, "doc")) item->doc = text;
	if (!strcmp(kind, "source")) item->source = text;
}

/* The canonical text up to the next heading. */
static char *take_layout(cli_layout *item, char *at, pc_status *ret_status, pc_err *err)
{
	char *end = at;
	while (*end && *end != '#') {
		char *line_end = strchr(end, '\n');
		end = line_end ? line_end + 1 : end + strlen(end);
	}
	*ret_status = pc_layout_parse(at, (size_t)(end - at), &item->layout, err);
	return end;
}

static pc_status take_all(cli_layouts *l, pc_err *err)
{
	pc_status s = PC_OK;
	for (char *at = l->text; *at == '#' && s == PC_OK;) {
		cli_layout *grown = realloc(l->items, (l->count + (size_t)1) * sizeof *grown);
		if (!grown) return PC_ENOMEM;
		l->items = grown;
		cli_layout *item = &grown[l->count];
		*item = (cli_layout){.object = "", .doc = "", .source = ""};
		at = take_heading(at, &item->kind, &item->name);
		while (*at == '#') {
			const char *kind, *text;
			at = take_heading(at, &kind, &text);
			take_detail(item, kind, text);
		}
		at = take_layout(item, at, &s, err);
		if (s == PC_OK) l->count++;
	}
	return s;
}

int cli_layouts_load(const char *path, cli_layouts *ret)
{
	char program[] = "pagecastd", option[] = "--layouts", *file = malloc(strlen(path) + 1);
	char *argv[] = {program, option, file, NULL};
	pc_err err = {""};
	size_t bytes;
	if (file) strcpy(file, path);
	int result = file ? cli_os_capture(program, argv, &ret->text, &bytes, &err) : -1;
	free(file);
	if (result < 0) cli_error("cannot run pagecastd: %s", err.text);
	if (result) {
		if (result > 2 && result != NOT_STARTED) cli_error("pagecastd ended with %d", result);
		cli_layouts_free(ret);
		return CLI_FAILED;
	}
	drop_returns(ret->text);
	pc_status s = take_all(ret, &err);
	if (s == PC_OK) return CLI_OK;
	cli_error("pagecastd and pagecast do not understand each other: are they of one version? %s", err.text);
	cli_layouts_free(ret);
	return CLI_FAILED;
}

void cli_layouts_free(cli_layouts *l)
{
	for (uint32_t i = 0; i < l->count; i++) pc_layout_destroy(&l->items[i].layout);
	free(l->items);
	free(l->text);
	*l = (cli_layouts){0};
}

/* ---- choosing one ---- */

/* A name that code can have: "conf.d/my-map.yaml" -> "my_map". */
static void make_name(char dst[64], const char *from)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	size_t n = 0;
	if (*from >= '0' && *from <= '9') dst[n++] = '_';
	for (; *from && n < 63; from++) dst[n++] = *from > 0 && strchr(letters, *from) ? *from : '_';
	dst[n] = '\0';
	if (!n) strcpy(dst, "layout");
}

static void name_of_file(char dst[64], const char *path)
{
	const char *last = path;
	for (const char *c = path; *c; c++)
		if (*c == '/' || *c == '\\') last = c + 1;
	char stem[256];
	(void)snprintf(stem, sizeof stem, "%.*s", (int)strcspn(last, "."), last);
	make_name(dst, stem);
}

/* "sensor" of hwinfo_sm2: hwinfo_sm2_sensor, unless the struct has a name of its own. */
static void name_part(cli_layout_part *part, const char *whole, const char *inner)
{
	char both[256];
	if (*part->block.name)
		make_name(part->name, part->block.name);
	else if ((size_t)snprintf(both, sizeof both, *inner ? "%s_%s" : "%s%s", whole, inner) < sizeof both)
		make_name(part->name, both);
	part->block.name = part->name;
}

static void take(const cli_layout *item, const char *path, cli_layout_part *ret)
{
	char whole[64];
	if (*item->name)
		make_name(whole, item->name);
	else
		name_of_file(whole, path);
	*ret = (cli_layout_part){.of = item, .block = ly_block_of_layout(item->layout, "")};
	name_part(ret, whole, "");
}

/* "region.path" or, in a layout file, "path". */
static bool find_inside(const cli_layouts *l, const char *name, const char *path, cli_layout_part *ret)
{
	for (uint32_t i = 0; i < l->count; i++) {
		const cli_layout *item = &l->items[i];
		bool is_file = !strcmp(item->kind, "layout");
		size_t bytes = strlen(item->name);
		const char *rest = is_file                                                   ? name
		                   : !strncmp(name, item->name, bytes) && name[bytes] == '.' ? name + bytes + 1
		                                                                             : NULL;
		ly_block inner, whole = ly_block_of_layout(item->layout, "");
		if (!rest || !ly_block_find(&whole, rest, &inner)) continue;
		take(item, path, ret);
		char of[64];
		memcpy(of, ret->name, sizeof of);
		ret->block = inner;
		name_part(ret, of, rest);
		return true;
	}
	return false;
}

static const cli_layout *find_only(const cli_layouts *l)
{
	const cli_layout *only = NULL;
	uint32_t best = 0;
	for (uint32_t pass = 0; pass < 2 && !only; pass++) { /* a file of nothing but types has them as its layouts */
		best = 0;
		for (uint32_t i = 0; i < l->count; i++) {
			if ((strcmp(l->items[i].kind, "type") != 0) == (pass != 0)) continue;
			only = &l->items[i];
			best++;
		}
	}
	return best == 1 ? only : NULL;
}

int cli_layouts_choose(const cli_layouts *l, const char *name, const char *path, cli_layout_part *ret)
{
	const cli_layout *found = name ? NULL : find_only(l);
	cli_near near;
	for (uint32_t i = 0; name && i < l->count && !found; i++)
		if (!strcmp(l->items[i].name, name)) found = &l->items[i];
	if (found) {
		take(found, path, ret);
		return CLI_OK;
	}
	if (name && find_inside(l, name, path, ret)) return CLI_OK;
	if (name) {
		cli_error("%s has no region, type or struct '%s'", path, name);
		cli_near_start(&near, name);
		for (uint32_t i = 0; i < l->count; i++) cli_near_add(&near, l->items[i].name);
		cli_near_print(&near);
	} else if (!l->count) {
		cli_error("%s has no layout", path);
	} else {
		cli_error("%s has several layouts: which one?", path);
		for (uint32_t i = 0; i < l->count; i++) cli_hint("    %s (%s)", l->items[i].name, l->items[i].kind);
	}
	return CLI_FAILED;
}

/* ---- files that we read ourselves ---- */

#define FILE_BYTES_MAX (16u << 20)

int cli_file_read_most(const char *path, size_t most_bytes, char **ret_text, size_t *ret_bytes)
{
	char piece[16384];
	pc_strbuf b = {0};
	size_t got;
	FILE *file = fopen(path, "rb");
	while (file && b.bytes <= most_bytes && (got = fread(piece, 1, sizeof piece, file)) > 0)
		pc_strbuf_add(&b, piece, got);
	bool is_read = file && !ferror(file);
	int error = errno;
	if (file) (void)fclose(file);
	char *text = pc_strbuf_take(&b, ret_bytes);
	if (is_read && text && *ret_bytes <= most_bytes) {
		*ret_text = text;
		return CLI_OK;
	}
	cli_error("cannot read %s: %s", path, !is_read ? strerror(error) : text ? "it is too large" : "out of memory");
	free(text);
	return CLI_FAILED;
}

int cli_file_read(const char *path, char **ret_text, size_t *ret_bytes)
{
	return cli_file_read_most(path, FILE_BYTES_MAX, ret_text, ret_bytes);
}
