/* plugin_info.c - `pagecast plugin info`: what a plugin says of itself, out of its file, which is not loaded. */
#include "descriptor/file.h"
#include "descriptor/option.h"
#include "json.h"
#include "layout_files.h"
#include "out.h"
#include "plugin.h"

#include <stdlib.h>
#include <string.h>

#define PLUGIN_BYTES_MAX (256u << 20) /* with debug information and all that is linked in */

static const char *const type_names[] = {"bool", "int", "real", "string", "duration", "size", "region", "list", "enum"};

/* ---- table ---- */

static void put_text(pc_strbuf *b, const char *text)
{
	cli_escape_z(b, text ? text : "");
}

/* What a value must be, with its unit. */
static void put_expected(pc_strbuf *b, const struct pc_option *o)
{
	put_text(b, pc_option_expected(o).text);
	if (!o->unit || !*o->unit) return;
	pc_strbuf_puts(b, " [");
	put_text(b, o->unit);
	pc_strbuf_puts(b, "]");
}

/* What else there is to say of it, in the words of --help-plugin. */
static void put_remarks(pc_strbuf *b, const struct pc_option *o)
{
	if (o->flags & PC_OPT_RELOAD) pc_strbuf_puts(b, "; changes take effect on reload");
	if (o->flags & PC_OPT_FILE) pc_strbuf_puts(b, "; the file is read again by each reload");
	if (o->flags & PC_OPT_SECRET) pc_strbuf_puts(b, "; never shown");
}

static void put_default(pc_strbuf *b, const struct pc_option *o)
{
	if (o->flags & PC_OPT_REQUIRED)
		pc_strbuf_puts(b, "must be given");
	else
		put_text(b, o->def && *o->def ? o->def : "-");
}

static int put_table(const pc_descriptor_file *d, const char *path, bool color)
{
	static const char *const headings[] = {"OPTION", "DEFAULT", "WHAT IT IS"};
	pc_strbuf b = {0};
	cli_table t;
	pc_strbuf_puts(&b, cli_style(color, CLI_BOLD));
	put_text(&b, d->api.id);
	pc_strbuf_printf(&b, "%s ", cli_style(color, CLI_PLAIN));
	put_text(&b, d->api.version);
	pc_strbuf_puts(&b, " - ");
	put_text(&b, d->api.summary);
	pc_strbuf_puts(&b, "\n\nfile      ");
	put_text(&b, path);
	pc_strbuf_printf(&b, " (%s, %s)\nABI       %u.%u\nlicense   ", d->format, d->machine, d->api.abi >> 16,
	                 d->api.abi & 0xffff);
	put_text(&b, d->api.license);
	pc_strbuf_puts(&b, d->api.options && d->api.options->key ? "\n\n" : "\noptions   none\n");
	if (!cli_put_buf(&b)) return CLI_FAILED;
	if (!d->api.options || !d->api.options->key) return CLI_OK;
	cli_table_start(&t, color, 3, headings, 0);
	for (const struct pc_option *o = d->api.options; o->key; o++) {
		pc_strbuf expected = {0}, def = {0};
		put_default(&def, o);
		put_expected(&expected, o);
		put_remarks(&expected, o);
		cli_cell_text(&t, CLI_BOLD, o->key, strlen(o->key));
		cli_cell_buf(&t, CLI_PLAIN, &def);
		cli_cell_buf(&t, CLI_PLAIN, &expected);
		cli_cell(&t, CLI_PLAIN, "%s", "");
		cli_cell(&t, CLI_PLAIN, "%s", "");
		cli_cell_text(&t, CLI_DIM, o->doc ? o->doc : "", o->doc ? strlen(o->doc) : 0);
	}
	return cli_table_print(&t, 0) ? CLI_OK : CLI_FAILED;
}

/* ---- Markdown ---- */

/* Text in a cell of a table: nothing of it may end the cell, or begin markup. */
static void put_cell(pc_strbuf *b, const char *text)
{
	pc_strbuf plain = {0};
	put_text(&plain, text);
	for (const char *at = plain.text ? plain.text : ""; *at; at++) {
		if (strchr("|<*_`", *at)) pc_strbuf_puts(b, "\\");
		pc_strbuf_add(b, at, 1);
	}
	pc_strbuf_free(&plain);
}

/* As code, in which a backslash is one; a bar would still end the cell, and a back-tick the code. */
static void put_code(pc_strbuf *b, const char *text)
{
	if (!*text || strpbrk(text, "`|\\\n")) {
		put_cell(b, text);
		return;
	}
	pc_strbuf_puts(b, "`");
	put_text(b, text);
	pc_strbuf_puts(b, "`");
}

