/* A plugin's options: tables that are wrong themselves, getters, what a reload has to do. */
#include "config/build.h"
#include "config/config.h"
#include "config/suggest.h"
#include "test.h"

static const struct pc_option table[] = {{"interval", "100ms", "1ms", NULL, NULL, "", PC_OPT_DURATION, PC_OPT_RELOAD},
                                         {"port", NULL, "1", "65535", NULL, "", PC_OPT_INT, 0},
                                         {"title", NULL, NULL, NULL, NULL, "", PC_OPT_STRING, PC_OPT_RELOAD},
                                         {"scale", "1", NULL, NULL, NULL, "", PC_OPT_REAL, PC_OPT_RELOAD},
                                         {"origins", NULL, NULL, NULL, NULL, "", PC_OPT_LIST, PC_OPT_RELOAD},
                                         {"region", NULL, NULL, NULL, NULL, "", PC_OPT_REGION, 0},
                                         {0}};

/* Options of `plugins: { p: {TEXT} }`; the configuration they came from is gone when this returns. */
static pc_status check(const char *text, const struct pc_option *options, pc_config **ret, char message[256])
{
	char whole[512];
	pcd_config *config = NULL;
	pcd_diags *diags = pcd_diags_create();
	(void)snprintf(whole, sizeof whole, "plugins:\n  p: {%s}\n", text);
	CHECK_STATUS(pcd_config_parse("t.yaml", whole, strlen(whole), &config, diags), PC_OK);
	pc_status s = pcd_options_check(&config->plugins[0], options, ret, diags);
	CHECK_INT(pcd_diags_count(diags) > 0, s != PC_OK);
	(void)snprintf(message, 256, "%s", s == PC_OK ? "" : pcd_diags_get(diags, 0));
	memset(whole, 'x', sizeof whole);
	pcd_config_destroy(&config);
	pcd_diags_destroy(&diags);
	return s;
}

static pc_config *options_of(const char *text)
{
	char message[256];
	pc_config *options = NULL;
	if (check(text, table, &options, message) != PC_OK) PC_FAIL("%s", message);
	return options;
}

PC_TEST(options_outlive_the_configuration_they_came_from)
{
	pc_config *o = options_of("interval: 2s, title: 'a title', origins: [a, b], region: r, scale: -0.5");
	CHECK_INT(pcd_options_int(o, "interval"), 2000000000);
	CHECK_STR(pcd_options_string(o, "interval"), "2s");
	CHECK_STR(pcd_options_string(o, "title"), "a title");
	CHECK_STR(pcd_options_string(o, "region"), "r");
	CHECK(pcd_options_real(o, "scale") == -0.5);
	CHECK_STR(pcd_options_list(o, "origins", 1), "b");
	CHECK(pcd_options_list(o, "origins", 2) == NULL);
	pcd_options_destroy(&o);
	CHECK(o == NULL);
	pcd_options_destroy(&o);
}

PC_TEST(what_was_not_given_or_not_declared_is_nothing)
{
	pc_config *o = options_of("");
	CHECK_INT(pcd_options_int(o, "interval"), 100000000);
	CHECK_INT(pcd_options_int(o, "port"), 0);
	CHECK(pcd_options_string(o, "title") == NULL);
	CHECK(pcd_options_list(o, "origins", 0) == NULL);
	CHECK_INT(pcd_options_int(o, "undeclared"), 0);
	CHECK(pcd_options_real(o, "undeclared") == 0);
	CHECK(pcd_options_string(o, "undeclared") == NULL);
	CHECK(pcd_options_list(o, "undeclared", 0) == NULL);
	pcd_options_destroy(&o);
}

