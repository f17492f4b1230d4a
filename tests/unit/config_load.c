/* What golden files cannot show: files that git cannot hold, limits, equality, and that a failure leaves nothing. */
#include "config/build.h"
#include "config/config.h"
#include "test.h"

#include <pagecast/writer.h>

static pcd_config *parse(const char *text)
{
	pcd_config *config = NULL;
	pcd_diags *diags = pcd_diags_create();
	pc_status s = pcd_config_parse("t.yaml", text, strlen(text), &config, diags);
	if (s != PC_OK) PC_FAIL("%s", pcd_diags_get(diags, 0));
	CHECK_INT(pcd_diags_count(diags), 0);
	pcd_diags_destroy(&diags);
	return config;
}

/* Fails, and this is message number i. */
static void refuse(const char *text, uint32_t i, const char *message)
{
	pcd_config *config = NULL;
	pcd_diags *diags = pcd_diags_create();
	CHECK_STATUS(pcd_config_parse("t.yaml", text, strlen(text), &config, diags), PC_EINVAL);
	CHECK(config == NULL);
	CHECK(pcd_diags_count(diags) > i);
	CHECK_STR(pcd_diags_get(diags, i), message);
	pcd_diags_destroy(&diags);
}

static void refuse_file(const char *path, pc_status status, const char *message)
{
	pcd_config *config = NULL;
	pcd_diags *diags = pcd_diags_create();
	CHECK_STATUS(pcd_config_load(path, &config, diags), status);
	CHECK(config == NULL);
	CHECK_INT(pcd_diags_count(diags), 1);
	CHECK_STR(pcd_diags_get(diags, 0), message);
	pcd_diags_destroy(&diags);
}

static const char *write_file(const char *text, size_t bytes)
{
	static char path[64];
	(void)snprintf(path, sizeof path, "%s.yaml", pc_test_name("config"));
	FILE *file = fopen(path, "wb");
	CHECK(file);
	CHECK_INT(fwrite(text, 1, bytes, file), bytes);
	CHECK_INT(fclose(file), 0);
	return path;
}

PC_TEST(a_file_that_is_missing_or_none_has_its_own_status)
{
	refuse_file("/nonexistent/x.yaml", PC_EABSENT,
	            "/nonexistent/x.yaml: cannot read the configuration: no such file or directory");
	refuse_file("/", PC_EINVAL, "/: cannot read the configuration: is a directory, not a file");
	refuse_file("/dev/zero", PC_EINVAL, "/dev/zero: cannot read the configuration: is not a plain file");
}

PC_TEST(a_file_of_more_than_a_mebibyte_is_refused_and_one_of_exactly_that_is_not)
{
	char *text = malloc(PCD_NODE_DEPTH_MAX + (1 << 20)), message[200];
	CHECK(text);
	memset(text, '\n', (1 << 20) + 1);
	memcpy(text, "regions: {}", strlen("regions: {}"));
	const char *path = write_file(text, (1 << 20) + 1);
	(void)snprintf(message, sizeof message,
	               "%s: cannot read the configuration: is too large: 1048577 bytes, at most 1048576", path);
	refuse_file(path, PC_EINVAL, message);
	CHECK_INT(remove(path), 0);
	pcd_config *config = NULL;
	pcd_diags *diags = pcd_diags_create();
	path = write_file(text, 1 << 20);
	pc_status s = pcd_config_load(path, &config, diags);
	CHECK_INT(remove(path), 0);
	CHECK_INT(s, PC_OK);
	CHECK_STR(config->path, path);
	pcd_config_destroy(&config);
	CHECK(config == NULL);
	pcd_config_destroy(&config);
	pcd_diags_destroy(&diags);
	free(text);
}

PC_TEST(a_thousand_errors_are_enough)
{
	char *text = malloc(1 << 20), *to = text;
	CHECK(text);
	for (int i = 0; i < 1500; i++) to += sprintf(to, "k%d: 1\n", i);
	refuse(text, 0,
	       "t.yaml:1:1: unknown key 'k0' in the configuration; expected one of: instance, log, plugin_path, "
	       "heartbeat, "
	       "stale_after, budget, include, types, regions, plugins");
	refuse(text, 1000, "500 more errors");
	free(text);
}

PC_TEST(messages_come_in_order_of_place_whatever_the_order_of_checks)
{
	refuse("regions: { r: { sise: 1 } }\nheartbeat: x\n", 0,
	       "t.yaml:1:17: unknown key 'sise' in region r; did you mean 'size'?");
	refuse("regions: { r: { sise: 1 } }\nheartbeat: x\n", 1,
	       "t.yaml:2:12: heartbeat: expected a duration such as 100ms, 1ms..1m, found 'x'");
	pcd_diags *diags = pcd_diags_create();
	pcd_mark b = {"b", 1, 1}, a = {"a", 2, 2}, early = {"a", 2, 1};
	pcd_diags_add(diags, &b, "one %d", 1);
	pcd_diags_add(diags, &a, "two");
	pcd_diags_add(diags, NULL, "three");
	pcd_diags_add(diags, &early, "four");
	CHECK_STR(pcd_diags_get(diags, 0), "three");
	CHECK_STR(pcd_diags_get(diags, 1), "b:1:1: one 1");
	CHECK_STR(pcd_diags_get(diags, 2), "a:2:1: four");
	CHECK_STR(pcd_diags_get(diags, 3), "a:2:2: two");
	pcd_diags_destroy(&diags);
	CHECK(diags == NULL);
}