static void put_row(pc_strbuf *b, const struct pc_option *o)
{
	pc_strbuf expected = {0}, remarks = {0};
	pc_strbuf_puts(b, "| ");
	put_code(b, o->key);
	pc_strbuf_puts(b, " | ");
	put_expected(&expected, o);
	put_cell(b, expected.text ? expected.text : "");
	pc_strbuf_free(&expected);
	pc_strbuf_puts(b, " | ");
	if (o->flags & PC_OPT_REQUIRED)
		pc_strbuf_puts(b, "must be given");
	else if (o->def && *o->def)
		put_code(b, o->def);
	pc_strbuf_puts(b, " | ");
	put_cell(b, o->doc);
	put_remarks(&remarks, o);
	if (remarks.text) pc_strbuf_puts(b, remarks.text + (o->doc && *o->doc ? 0 : 2));
	pc_strbuf_free(&remarks);
	pc_strbuf_puts(b, " |\n");
}

static int put_markdown(const pc_descriptor_file *d)
{
	pc_strbuf b = {0};
	pc_strbuf_puts(&b, "| option | value | default | what it is |\n|---|---|---|---|\n");
	for (const struct pc_option *o = d->api.options; o && o->key; o++) put_row(&b, o);
	return cli_put_buf(&b) ? CLI_OK : CLI_FAILED;
}

/* ---- JSON ---- */

static void put_member(cli_json *j, const char *key, const char *text)
{
	cli_json_key(j, key);
	if (text)
		cli_json_z(j, text);
	else
		cli_json_null(j);
}

static void put_flag(cli_json *j, const char *key, bool is_set)
{
	cli_json_key(j, key);
	cli_json_bool(j, is_set);
}

static void put_words(cli_json *j, const struct pc_option *o)
{
	char word[64];
	cli_json_key(j, "words");
	cli_json_open(j, '[');
	for (uint32_t i = 0; pc_option_word(o, i, word); i++) cli_json_z(j, word);
	cli_json_close(j, ']');
}

static void put_option(cli_json *j, const struct pc_option *o)
{
	cli_json_open(j, '{');
	put_member(j, "key", o->key);
	put_member(j, "type", type_names[o->type]);
	put_member(j, "default", o->def);
	if (o->type == PC_OPT_ENUM) {
		put_words(j, o);
	} else {
		put_member(j, "min", o->min);
		put_member(j, "max", o->max);
	}
	put_member(j, "unit", o->unit);
	put_flag(j, "required", (o->flags & PC_OPT_REQUIRED) != 0);
	put_flag(j, "reload", (o->flags & PC_OPT_RELOAD) != 0);
	put_flag(j, "secret", (o->flags & PC_OPT_SECRET) != 0);
	put_flag(j, "file", (o->flags & PC_OPT_FILE) != 0);
	put_member(j, "doc", o->doc);
	cli_json_close(j, '}');
}

static int put_json(const pc_descriptor_file *d, const char *path)
{
	cli_json j = {.depth = 0};
	char abi[16];
	(void)snprintf(abi, sizeof abi, "%u.%u", d->api.abi >> 16, d->api.abi & 0xffff);
	cli_json_open(&j, '{');
	put_member(&j, "file", path);
	put_member(&j, "format", d->format);
	put_member(&j, "machine", d->machine);
	put_member(&j, "id", d->api.id);
	put_member(&j, "version", d->api.version);
	put_member(&j, "abi", abi);
	put_member(&j, "license", d->api.license);
	put_member(&j, "summary", d->api.summary);
	put_flag(&j, "reloads", d->api.reload != NULL);
	cli_json_key(&j, "options");
	cli_json_open(&j, '[');
	for (const struct pc_option *o = d->api.options; o && o->key; o++) put_option(&j, o);
	cli_json_close(&j, ']');
	cli_json_close(&j, '}');
	pc_strbuf_puts(&j.text, "\n");
	return cli_put_buf(&j.text) ? CLI_OK : CLI_FAILED;
}

int cli_plugin_info(const char *path, enum cli_plugin_form form, bool color)
{
	pc_descriptor_file d = {.text_count = 0};
	pc_err err = {""};
	char *file = NULL;
	size_t bytes;
	int result = cli_file_read_most(path, PLUGIN_BYTES_MAX, &file, &bytes);
	if (result) return result;
	if (pc_descriptor_read((const unsigned char *)file, bytes, &d, &err) != PC_OK) {
		cli_error("%s: %s", path, err.text);
		result = CLI_FAILED;
	} else if (form == CLI_PLUGIN_JSON) {
		result = put_json(&d, path);
	} else {
		result = form == CLI_PLUGIN_MARKDOWN ? put_markdown(&d) : put_table(&d, path, color);
	}
	pc_descriptor_file_free(&d);
	free(file);
	return result;
}