PC_TEST(a_plugin_without_options_takes_none)
{
	static const struct pc_option none[] = {{0}};
	char message[256];
	pc_config *options = NULL;
	for (int i = 0; i < 2; i++) {
		CHECK_STATUS(check("", i ? none : NULL, &options, message), PC_OK);
		pcd_options_destroy(&options);
		CHECK_STATUS(check("x: 1", i ? none : NULL, &options, message), PC_EINVAL);
		CHECK_STR(message, "t.yaml:2:7: unknown key 'x' in plugin p; expected one of: plugin, required");
	}
}

static void refuse_table(struct pc_option option, const char *why)
{
	struct pc_option wrong[2] = {option, {0}};
	char message[256], expected[256];
	pc_config *options = NULL;
	CHECK_STATUS(check("", wrong, &options, message), PC_EINVAL);
	CHECK(options == NULL);
	(void)snprintf(expected, sizeof expected, "t.yaml:2:3: plugin p has a wrong table of options: '%s': %s",
	               option.key, why);
	CHECK_STR(message, expected);
}

PC_TEST(a_table_that_is_wrong_itself_is_refused)
{
	static const char *const unfit = "its default does not fit its type and range";
	refuse_table((struct pc_option){"a", "0", "1", NULL, NULL, "", PC_OPT_INT, 0}, unfit);
	refuse_table((struct pc_option){"a", "x", NULL, NULL, NULL, "", PC_OPT_BOOL, 0}, unfit);
	refuse_table((struct pc_option){"a", "5", "low", NULL, NULL, "", PC_OPT_REAL, 0}, unfit);
	refuse_table((struct pc_option){"a", "5", NULL, NULL, NULL, "", PC_OPT_DURATION, 0}, unfit);
	refuse_table((struct pc_option){"a", "c", "a|b", NULL, NULL, "", PC_OPT_ENUM, 0}, unfit);
	refuse_table((struct pc_option){"a", NULL, NULL, NULL, NULL, "", PC_OPT_ENUM, 0}, "it has no words");
	refuse_table((struct pc_option){"a", NULL, NULL, NULL, NULL, "", 99, 0}, "its type is unknown");
	refuse_table((struct pc_option){"required", NULL, NULL, NULL, NULL, "", PC_OPT_BOOL, 0},
	             "the daemon uses this key itself");
}

static int change(const char *a, const char *b)
{
	pc_config *x = options_of(a), *y = options_of(b);
	int result = (int)pcd_options_compare(x, y, table);
	pcd_options_destroy(&x);
	pcd_options_destroy(&y);
	return result;
}

PC_TEST(a_reload_does_no_more_than_the_changed_options_need)
{
	CHECK_INT(change("", ""), PCD_OPTIONS_SAME);
	CHECK_INT(change("interval: 100ms", ""), PCD_OPTIONS_SAME);
	CHECK_INT(change("interval: 100ms", "interval: 0.1s"), PCD_OPTIONS_SAME);
	CHECK_INT(change("port: 80", "port: 0x50"), PCD_OPTIONS_SAME);
	CHECK_INT(change("title: a, port: 1", "port: 1, title: a"), PCD_OPTIONS_SAME);
	CHECK_INT(change("interval: 100ms", "interval: 101ms"), PCD_OPTIONS_RELOAD);
	CHECK_INT(change("title: a", "title: b"), PCD_OPTIONS_RELOAD);
	CHECK_INT(change("title: a", ""), PCD_OPTIONS_RELOAD);
	CHECK_INT(change("scale: 1", "scale: 1.5"), PCD_OPTIONS_RELOAD);
	CHECK_INT(change("origins: [a]", "origins: [a, b]"), PCD_OPTIONS_RELOAD);
	CHECK_INT(change("origins: [a]", "origins: [b]"), PCD_OPTIONS_RELOAD);
	CHECK_INT(change("origins: a", "origins: [a]"), PCD_OPTIONS_SAME);
	CHECK_INT(change("origins: []", ""), PCD_OPTIONS_RELOAD);
	CHECK_INT(change("port: 1", "port: 2"), PCD_OPTIONS_RESTART);
	CHECK_INT(change("title: a, port: 1", "title: b, port: 2"), PCD_OPTIONS_RESTART);
	CHECK_INT(change("region: a", "region: b"), PCD_OPTIONS_RESTART);
}