PC_TEST(regions_inherit_the_times_of_the_top_level)
{
	pcd_config *c = parse(
	        "heartbeat: 20ms\nstale_after: 80ms\nregions: { a: { size: 8 }, b: { size: 8, heartbeat: 40ms } }");
	CHECK_INT(c->regions[0].heartbeat_ms, 20);
	CHECK_INT(c->regions[0].stale_after_ms, 80);
	CHECK_INT(c->regions[1].heartbeat_ms, 40);
	CHECK_INT(c->regions[1].stale_after_ms, 80);
	CHECK_INT(c->regions[0].mark.line, 3);
	CHECK_INT(c->regions[0].mark.column, 12);
	CHECK(c->regions[0].slot_count == PC_SLOTS_AUTO);
	pcd_config_destroy(&c);
}

static bool is_equal(const char *a, const char *b)
{
	char text[2][512];
	(void)snprintf(text[0], sizeof text[0], "regions:\n  r: { %s }\nplugins: { p: }", a);
	(void)snprintf(text[1], sizeof text[1], "# elsewhere\n\nplugins: { p: }\nregions:\n    r: { %s }", b);
	pcd_config *x = parse(text[0]), *y = parse(text[1]);
	bool equal = pcd_region_conf_equal(&x->regions[0], &y->regions[0]);
	CHECK(equal == pcd_region_conf_equal(&y->regions[0], &x->regions[0]));
	pcd_config_destroy(&x);
	pcd_config_destroy(&y);
	return equal;
}

PC_TEST(regions_are_equal_if_they_say_the_same_wherever_they_stand)
{
	CHECK(is_equal("size: 4096", "size: 4KiB"));
	CHECK(is_equal("layout: { x: f32, y: u8 }",
	               "layout: { y: { type: u8, offset: 4 }, x: { type: f32, offset: 0 } }"));
	CHECK(is_equal("size: 1, heartbeat: 100ms", "size: 1"));
	CHECK(is_equal("layout_from: p", "layout_from: p, writer: plugin"));
	static const char *const different[] = {"size: 2",
	                                        "size: 1, name: s",
	                                        "size: 1, doc: d",
	                                        "size: 1, writer: plugin",
	                                        "size: 1, writer: legacy",
	                                        "size: 1, mode: 0600",
	                                        "size: 1, slots: 3",
	                                        "size: 1, heartbeat: 99ms",
	                                        "size: 1, stale_after: 501ms",
	                                        "size: 1, publish_hint: 1ms",
	                                        "size: 1, notify_min: 2ms",
	                                        "size: 1, layout: { x: u8 }",
	                                        "size: 1, layout_from: p"};
	for (size_t i = 0; i < sizeof different / sizeof different[0]; i++)
		if (is_equal("size: 1", different[i])) PC_FAIL("equal to %s", different[i]);
	CHECK(!is_equal("layout: { x: u8 }", "layout: { x: i8 }"));
	CHECK(!is_equal("layout: { x: u8 }", "layout: { x: u8 }, initial: { x: 1 }"));
	CHECK(!is_equal("layout: { x: u8 }, initial: { x: 1 }", "layout: { x: u8 }, initial: { x: 2 }"));
	CHECK(!is_equal("size: 1, writer: legacy, sample: 1ms", "size: 1, writer: legacy, sample: 2ms"));
}

PC_TEST(initial_values_beyond_any_use_are_refused)
{
	char *text = malloc(1 << 20), *to = text;
	CHECK(text);
	to += sprintf(to, "regions: { r: { layout: { x: 'u8[5000][1]' }, initial: { x: [");
	for (int i = 0; i < 4097; i++) to += sprintf(to, "00,");
	(void)sprintf(to, "] } } }");
	refuse(text, 0, "t.yaml:1:12350: initial: expected at most 4096 values in a region");
	refuse("regions: { r: { layout: { x: 'u8[2000000]' }, initial: { x: 00 } } }", 0,
	       "t.yaml:1:61: initial x: too large for a value in a config file");
	free(text);
}

