/* daemon/log.c - see log.h. */
#include "log.h"

#include "base/utf8.h"
#include "outlet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define RECENT        16u /* messages remembered for counting repeats */
#define TEXT_MAX      (PCD_LOG_LINE_MAX / 2)
#define LEVELS        4
#define FILE_MODE     0640
#define SOURCE_DAEMON "daemon"

/* A message that was written lately. */
struct recent {
	uint64_t written_ns, repeats; /* repeats since then, held back */
	uint32_t hash;
	int level;
	char source[32], text[TEXT_MAX];
};

struct pcd_log {
	uv_mutex_t lock;
	enum pcd_log_format format;
	enum pcd_outlet_style style;
	int level, file;
	uint64_t counts[LEVELS];
	struct recent recent[RECENT];
};

static const char *const words[LEVELS] = {"error", "warn", "info", "debug"};
static const int priorities[LEVELS] = {3, 4, 6, 7}; /* of syslog, as sd-daemon(3) reads them */

int pcd_log_level_of(const char *word)
{
	for (int i = 0; i < LEVELS; i++)
		if (!strcmp(word, words[i])) return i;
	return -1;
}

/* ---- the file --------------------------------------------------------------------------------------- */

pc_status pcd_log_file_open(const char *path, int *ret_file, pc_err *err)
{
	uv_fs_t request;
	int file = PCD_LOG_NO_FILE;
	if (path) {
		file = uv_fs_open(NULL, &request, path, UV_FS_O_WRONLY | UV_FS_O_APPEND | UV_FS_O_CREAT, FILE_MODE,
		                  NULL);
		uv_fs_req_cleanup(&request);
		if (file < 0) return pc_err_set(err, PC_EIO, "cannot log to %s: %s", path, uv_strerror(file));
	}
	*ret_file = file;
	return PC_OK;
}

void pcd_log_file_close(int *file)
{
	uv_fs_t request;
	if (*file < 0) return;
	(void)uv_fs_close(NULL, &request, *file, NULL);
	uv_fs_req_cleanup(&request);
	*file = PCD_LOG_NO_FILE;
}

/* One write as a rule, at the end of the file as it is then: others may write there, or have cut it. */
static bool append(int file, const char *line, size_t bytes)
{
	while (bytes) {
		uv_buf_t rest = uv_buf_init((char *)(uintptr_t)line, (unsigned)bytes);
		uv_fs_t request;
		int written = uv_fs_write(NULL, &request, file, &rest, 1, -1, NULL);
		uv_fs_req_cleanup(&request);
		if (written <= 0) return false;
		line += written;
		bytes -= (size_t)written;
	}
	return true;
}

/* ---- life ------------------------------------------------------------------------------------------- */

pcd_log *pcd_log_create(enum pcd_log_format format, int level)
{
	pcd_log *log = calloc(1, sizeof *log);
	if (!log) return NULL;
	if (uv_mutex_init(&log->lock)) {
		free(log);
		return NULL;
	}
	log->style = pcd_outlet_style();
	log->file = PCD_LOG_NO_FILE;
	log->format = format;
	log->level = level;
	return log;
}

/* ---- one line --------------------------------------------------------------------------------------- */

/* "2026-01-31T23:59:59.123Z". Civil date from days since 1970 (Howard Hinnant, "chrono-compatible low-level date
 * algorithms"): gmtime() may not be called on several threads and its safe forms differ by system. */
static void format_time(char *dst, size_t bytes)
{
	uv_timeval64_t now = {0, 0};
	int64_t day, era, year, month;
	uint32_t of_era, year_of_era, of_year, second;
	(void)uv_gettimeofday(&now);
	second = (uint32_t)(now.tv_sec % 86400);
	day = now.tv_sec / 86400 + 719468;
	era = day / 146097;
	of_era = (uint32_t)(day - era * 146097);
	year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * of_year + 2) / 153;
	day = of_year - (153 * month + 2) / 5 + 1;
	month += month < 10 ? 3 : -9;
	year = year_of_era + era * 400 + (month <= 2);
	(void)snprintf(dst, bytes, "%04d-%02d-%02dT%02u:%02u:%02u.%03dZ", (int)year, (int)month, (int)day,
	               second / 3600, second / 60 % 60, second % 60, (int)(now.tv_usec / 1000));
}