PC_TEST(the_reference_of_a_plugin_says_what_its_table_says)
{
	static const struct pc_option one[] = {{"rate", "10", "1", "100", "Hz", "how often", PC_OPT_INT, PC_OPT_RELOAD},
	                                       {"token", NULL, NULL, NULL, NULL, "what clients must know",
	                                        PC_OPT_STRING, PC_OPT_SECRET | PC_OPT_REQUIRED},
	                                       {0}};
	char *text = pcd_options_reference(one);
	CHECK_STR(text, "rate: a whole number, 1..100 [Hz]; default 10; changes take effect on reload\n    how often\n"
	                "token: a text; must be given; never shown\n    what clients must know\n");
	free(text);
	text = pcd_options_reference(NULL);
	CHECK_STR(text, "");
	free(text);
}

PC_TEST(durations_and_sizes_are_exact_or_refused)
{
	static const struct {
		const char *text;
		int64_t value;
	} durations[] = {{"0", 0},
	                 {"0s", 0},
	                 {"250us", 250000},
	                 {"1.5s", 1500000000},
	                 {"0.000000001s", 1},
	                 {"2m", INT64_C(120000000000)},
	                 {"1.000000001h", INT64_C(3600000003600)},
	                 {"2562047h", INT64_C(9223369200000000000)},
	                 {"2562048h", -1},
	                 {"9999999999h", -1},
	                 {"1.5ns", -1},
	                 {"0.0000000001s", -1},
	                 {"1", -1},
	                 {"s", -1},
	                 {"", -1},
	                 {"-1s", -1},
	                 {"1.s", -1},
	                 {".5s", -1},
	                 {"1e3s", -1},
	                 {"1 s", -1},
	                 {"1S", -1}};
	static const struct {
		const char *text;
		int64_t value;
	} sizes[] = {{"0", 0},           {"4096", 4096},
	             {"64KiB", 65536},   {"1TiB", INT64_C(1) << 40},
	             {"0x20", 32},       {"8388607TiB", INT64_C(8388607) << 40},
	             {"8388608TiB", -1}, {"1KB", -1},
	             {"1.5KiB", -1},     {"-1", -1},
	             {"", -1},           {"KiB", -1},
	             {"0x10KiB", -1},    {"9223372036854775808", -1}};
	for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
		int64_t ns = -1;
		bool ok = pc_option_parse_duration(durations[i].text, &ns);
		if (ok != (durations[i].value >= 0) || (ok && ns != durations[i].value))
			PC_FAIL("%s", durations[i].text);
	}
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		int64_t bytes = -1;
		bool ok = pc_option_parse_size(sizes[i].text, &bytes);
		if (ok != (sizes[i].value >= 0) || (ok && bytes != sizes[i].value)) PC_FAIL("%s", sizes[i].text);
	}
}

static const char *suggest(const char *word)
{
	static const char *const known[] = {"heartbeat", "size", "slots", "plugin_path", "doc"};
	struct pcd_suggest s = {.word = word};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) pcd_suggest_try(&s, known[i]);
	return s.best ? s.best : "";
}

PC_TEST(a_near_word_is_suggested_and_a_far_one_is_not)
{
	CHECK_STR(suggest("haertbeat"), "heartbeat");
	CHECK_STR(suggest("Heart_Beat"), "heartbeat");
	CHECK_STR(suggest("plugin-path"), "plugin_path");
	CHECK_STR(suggest("sixe"), "size");
	CHECK_STR(suggest("dc"), "doc");
	CHECK_STR(suggest("x"), "");
	CHECK_STR(suggest(""), "");
	CHECK_STR(suggest("frequency"), "");
	CHECK_STR(suggest("a_word_that_is_much_longer_than_any_key_could_ever_be"), "");
}