PC_TEST(a_layout_of_65536_fields_and_a_field_that_is_wrong_in_it_take_no_time)
{
	size_t room = 1 << 20;
	char *text = malloc(room), *to = text;
	CHECK(text);
	to += sprintf(to, "regions:\n r:\n  layout:\n");
	for (int i = 0; i < 65536; i++) to += sprintf(to, "   f%x: u8\n", (unsigned)i);
	CHECK((size_t)(to - text) < room);
	pcd_config *c = parse(text);
	CHECK_INT(c->regions[0].payload_bytes, 65536);
	pcd_config_destroy(&c);
	memcpy(strstr(text, "f8000: u8"), "f8000: x8", 9);
	refuse(text, 0, "t.yaml:32772:11: expected a type such as f32 or char[10], found 'x8'; did you mean 'i8'?");
	free(text);
}

PC_TEST(the_reference_names_every_key)
{
	const char *text = pcd_config_reference();
#define PCD_X(id, key, type, def, min, max, flags, doc) \
	CHECK(strstr(text, key ": "));                  \
	CHECK(strstr(text, doc));
	PCD_TOP_KEYS(PCD_X)
	PCD_INCLUDED_KEYS(PCD_X)
	PCD_LOG_KEYS(PCD_X)
	PCD_REGION_KEYS(PCD_X)
	PCD_FIELD_KEYS(PCD_X)
	PCD_PLUGIN_KEYS(PCD_X)
#undef PCD_X
	CHECK(strstr(text, "heartbeat: a duration such as 100ms, 1ms..1m; default 100ms\n"));
}

PC_TEST(more_regions_or_plugins_than_a_machine_could_want_are_refused)
{
	char *text = malloc(1 << 20), *to = text;
	CHECK(text);
	to += sprintf(to, "plugins:\n");
	for (int i = 0; i < 257; i++) to += sprintf(to, " p%d:\n", i);
	to += sprintf(to, "regions:\n");
	for (int i = 0; i < 4097; i++) to += sprintf(to, " r%d: {layout_from: p%dx}\n", i, i);
	refuse(text, 0, "t.yaml:258:2: expected at most 256 plugins");
	refuse(text, 1, "t.yaml:260:2: region r0: layout_from names no instance in plugins: 'p0x'; did you mean 'p0'?");
	refuse(text, 1000, "3098 more errors");
	free(text);
}

/* Files "PREFIX-x.yaml" for the letters given, in that order; each holds a region called as its letter. */
static void write_letters(const char *prefix, const char *letters, const char *format)
{
	char path[64], text[200];
	for (size_t i = 0; letters[i]; i++) {
		(void)snprintf(path, sizeof path, "%s-%c.yaml", prefix, letters[i]);
		(void)snprintf(text, sizeof text, format, letters[i], prefix, letters[i] + 1);
		FILE *file = fopen(path, "wb");
		CHECK(file);
		CHECK(fputs(text, file) >= 0);
		CHECK_INT(fclose(file), 0);
	}
}

static void remove_letters(const char *prefix, const char *letters)
{
	char path[64];
	for (size_t i = 0; letters[i]; i++) {
		(void)snprintf(path, sizeof path, "%s-%c.yaml", prefix, letters[i]);
		(void)remove(path);
	}
}

/* Loads "include: PATTERN"; the first message, or the keys of the regions in their order. */
static void include(const char *pattern, char result[256])
{
	char text[128];
	pcd_config *c = NULL;
	pcd_diags *diags = pcd_diags_create();
	(void)snprintf(text, sizeof text, "include: '%s'\n", pattern);
	*result = '\0';
	if (pcd_config_parse("main.yaml", text, strlen(text), &c, diags) != PC_OK)
		(void)snprintf(result, 256, "%s", pcd_diags_get(diags, 0));
	for (uint32_t i = 0; c && i < c->region_count; i++) strncat(result, c->regions[i].key, 20);
	pcd_config_destroy(&c);
	pcd_diags_destroy(&diags);
}

PC_TEST(included_files_come_in_order_of_name)
{
	const char *prefix = pc_test_name("order"), *letters = "hcafbged";
	char pattern[64], result[256];
	write_letters(prefix, letters, "regions: { %c: { size: 1 } }\n");
	(void)snprintf(pattern, sizeof pattern, "%s-?.y*ml", prefix);
	include(pattern, result);
	remove_letters(prefix, letters);
	CHECK_STR(result, "abcdefgh");
}

PC_TEST(files_include_each_other_to_a_limit)
{
	const char *prefix = pc_test_name("deep"), *letters = "abcdefghij";
	char first[64], result[256], expected[256];
	write_letters(prefix, letters, "regions: { %c: { size: 1 } }\ninclude: %s-%c.yaml\n");
	write_letters(prefix, "h", "regions: { %c: { size: 1 } }\n");
	(void)snprintf(first, sizeof first, "%s-a.yaml", prefix);
	include(first, result);
	CHECK_STR(result, "abcdefgh");
	write_letters(prefix, "h", "regions: { %c: { size: 1 } }\ninclude: %s-%c.yaml\n");
	include(first, result);
	remove_letters(prefix, letters);
	(void)snprintf(expected, sizeof expected,
	               "%s-h.yaml:2:10: expected at most 8 files that include each other, and 256 in all", prefix);
	CHECK_STR(result, expected);
}
