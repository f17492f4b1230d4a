/* Lines of the log, as whoever reads them sees them. */
#include "log.h"
#include "test.h"

#include <unistd.h>
#include <uv.h>

/* Everything written to stderr between the two calls. */
static int saved = -1;
static FILE *captured;

static void capture(void)
{
	captured = tmpfile();
	CHECK(captured);
	saved = dup(2);
	CHECK(dup2(fileno(captured), 2) >= 0);
}

static const char *what_was_written(void)
{
	static char text[8192];
	CHECK(dup2(saved, 2) >= 0);
	CHECK(!fseek(captured, 0, SEEK_SET));
	text[fread(text, 1, sizeof text - 1, captured)] = 0;
	(void)fclose(captured);
	(void)close(saved);
	return text;
}

/* A file of this process's own, with a name that is not ASCII. */
static const char *log_path(const char *suffix)
{
	static char paths[2][512];
	static int turn;
	char folder[256];
	size_t bytes = sizeof folder;
	turn = !turn;
	CHECK(!uv_os_tmpdir(folder, &bytes));
	(void)snprintf(paths[turn], sizeof paths[turn], "%s/pagecast-l\xc3\xb6g-%d%s", folder, (int)uv_os_getpid(),
	               suffix);
	return paths[turn];
}

/* The text of the file, which is removed. */
static const char *take_file(const char *path)
{
	static char text[2][8192];
	static int turn;
	uv_buf_t room;
	uv_fs_t request;
	int file = uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY, 0, NULL), bytes;
	CHECK(file >= 0);
	turn = !turn;
	room = uv_buf_init(text[turn], sizeof text[turn] - 1);
	bytes = uv_fs_read(NULL, &request, file, &room, 1, 0, NULL);
	CHECK(bytes >= 0);
	text[turn][bytes] = 0;
	CHECK(!uv_fs_close(NULL, &request, file, NULL) && !uv_fs_unlink(NULL, &request, path, NULL));
	return text[turn];
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
	pcd_log_set(log, PCD_LOG_TEXT, PC_LOG_DEBUG, PCD_LOG_NO_FILE);
	pcd_log_line(log, PC_LOG_DEBUG, "x", "loud");
	CHECK_STR(after_time(what_was_written()), "debug x: loud\n");
	CHECK_INT(pcd_log_count(log, PC_LOG_INFO), 1);
	CHECK_INT(pcd_log_level_of("warn"), PC_LOG_WARN);
	CHECK_INT(pcd_log_level_of("loud"), -1);
	pcd_log_destroy(&log);
}

PC_TEST(a_file_is_appended_to_and_opened_again)
{
	pcd_log *log = pcd_log_create(PCD_LOG_TEXT, PC_LOG_INFO);
	const char *path = log_path(".log"), *rotated = log_path(".log.1"), *text;
	uv_fs_t request;
	int file = PCD_LOG_NO_FILE;
	capture();
	for (int i = 0; i < 2; i++) {
		CHECK_INT(pcd_log_file_open(path, &file, NULL), PC_OK);
		pcd_log_set(log, PCD_LOG_TEXT, PC_LOG_INFO, file);
		pcd_log_line(log, PC_LOG_INFO, "daemon", "line %d", i);
	}
	/* As logrotate does it: what is written until the reload goes where the file went. */
	CHECK(!uv_fs_rename(NULL, &request, path, rotated, NULL));
	pcd_log_line(log, PC_LOG_INFO, "daemon", "line 2");
	CHECK_INT(pcd_log_file_open(path, &file, NULL), PC_OK);
	pcd_log_set(log, PCD_LOG_TEXT, PC_LOG_INFO, file);
	pcd_log_line(log, PC_LOG_INFO, "daemon", "line 3");
	pcd_log_destroy(&log);
	CHECK_STR(what_was_written(), "");
	text = take_file(rotated);
	CHECK_STR(after_time(strchr(strchr(text, '\n') + 1, '\n') + 1), "info  line 2\n");
	CHECK(!strncmp(after_time(text), "info  line 0\n", 13) && strstr(text, "info  line 1\n"));
	CHECK_STR(after_time(take_file(path)), "info  line 3\n");
}

PC_TEST(a_file_that_cannot_be_opened_has_a_reason)
{
	char path[600];
	int file = 5;
	pc_err err = {""};
	(void)snprintf(path, sizeof path, "%s/no/such/folder", log_path(""));
	CHECK_INT(pcd_log_file_open(path, &file, &err), PC_EIO);
	CHECK(strstr(err.text, "no such file or directory") && strstr(err.text, path));
	CHECK_INT(file, 5);
}

/* What the file does not take is said where a daemon without a file speaks. */
PC_TEST(a_line_that_the_file_refuses_is_not_lost)
{
	pcd_log *log = pcd_log_create(PCD_LOG_TEXT, PC_LOG_INFO);
	const char *path = log_path(".ro");
	uv_fs_t request;
	int file = uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY | UV_FS_O_CREAT, 0600, NULL);
	CHECK(file >= 0);
	pcd_log_set(log, PCD_LOG_TEXT, PC_LOG_INFO, file);
	capture();
	pcd_log_line(log, PC_LOG_INFO, "daemon", "hard to say");
	pcd_log_destroy(&log);
	CHECK_STR(after_time(what_was_written()), "info  hard to say\n");
	CHECK_STR(take_file(path), "");
}