/* Append one ASCII character of a message to a JSON string, or to a line of text. Returns the new length. */
static size_t put_ascii(char *dst, size_t at, unsigned char c, enum pcd_log_format format)
{
	if (format != PCD_LOG_JSON) {
		dst[at++] = c < ' ' || c == 127 ? ' ' : (char)c;
	} else if (c == '"' || c == '\\') {
		dst[at++] = '\\';
		dst[at++] = (char)c;
	} else if (c < ' ') {
		at += (size_t)snprintf(dst + at, 8, "\\u%04x", c);
	} else {
		dst[at++] = (char)c;
	}
	return at;
}

/* Stops at room - 8. What is no UTF-8, as the end of a message that was cut, becomes U+FFFD. */
static size_t put_text(char *dst, size_t at, size_t room, const char *text, enum pcd_log_format format)
{
	size_t bytes = strlen(text);
	while (bytes && at + 8 < room) {
		uint32_t code;
		int taken = pc_utf8_decode(text, bytes, &code);
		if (taken < 0) taken = -taken;
		at = code < 128 ? put_ascii(dst, at, (unsigned char)code, format) : at + pc_utf8_encode(code, dst + at);
		text += taken;
		bytes -= (size_t)taken;
	}
	dst[at] = 0;
	return at;
}

static void write_line(pcd_log *log, int level, const char *source, const char *text, const char *members)
{
	char line[PCD_LOG_LINE_MAX + PCD_LOG_MEMBERS_MAX + 64], now[48];
	size_t room = PCD_LOG_LINE_MAX, at = 0;
	if (log->format == PCD_LOG_JSON) {
		format_time(now, sizeof now);
		at = (size_t)snprintf(line, room, "{\"time\":\"%s\",\"level\":\"%s\",\"source\":\"", now, words[level]);
		at = put_text(line, at, 256, source, PCD_LOG_JSON);
		at += (size_t)snprintf(line + at, room - at, "\",\"message\":\"");
		at = put_text(line, at, room, text, PCD_LOG_JSON);
		at += (size_t)snprintf(line + at, sizeof line - at, "\"%s%s}", members ? "," : "",
		                       members ? members : "");
	} else {
		enum pcd_outlet_style style = log->file < 0 ? log->style : PCD_OUTLET_PLAIN;
		if (style == PCD_OUTLET_JOURNAL) {
			at = (size_t)snprintf(line, room, "<%d>", priorities[level]);
		} else if (style == PCD_OUTLET_PLAIN) {
			format_time(now, sizeof now);
			at = (size_t)snprintf(line, room, "%s %-5s ", now, words[level]);
		}
		if (strcmp(source, SOURCE_DAEMON) != 0) {
			at = put_text(line, at, 256, source, PCD_LOG_TEXT);
			at += (size_t)snprintf(line + at, room - at, ": ");
		}
		at = put_text(line, at, room, text, PCD_LOG_TEXT);
	}
	line[at++] = '\n';
	if (log->file < 0 || !append(log->file, line, at)) pcd_outlet_write(level, line, at);
}

/* ---- repeats ---------------------------------------------------------------------------------------- */

