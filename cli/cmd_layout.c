/* cmd_layout.c - `pagecast layout`: from descriptions of bytes to tables and code, and back. docs/layout-tool.md */
#include "dwarf/debug.h"
#include "layout/gen.h"
#include "layout/tsv_read.h"
#include "layout/yaml.h"
#include "layout_files.h"
#include "layout_show.h"
#include "os.h"
#include "out.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_JSON, OPT_TSV, OPT_LANG, OPT_NAME, OPT_OBJECT, OPT_UNIT, OPT_TIME, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_JSON] = {'j', "json", NULL, "print, guess: JSON"},
        [OPT_TSV] = {0, "tsv", NULL, "print: tab-separated, as from-tsv reads it"},
        [OPT_LANG] = {'l', "lang", "LANGUAGE", "gen: c, cpp, python, csharp, rust or typescript"},
        [OPT_NAME] = {0, "name", "NAME", "print, gen: what the struct is called"},
        [OPT_OBJECT] = {0, "object", "NAME", "gen: the shared-memory object, if not the region's"},
        [OPT_UNIT] = {0, "unit", "SOURCE", "from-dwarf: only what is compiled from this source file"},
        [OPT_TIME] = {'t', "time", "TIME", "guess: look for so long; default: 2s"},
        [OPTS] = {0, NULL, NULL, NULL}};

/* ---- check and print ---- */

static int run_check(const cli_args *args)
{
	cli_layouts layouts = {0};
	int result = cli_layouts_load(args->words[1], &layouts);
	if (!result) (void)printf("layout OK: %u layout%s\n", (unsigned)layouts.count, layouts.count == 1 ? "" : "s");
	cli_layouts_free(&layouts);
	return result;
}

static bool is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	return *text && strlen(text) < 64 && !(*text >= '0' && *text <= '9') && !text[strspn(text, letters)];
}

/* Load the file and choose what the command line means. @return CLI_OK; free *ret_layouts in any case */
static int load_part(const cli_args *args, cli_layouts *ret_layouts, cli_layout_part *ret)
{
	const char *called = args->value[OPT_NAME];
	if (called && !is_name(called))
		return cli_usage_error(&cli_layout_command, "'%s' is no name that code can have", called);
	int result = cli_layouts_load(args->words[1], ret_layouts);
	if (!result)
		result = cli_layouts_choose(ret_layouts, args->word_count > 2 ? args->words[2] : NULL, args->words[1],
		                            ret);
	if (!result && called) ret->block.name = called;
	return result;
}

static int run_print(const cli_args *args)
{
	cli_layouts layouts = {0};
	cli_layout_part part;
	pc_strbuf b = {0};
	int result = load_part(args, &layouts, &part);
	if (!result && args->value[OPT_TSV]) {
		ly_tsv_write(&b, &part.block);
		(void)cli_put_buf(&b);
	} else if (!result && args->value[OPT_JSON]) {
		(void)cli_layout_json(&part.block);
	} else if (!result) {
		(void)cli_show_layout(&part.block, args->color);
	}
	cli_layouts_free(&layouts);
	return result;
}

/* ---- gen ---- */

static int run_gen(const cli_args *args)
{
	cli_layouts layouts = {0};
	cli_layout_part part;
	ly_plan plan = {0};
	ly_gen gen = {.plan = &plan};
	pc_strbuf b = {0};
	if (!args->value[OPT_LANG])
		return cli_usage_error(&cli_layout_command, "layout gen: which --lang? %s", ly_gen_languages);
	void (*generate)(pc_strbuf *, const ly_gen *) = ly_gen_find(args->value[OPT_LANG], &gen.is_cpp);
	if (!generate)
		return cli_usage_error(&cli_layout_command, "'%s' is not one of %s", args->value[OPT_LANG],
		                       ly_gen_languages);
	int result = load_part(args, &layouts, &part);
	if (!result && ly_plan_make(&plan, &part.block) != PC_OK) {
		cli_error("out of memory");
		result = CLI_FAILED;
	}
	if (!result) {
		gen.object = args->value[OPT_OBJECT] ? args->value[OPT_OBJECT] : part.of->object;
		gen.doc = part.of->doc;
		gen.source = part.of->source;
		generate(&b, &gen);
		(void)cli_put_buf(&b);
	}
	ly_plan_free(&plan);
	cli_layouts_free(&layouts);
	return result;
}

/* ---- from elsewhere ---- */

static int put_yaml(const pc_layout *layout, const char *name, const char *source)
{
	pc_strbuf b = {0};
	ly_block block = ly_block_of_layout(layout, name);
	ly_yaml_write(&b, &block, "", source);
	(void)cli_put_buf(&b);
	return CLI_OK;
}

