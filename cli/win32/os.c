/* win32/os.c - see os.h: terminal and clocks. */
#include "os.h"

#include "win32/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <windows.h>

#define STDERR_BUFFER    1024u
#define NS_PER_S         UINT64_C(1000000000)
#define UNIX_EPOCH_100NS UINT64_C(116444736000000000) /* 1970 in FILETIME's count from 1601 */

static UINT code_page_before;

static void restore_console(void)
{
	(void)SetConsoleOutputCP(code_page_before);
}

void cli_os_start(void)
{
	(void)_setmode(_fileno(stdout), _O_BINARY);
	(void)_setmode(_fileno(stderr), _O_BINARY);
	(void)setvbuf(stderr, NULL, _IOFBF, STDERR_BUFFER); /* without, each character would be a write */
	code_page_before = GetConsoleOutputCP();
	if (code_page_before && SetConsoleOutputCP(CP_UTF8)) (void)atexit(restore_console);
}

/* A pipe that is being closed is ERROR_NO_DATA, which the C library knows as EINVAL. */
bool cli_os_reader_went(int error)
{
	return error == EPIPE || error == EINVAL;
}

static HANDLE handle_of(FILE *file)
{
	return (HANDLE)_get_osfhandle(_fileno(file));
}

bool cli_os_is_terminal(FILE *file)
{
	DWORD mode;
	return GetConsoleMode(handle_of(file), &mode);
}

bool cli_os_is_styled(FILE *file)
{
	HANDLE console = handle_of(file);
	DWORD mode;
	return GetConsoleMode(console, &mode) && (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING ||
	                                          SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING));
}

unsigned cli_os_columns(void)
{
	CONSOLE_SCREEN_BUFFER_INFO info;
	if (!GetConsoleScreenBufferInfo(handle_of(stdout), &info)) return 0;
	return (unsigned)(info.srWindow.Right - info.srWindow.Left + 1);
}

unsigned cli_os_lines(void)
{
	CONSOLE_SCREEN_BUFFER_INFO info;
	if (!GetConsoleScreenBufferInfo(handle_of(stdout), &info)) return 0;
	return (unsigned)(info.srWindow.Bottom - info.srWindow.Top + 1);
}

static DWORD console_before;

bool cli_os_keys_start(void)
{
	HANDLE console = handle_of(stdin);
	if (!GetConsoleMode(console, &console_before)) return false;
	return SetConsoleMode(console, (console_before & ~(DWORD)(ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT)) |
	                                       ENABLE_VIRTUAL_TERMINAL_INPUT);
}

void cli_os_keys_end(void)
{
	(void)SetConsoleMode(handle_of(stdin), console_before);
}

uint64_t cli_os_mono_ns(void)
{
	LARGE_INTEGER frequency, now;
	(void)QueryPerformanceFrequency(&frequency);
	(void)QueryPerformanceCounter(&now);
	uint64_t hz = (uint64_t)frequency.QuadPart, count = (uint64_t)now.QuadPart;
	return count / hz * NS_PER_S + count % hz * NS_PER_S / hz;
}

uint64_t cli_os_unix_ns(void)
{
	FILETIME now;
	GetSystemTimePreciseAsFileTime(&now);
	return (((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) - UNIX_EPOCH_100NS) * 100;
}

void cli_os_sleep_ms(unsigned ms)
{
	(void)cli_stop_wait(NULL, ms);
}

void cli_os_local_time(uint64_t unix_ns, char dst[32])
{
	uint64_t count = unix_ns / 100 + UNIX_EPOCH_100NS;
	FILETIME file = {(DWORD)count, (DWORD)(count >> 32)};
	SYSTEMTIME utc, t;
	dst[0] = 0;
	if (!FileTimeToSystemTime(&file, &utc) || !SystemTimeToTzSpecificLocalTime(NULL, &utc, &t)) return;
	(void)snprintf(dst, 32, "%04u-%02u-%02u %02u:%02u:%02u.%03u", t.wYear % 10000u, t.wMonth % 100u, t.wDay % 100u,
	               t.wHour % 100u, t.wMinute % 100u, t.wSecond % 100u, t.wMilliseconds % 1000u);
}