static uint32_t hash_of(int level, const char *source, const char *text)
{
	uint32_t h = 2166136261u ^ (uint32_t)level;
	for (; *source; source++) h = (h ^ (unsigned char)*source) * 16777619u;
	h *= 16777619u;
	for (; *text; text++) h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

static void report_repeats(pcd_log *log, struct recent *r)
{
	char text[TEXT_MAX + 64];
	uint64_t repeats = r->repeats;
	if (!repeats) return;
	r->repeats = 0;
	(void)snprintf(text, sizeof text, "%s (%llu more times since)", r->text, (unsigned long long)repeats);
	write_line(log, r->level, r->source, text, NULL);
}

/* 1 if this message was written a moment ago: it is counted there. */
static int is_repeat(pcd_log *log, int level, const char *source, const char *text, uint64_t now)
{
	uint32_t hash = hash_of(level, source, text);
	struct recent *oldest = log->recent;
	for (unsigned i = 0; i < RECENT; i++) {
		struct recent *r = log->recent + i;
		if (r->written_ns && r->hash == hash && r->level == level && !strcmp(r->source, source) &&
		    !strncmp(r->text, text, TEXT_MAX - 1)) {
			if (now - r->written_ns < PCD_LOG_REPEAT_NS) {
				r->repeats++;
				return 1;
			}
			oldest = r;
			break;
		}
		if (r->written_ns < oldest->written_ns) oldest = r;
	}
	report_repeats(log, oldest);
	oldest->hash = hash;
	oldest->level = level;
	oldest->written_ns = now;
	(void)snprintf(oldest->source, sizeof oldest->source, "%s", source);
	(void)snprintf(oldest->text, sizeof oldest->text, "%s", text);
	return 0;
}

void pcd_log_flush(pcd_log *log)
{
	uint64_t now = uv_hrtime();
	uv_mutex_lock(&log->lock);
	for (unsigned i = 0; i < RECENT; i++) {
		struct recent *r = log->recent + i;
		if (!r->repeats || now - r->written_ns < PCD_LOG_REPEAT_NS) continue;
		report_repeats(log, r);
		r->written_ns = now; /* a message that goes on and on is one line per period */
	}
	uv_mutex_unlock(&log->lock);
}

/* ---- the interface ---------------------------------------------------------------------------------- */

void pcd_log_line(pcd_log *log, int level, const char *source, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;
	if (level < 0) level = 0;
	if (level >= LEVELS) level = LEVELS - 1;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	uv_mutex_lock(&log->lock);
	log->counts[level]++;
	if (level <= log->level && !is_repeat(log, level, source, text, uv_hrtime()))
		write_line(log, level, source, text, NULL);
	uv_mutex_unlock(&log->lock);
}

void pcd_log_report(pcd_log *log, const char *members, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	PC_ASSERT(strlen(members) < PCD_LOG_MEMBERS_MAX);
	uv_mutex_lock(&log->lock);
	log->counts[PC_LOG_INFO]++;
	write_line(log, PC_LOG_INFO, SOURCE_DAEMON, text, members);
	uv_mutex_unlock(&log->lock);
}

size_t pcd_log_json_text(char *dst, size_t at, size_t room, const char *text)
{
	return put_text(dst, at, room, text, PCD_LOG_JSON);
}

void pcd_log_set(pcd_log *log, enum pcd_log_format format, int level, int file)
{
	int old;
	uv_mutex_lock(&log->lock);
	old = log->file;
	log->format = format;
	log->level = level;
	log->file = file;
	uv_mutex_unlock(&log->lock);
	pcd_log_file_close(&old);
}

void pcd_log_forget(pcd_log *log)
{
	uv_mutex_lock(&log->lock);
	for (unsigned i = 0; i < RECENT; i++) report_repeats(log, log->recent + i);
	memset(log->recent, 0, sizeof log->recent);
	uv_mutex_unlock(&log->lock);
}

uint64_t pcd_log_count(pcd_log *log, int level)
{
	uint64_t n;
	uv_mutex_lock(&log->lock);
	n = level >= 0 && level < LEVELS ? log->counts[level] : 0;
	uv_mutex_unlock(&log->lock);
	return n;
}

void pcd_log_destroy(pcd_log **log)
{
	if (!*log) return;
	for (unsigned i = 0; i < RECENT; i++) report_repeats(*log, (*log)->recent + i);
	pcd_log_file_close(&(*log)->file);
	uv_mutex_destroy(&(*log)->lock);
	free(*log);
	*log = NULL;
}