static int run_from_tsv(const cli_args *args)
{
	char name[64], *text = NULL;
	size_t bytes;
	pc_err err = {""};
	pc_layout *layout = NULL;
	int result = cli_file_read(args->words[1], &text, &bytes);
	if (result) return result;
	if (ly_tsv_read(text, bytes, &layout, name, &err) == PC_OK) {
		result = put_yaml(layout, name, "");
	} else {
		cli_hint("%s:%s", args->words[1], err.text);
		result = CLI_FAILED;
	}
	pc_layout_destroy(&layout);
	free(text);
	return result;
}

static void saw_type(void *near, const char *name)
{
	cli_near_add(near, name);
}

static int from_dwarf(void *arg)
{
	const cli_args *args = arg;
	cli_near near;
	ly_wanted wanted = {args->words[1], args->words[2], args->value[OPT_UNIT], saw_type, &near};
	char name[64] = "", source[512];
	pc_strbuf more = {0};
	pc_err err = {""};
	pc_layout *layout = NULL;
	cli_near_start(&near, args->words[2]);
	pc_status s = ly_dwarf_read(&wanted, &layout, name, &more, &err);
	(void)snprintf(source, sizeof source, "debug information of %.200s: %.200s", args->words[1], args->words[2]);
	if (s == PC_OK) {
		(void)put_yaml(layout, name, source);
	} else {
		cli_error("%s", err.text);
		for (const char *at = more.text; at && *at; at += strcspn(at, "\n") + 1)
			cli_hint("%.*s", (int)strcspn(at, "\n"), at);
		if (s == PC_EABSENT) cli_near_print(&near);
	}
	pc_strbuf_free(&more);
	pc_layout_destroy(&layout);
	return s == PC_OK ? CLI_OK : CLI_FAILED;
}

/* Libraries that read debug information trust it more than we do. */
static int run_from_dwarf(const cli_args *args)
{
	pc_err err = {""};
	int result = cli_os_apart(from_dwarf, (void *)(uintptr_t)args, &err);
	if (result >= 0) return result;
	cli_error("cannot read the debug information of %s, which may be damaged: %s", args->words[1], err.text);
	return CLI_FAILED;
}

static int run_guess(const cli_args *args)
{
	uint64_t time_ns = UINT64_C(2000000000);
	const char *text = args->value[OPT_TIME];
	if (text && (!cli_parse_duration(text, &time_ns) || time_ns > UINT64_C(86400000000000)))
		return cli_usage_error(&cli_layout_command, "'%s' is no time such as 500ms or 2s, at most a day", text);
	return cli_layout_guess(args, args->words[1], time_ns, args->value[OPT_JSON] != NULL);
}

/* ---- the command ---- */

static const cli_tool tools[] = {{"check", 1, 1, 0, run_check},
                                 {"print", 1, 2, 1u << OPT_JSON | 1u << OPT_TSV | 1u << OPT_NAME, run_print},
                                 {"gen", 1, 2, 1u << OPT_LANG | 1u << OPT_NAME | 1u << OPT_OBJECT, run_gen},
                                 {"from-tsv", 1, 1, 0, run_from_tsv},
                                 {"from-dwarf", 2, 2, 1u << OPT_UNIT, run_from_dwarf},
                                 {"guess", 1, 1, 1u << OPT_JSON | 1u << OPT_TIME, run_guess},
                                 {0}};

static int run(const cli_args *args)
{
	return cli_tools_run(&cli_layout_command, tools, args);
}

const cli_command cli_layout_command = {
        .name = "layout",
        .group = "layouts",
        .summary = "what bytes mean: check it, print it, generate code, make it from what is there",
        .usage = "COMMAND ... [--lang LANGUAGE] [--json] [--tsv]",
        .about = "check FILE            every error as file:line:column, as the daemon would report it\n"
                 "print FILE [NAME]     offset, size, type and name of every field\n"
                 "gen FILE [NAME]       code in --lang LANGUAGE, which asserts every offset and size\n"
                 "from-tsv FILE         a table of offsetof and sizeof becomes a layout file\n"
                 "from-dwarf FILE TYPE  so does a struct of a program or object file with debug information\n"
                 "guess NAME            a map that nobody described: what moves, and what it may be\n"
                 "\n"
                 "FILE is a layout file or a configuration of the daemon. NAME is one of its regions or types,\n"
                 "or the path of a struct inside; without it the layout of the file is meant, or the only one.\n"
                 "The exit code is 1 if FILE is wrong. More in docs/layout-tool.md.\n",
        .examples = "pagecast layout check my_map.yaml\tis it right?\n"
                    "pagecast layout print hwinfo_sm2.yaml sensor\tone struct of it\n"
                    "pagecast layout gen my_map.yaml --lang c > my_map.h\ta header\n"
                    "pagecast layout from-tsv offsets.tsv > my_map.yaml\tfrom a table\n"
                    "pagecast layout from-dwarf ./game 'telemetry::Car' > car.yaml\tfrom a program\n"
                    "pagecast layout guess 'Local\\unknown' --time 5s\twhat may this be?\n",
        .options = options,
        .least = 1,
        .most = -1,
        .run = run};
