/* plugin_new.c - `pagecast plugin new`: a project that builds, from the template inside this program. */
#include "os.h"
#include "out.h"
#include "plugin.h"
#include "plugin_template.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 31u /* as the daemon takes it in a descriptor */
#define PATH_MAX_BYTES 4096u

/* ---- names -------------------------------------------------------------------------------------------- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* File names do not tell cases apart everywhere. */
static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++) {
		size_t i = 0;
		while (name[i] && lower(name[i]) == (*list)[i]) i++;
		if (!name[i] && !(*list)[i]) return true;
	}
	return false;
}

/* What is wrong with a plugin's name, or NULL. */
static const char *judge_name(const char *name)
{
	static const char *const ours[] = {CLI_OWN_PLUGINS, NULL}; /* from CMake */
	static const char *const devices[] = {"con",  "prn",  "aux",  "nul",  "com1", "com2", "com3", "com4",
	                                      "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2", "lpt3",
	                                      "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", NULL};
	for (size_t i = 0; name[i]; i++) {
		char c = lower(name[i]);
		bool is_letter = (c >= 'a' && c <= 'z') || c == '_';
		if (!is_letter && !(i && ((c >= '0' && c <= '9') || c == '-')))
			return "a letter or '_', then letters, digits, '_' and '-'";
	}
	if (!*name) return "a name has at least one letter";
	if (strlen(name) > NAME_MAX_BYTES) return "at most 31 characters";
	if (is_one_of(name, ours)) return "pagecast brings a plugin of that name";
	if (is_one_of(name, devices)) return "Windows keeps that name for a device";
	return NULL;
}

/* ---- files -------------------------------------------------------------------------------------------- */

/* Text with the plugin's name where the template's word is. */
static void put_named(pc_strbuf *b, const char *text, size_t bytes, const char *name)
{
	const size_t word = strlen(CLI_TEMPLATE_WORD);
	for (size_t i = 0; i < bytes;) {
		bool is_word = bytes - i >= word && !memcmp(text + i, CLI_TEMPLATE_WORD, word);
		if (is_word)
			pc_strbuf_puts(b, name);
		else
			pc_strbuf_add(b, text + i, 1);
		i += is_word ? word : 1;
	}
}

/* @return false if it is too long */
static bool path_of(char path[PATH_MAX_BYTES], const char *folder, const cli_template_file *file, const char *name)
{
	pc_strbuf b = {0};
	pc_strbuf_printf(&b, "%s/", folder);
	if (!strcmp(file->name, "gitignore"))
		pc_strbuf_puts(&b, ".gitignore"); /* in the template it would hide files of ours */
	else
		put_named(&b, file->name, strlen(file->name), name);
	bool is_short = !b.failed && b.bytes < PATH_MAX_BYTES;
	if (is_short) memcpy(path, b.text, b.bytes + 1);
	pc_strbuf_free(&b);
	return is_short;
}

static pc_status write_one(const char *path, const cli_template_file *file, const char *name, pc_err *err)
{
	pc_strbuf b = {0};
	put_named(&b, (const char *)file->bytes, file->count, name);
	pc_status s = b.failed ? pc_err_set(err, PC_ENOMEM, "%s: out of memory", path)
	                       : cli_os_file_create(path, b.text, b.bytes, err);
	pc_strbuf_free(&b);
	return s;
}

/* Every file is new, or nothing is written: what was written is taken back. */
static pc_status write_all(const char *folder, const char *name, pc_err *err)
{
	char path[PATH_MAX_BYTES];
	pc_status s = PC_OK;
	size_t done = 0;
	for (; cli_template_files[done].name; done++) {
		s = path_of(path, folder, &cli_template_files[done], name)
		            ? write_one(path, &cli_template_files[done], name, err)
		            : pc_err_set(err, PC_EINVAL, "%s: the path is too long", folder);
		if (s != PC_OK) break;
	}
	while (s != PC_OK && done-- > 0)
		if (path_of(path, folder, &cli_template_files[done], name)) (void)cli_os_file_remove(path);
	return s;
}

static void put_next_steps(const char *folder)
{
	pc_strbuf b = {0};
	cli_escape_z(&b, folder);
	const char *shown = b.text ? b.text : "";
	(void)printf("made %s. Next:\n\n"
	             "    cd %s\n"
	             "    cmake -B build && cmake --build build && ctest --test-dir build\n\n"
	             "README.md there says how to build without CMake, and how to try it.\n",
	             shown, shown);
	pc_strbuf_free(&b);
}

int cli_plugin_new(const char *name, const char *folder)
{
	const char *wrong = judge_name(name);
	pc_err err = {""};
	if (wrong) {
		pc_strbuf b = {0};
		cli_escape_z(&b, name);
		cli_error("'%s' cannot be a plugin's name: %s", b.text ? b.text : "", wrong);
		pc_strbuf_free(&b);
		return CLI_USAGE;
	}
	if (!folder) folder = name;
	pc_status made = cli_os_folder_make(folder, &err);
	pc_status s = made == PC_OK || made == PC_EBUSY ? write_all(folder, name, &err) : made;
	if (s == PC_OK) {
		put_next_steps(folder);
		return CLI_OK;
	}
	if (made == PC_OK) cli_os_folder_remove(folder);
	cli_error("%s", err.text);
	if (s == PC_EBUSY) cli_hint("nothing is ever overwritten: choose another folder with --dir");
	return CLI_FAILED;
}
