/* Lines of the log, as whoever reads them sees them. */
#include "log.h"
#include "test.h"

#include <fcntl.h>
#include <unistd.h>

/* Everything written to stderr between the two calls. */
static int saved = -1, captured = -1;

static void capture(void)
{
	char path[] = "/tmp/pagecast-log-XXXXXX";
	captured = mkstemp(path);
	CHECK(captured >= 0 && !unlink(path));
	saved = dup(2);
	CHECK(dup2(captured, 2) == 2);
}

static const char *what_was_written(void)
{
	static char text[8192];
	ssize_t bytes;
	CHECK(dup2(saved, 2) == 2);
	bytes = pread(captured, text, sizeof text - 1, 0);
	CHECK(bytes >= 0);
	text[bytes] = 0;
	(void)close(captured);
	(void)close(saved);
	return text;
}

/* Without the time, which is as long always. */
static const char *after_time(const char *line)
{
	CHECK(strlen(line) > 25 && line[10] == 'T' && line[23] == 'Z');
	return line + 25;
}

PC_TEST(a_message_is_one_line_whatever_is_in_it)
{
	pcd_log *log = pcd_log_create(PCD_LOG_TEXT, PC_LOG_INFO);
	capture();
	pcd_log_line(log, PC_LOG_INFO, "daemon", "%s", "one\ntwo\033[31m\x7f \xff\xfe gr\xc3\xbc\xc3\x9f");
	CHECK_STR(after_time(what_was_written()), "info  one two [31m  \xef\xbf\xbd\xef\xbf\xbd gr\xc3\xbc\xc3\x9f\n");
	capture();
	pcd_log_line(log, PC_LOG_WARN, "dash", "who speaks");
	CHECK_STR(after_time(what_was_written()), "warn  dash: who speaks\n");
	pcd_log_destroy(&log);
}

PC_TEST(json_is_json)
{
	pcd_log *log = pcd_log_create(PCD_LOG_JSON, PC_LOG_INFO);
	const char *line;
	capture();
	pcd_log_line(log, PC_LOG_ERROR, "da\"sh", "%s", "a \"b\" \\ \n \xc3 end");
	line = what_was_written();
	CHECK_STR(strstr(line, ",\"level\""),
	          ",\"level\":\"error\",\"source\":\"da\\\"sh\",\"message\":\"a \\\"b\\\" \\\\ "
	          "\\u000a \xef\xbf\xbd end\"}\n");
	CHECK(!strncmp(line, "{\"time\":\"", 9));
	pcd_log_destroy(&log);
}

PC_TEST(a_long_message_is_cut_and_still_whole)
{
	char message[4000];
	const char *line;
	pcd_log *log = pcd_log_create(PCD_LOG_JSON, PC_LOG_INFO);
	memset(message, '"', sizeof message - 1);
	message[sizeof message - 1] = 0;
	capture();
	pcd_log_line(log, PC_LOG_INFO, "daemon", "%s", message);
	line = what_was_written();
	CHECK(strlen(line) <= PCD_LOG_LINE_MAX + 64);
	CHECK_STR(line + strlen(line) - 5, "\\\"\"}\n");
	pcd_log_destroy(&log);
}

PC_TEST(what_repeats_is_counted_instead)
{
	pcd_log *log = pcd_log_create(PCD_LOG_TEXT, PC_LOG_INFO);
	const char *text, *second;
	capture();
	for (int i = 0; i < 100; i++) pcd_log_line(log, PC_LOG_WARN, "x", "again");
	pcd_log_line(log, PC_LOG_WARN, "y", "again");
	pcd_log_forget(log);
	pcd_log_line(log, PC_LOG_WARN, "y", "again");
	CHECK_INT(pcd_log_count(log, PC_LOG_WARN), 102);
	pcd_log_destroy(&log);
	text = what_was_written();
	CHECK(!strncmp(after_time(text), "warn  x: again\n", 15));
	second = strchr(text, '\n') + 1;
	CHECK(!strncmp(after_time(second), "warn  y: again\n", 15));
	CHECK(strstr(text, "x: again (99 more times since)\n"));
	CHECK(strstr(strstr(text, "99 more"), "y: again\n"));
}

PC_TEST(levels_below_the_one_set_are_counted_only)
{
	pcd_log *log = pcd_log_create(PCD_LOG_TEXT, PC_LOG_WARN);
	capture();
	pcd_log_line(log, PC_LOG_INFO, "x", "quiet");
	pcd_log_set(log, PCD_LOG_TEXT, PC_LOG_DEBUG);
	pcd_log_line(log, PC_LOG_DEBUG, "x", "loud");
	CHECK_STR(after_time(what_was_written()), "debug x: loud\n");
	CHECK_INT(pcd_log_count(log, PC_LOG_INFO), 1);
	CHECK_INT(pcd_log_level_of("warn"), PC_LOG_WARN);
	CHECK_INT(pcd_log_level_of("loud"), -1);
	pcd_log_destroy(&log);
}
