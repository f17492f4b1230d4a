/* What the loader makes of descriptors, good and broken: the sentences of docs/plugin-guide.md. */
#include "plugin_load.h"
#include "test.h"

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	(void)host;
	(void)config;
	(void)ret;
	PC_FAIL("judging a plugin runs none of its code");
	return 0;
}

static void destroy(pc_inst *inst)
{
	(void)inst;
}

/* clang-format off */
static const struct pc_plugin good = {PC_PLUGIN_MAGIC, sizeof(struct pc_plugin), PC_ABI(1, 0), 0, "x", "1.0.0", "MIT", "a plugin",
                                      NULL, create, NULL, NULL, NULL, destroy};
#define END {NULL, NULL, NULL, NULL, NULL, NULL, 0, 0}
/* clang-format on */

static void expect(const struct pc_plugin *p, pc_status status, const char *sentence)
{
	char why[PCD_WHY_BYTES] = "";
	CHECK_STATUS(pc_descriptor_judge(p, why), status);
	CHECK_STR(why, sentence);
}

PC_TEST(a_plugin_with_what_is_mandatory_is_good)
{
	static const struct pc_option options[] = {
	        {"a-b_1", NULL, NULL, NULL, NULL, NULL, PC_OPT_BOOL, PC_OPT_REQUIRED},
	        {"mode", "on", "on|off", NULL, NULL, NULL, PC_OPT_ENUM, PC_OPT_RELOAD},
	        END};
	struct pc_plugin p = good;
	expect(&p, PC_OK, "");
	p.options = options;
	expect(&p, PC_OK, "");
}

PC_TEST(the_head_is_judged_before_anything_else_is_believed)
{
	/* Whatever stands behind the head must not be looked at: here it is rubbish. */
	struct pc_plugin p;
	memset(&p, 0xA5, sizeof p);
	expect(&p, PC_EINVAL, "not a pagecast plugin: its magic is 0xA5A5A5A5, not 0x4E4C5050");
	p.magic = PC_PLUGIN_MAGIC;
	p.abi = PC_ABI(2, 7);
	expect(&p, PC_EVERSION, "built for plugin ABI 2.7, this daemon has 1.1: rebuild the plugin");
	p.abi = PC_ABI(0, 9);
	expect(&p, PC_EVERSION, "built for plugin ABI 0.9, this daemon has 1.1: rebuild the plugin");
	p.abi = PC_ABI(1, 3);
	expect(&p, PC_EVERSION, "needs plugin ABI 1.3, this daemon has 1.1: update pagecast");
	p.abi = PC_ABI(1, 0);
	p.struct_size = 8;
	expect(&p, PC_EINVAL, "broken descriptor: its struct_size is 8, ABI 1.0 has at least 96");
	p.struct_size = UINT32_MAX;
	expect(&p, PC_EINVAL, "broken descriptor: its struct_size is 4294967295, ABI 1.0 has at least 96");
}

PC_TEST(a_longer_descriptor_of_a_later_minor_is_fine)
{
	struct pc_plugin p = good;
	p.struct_size = sizeof p + 64;
	expect(&p, PC_OK, "");
}

PC_TEST(what_is_missing_is_named)
{
	struct pc_plugin p = good;
	p.id = NULL;
	expect(&p, PC_EINVAL, "broken descriptor: `id` is missing");
	p = good;
	p.id = "no word";
	expect(&p, PC_EINVAL, "broken descriptor: `id` is not a word of letters, digits, '_' and '-'");
	p = good;
	p.version = "";
	expect(&p, PC_EINVAL, "broken descriptor: `version` is missing");
	p = good;
	p.license = NULL;
	expect(&p, PC_EINVAL, "broken descriptor: `license` is missing");
	p = good;
	p.summary = NULL;
	expect(&p, PC_EINVAL, "broken descriptor: `summary` is missing");
	p = good;
	p.create = NULL;
	expect(&p, PC_EINVAL, "broken descriptor: `create` is missing");
	p = good;
	p.destroy = NULL;
	expect(&p, PC_EINVAL, "broken descriptor: `destroy` is missing");
	p = good;
	p.flags = 4;
	expect(&p, PC_EINVAL, "broken descriptor: `flags` is 0x4, not 0");
}

static void expect_option(struct pc_option option, const char *sentence)
{
	struct pc_option options[] = {{"fine", NULL, NULL, NULL, NULL, NULL, PC_OPT_INT, 0}, option, END};
	struct pc_plugin p = good;
	p.options = options;
	expect(&p, PC_EINVAL, sentence);
}

PC_TEST(a_broken_row_of_the_option_table_is_named)
{
	struct pc_option o = {"x", NULL, NULL, NULL, NULL, NULL, PC_OPT_INT, 0};
	o.key = "a b";
	expect_option(o, "broken option table: row 1 ('a b'): the key is not a word");
	o.key = "required";
	expect_option(o, "broken option table: row 1 ('required'): the key is the daemon's own");
	o.key = "fine";
	expect_option(o, "broken option table: row 1 ('fine'): the key stands there twice");
	o.key = "x";
	o.type = 99;
	expect_option(o, "broken option table: row 1 ('x'): unknown type");
	o.type = PC_OPT_ENUM;
	expect_option(o, "broken option table: row 1 ('x'): an enum without words");
	o.type = PC_OPT_INT;
	o.flags = 64;
	expect_option(o, "broken option table: row 1 ('x'): unknown flags");
	o.flags = PC_OPT_REQUIRED;
	o.def = "1";
	expect_option(o, "broken option table: row 1 ('x'): required, and yet has a default");
}

PC_TEST(an_option_table_without_an_end_is_not_read_for_ever)
{
	static struct pc_option options[PC_OPTIONS_MAX];
	static char keys[PC_OPTIONS_MAX][8];
	struct pc_plugin p = good;
	for (unsigned i = 0; i < PC_OPTIONS_MAX; i++) {
		(void)snprintf(keys[i], sizeof keys[i], "k%u", i);
		options[i].key = keys[i];
	}
	p.options = options;
	expect(&p, PC_EINVAL, "broken option table: no end within 256 rows");
}

PC_TEST(files_are_looked_for_in_order_and_never_outside)
{
	static const char *const dirs[] = {"/nowhere/a", "/nowhere/b", NULL};
	pcd_plugins plugins = {NULL, dirs};
	const pcd_plugin *plugin;
	char why[PCD_WHY_BYTES];
	CHECK_STATUS(pcd_plugin_load(&plugins, "x", &plugin, why), PC_EABSENT);
	CHECK_STR(why, "there is no x" PCD_PLUGIN_SUFFIX " in /nowhere/a, /nowhere/b");
	CHECK_STATUS(pcd_plugin_load(&plugins, "../x", &plugin, why), PC_EINVAL);
	CHECK_STR(why, "a plugin is named by its file name without directory and suffix");
}
