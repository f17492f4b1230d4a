/* daemon/win32/outlet.c - see outlet.h. */
#include "daemon/outlet.h"

#include "daemon/win32/service.h"
#include "daemon/win32/text.h"

#include <io.h>
#include <pagecast/plugin.h>
#include <stdint.h>
#include <stdlib.h>

enum pcd_outlet_style pcd_outlet_style(void)
{
	return pcd_service_name() ? PCD_OUTLET_EVENTS : PCD_OUTLET_PLAIN;
}

/* Without the line break, which the event viewer would show. */
static wchar_t *wide_line(const char *line, size_t bytes, bool with_break)
{
	char *copy = malloc(bytes + 1);
	wchar_t *wide = NULL;
	if (!copy) return NULL;
	memcpy(copy, line, bytes);
	while (!with_break && bytes && copy[bytes - 1] == '\n') bytes--;
	copy[bytes] = 0;
	wide = pcd_wide(copy);
	free(copy);
	return wide;
}

static void report_event(int level, const wchar_t *line)
{
	static const WORD types[] = {EVENTLOG_ERROR_TYPE, EVENTLOG_WARNING_TYPE};
	WORD type = level == PC_LOG_ERROR || level == PC_LOG_WARN ? types[level] : EVENTLOG_INFORMATION_TYPE;
	HANDLE log = RegisterEventSourceW(NULL, pcd_service_name());
	if (!log) return; /* and nowhere else to say so */
	(void)ReportEventW(log, type, 0, PCD_EVENT_LINE, NULL, 1, 0, &line, NULL);
	(void)DeregisterEventSource(log);
}

/* Not through the C library, whose unbuffered streams write byte by byte: lines of threads would mix. */
void pcd_outlet_write(int level, const char *line, size_t bytes)
{
	HANDLE out = (HANDLE)_get_osfhandle(2);
	bool is_service = pcd_service_name() != NULL;
	DWORD mode, written;
	wchar_t *wide;
	if (!is_service && !GetConsoleMode(out, &mode)) {
		(void)WriteFile(out, line, (DWORD)bytes, &written, NULL);
		return;
	}
	wide = wide_line(line, bytes, !is_service);
	if (wide && is_service)
		report_event(level, wide);
	else if (wide)
		(void)WriteConsoleW(out, wide, (DWORD)wcslen(wide), &written, NULL);
	free(wide);
}
