/* win32/input.c - see os.h: being told to stop, and standard input.
 *
 * No handle of Windows says that a read would not wait: a console is signalled by every key, a pipe always. So whoever
 * has something else to do meanwhile, which is `write --hold` with its heartbeat, has a thread that reads.            */
#include "os.h"

#include "win32/stop.h"

#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define PIECE_BYTES 65536u
#define LINE_UNITS  8192u
#define CTRL_Z      0x1A /* at the start of a line of a console: the end */

/* ---- stop ---------------------------------------------------------------------------------------------- */

static volatile LONG stopped;
static HANDLE stop_event; /* NULL until somebody cares */

static BOOL WINAPI on_console(DWORD event)
{
	(void)InterlockedExchange(&stopped, 1);
	(void)SetEvent(stop_event);
	/* After these the process ends when the handler returns: main() ends it, readers are told. */
	if (event == CTRL_CLOSE_EVENT || event == CTRL_LOGOFF_EVENT || event == CTRL_SHUTDOWN_EVENT) Sleep(INFINITE);
	return TRUE;
}

void cli_os_catch_stop(void)
{
	stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
	(void)SetConsoleCtrlHandler(on_console, TRUE);
}

bool cli_os_stopped(void)
{
	return stopped != 0;
}

bool cli_stop_wait(void *handle, unsigned timeout_ms)
{
	HANDLE handles[2];
	DWORD count = 0;
	if (handle) handles[count++] = handle;
	if (stop_event) handles[count++] = stop_event;
	if (!count) {
		Sleep(timeout_ms);
		return false;
	}
	return WaitForMultipleObjects(count, handles, FALSE, timeout_ms) == WAIT_OBJECT_0 && handle;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static HANDLE input(void)
{
	return (HANDLE)_get_osfhandle(0);
}

/* UTF-8 of what a person typed, a line or a part of a long one. @return bytes; 0 at the end; -1 on errors, also Ctrl-C */
static int read_console(HANDLE console, char *dst, size_t bytes)
{
	wchar_t line[LINE_UNITS];
	DWORD units = 0,
	      room = (DWORD)(bytes / 3 < LINE_UNITS ? bytes / 3 : LINE_UNITS); /* a unit is three bytes at most */
	if (!ReadConsoleW(console, line, room, &units, NULL)) return -1;
	if (!units) return -1;
	if (line[0] == CTRL_Z) return 0;
	return WideCharToMultiByte(CP_UTF8, 0, line, (int)units, dst, (int)bytes, NULL, NULL);
}

/* As read(2). */
static int read_now(char *dst, size_t bytes)
{
	HANDLE from = input();
	DWORD mode, got;
	if (GetConsoleMode(from, &mode)) return read_console(from, dst, bytes);
	if (ReadFile(from, dst, (DWORD)bytes, &got, NULL)) return (int)got;
	return GetLastError() == ERROR_BROKEN_PIPE || GetLastError() == ERROR_HANDLE_EOF ? 0 : -1;
}

/* One piece on its way between the thread that reads and the one that asks. */
static struct {
	HANDLE thread, is_full, is_empty; /* events, of which one is set */
	char bytes[PIECE_BYTES];
	int got, taken; /* got as by read(2) */
} piece;

static DWORD WINAPI read_ahead(void *arg)
{
	(void)arg;
	do {
		(void)WaitForSingleObject(piece.is_empty, INFINITE);
		piece.got = read_now(piece.bytes, sizeof piece.bytes);
		piece.taken = 0;
		(void)SetEvent(piece.is_full);
	} while (piece.got > 0);
	return 0;
}

static bool start_reading(void)
{
	if (piece.thread) return true;
	piece.is_full = CreateEventW(NULL, TRUE, FALSE, NULL);
	piece.is_empty = CreateEventW(NULL, FALSE, TRUE, NULL);
	if (piece.is_full && piece.is_empty) piece.thread = CreateThread(NULL, 0, read_ahead, NULL, 0, NULL);
	return piece.thread != NULL;
}

bool cli_os_input_wait(unsigned timeout_ms)
{
	if (!start_reading()) return true; /* cli_os_input_read() waits itself then */
	return cli_stop_wait(piece.is_full, timeout_ms);
}

int cli_os_input_read(void *dst, size_t bytes)
{
	if (bytes > 1u << 20) bytes = 1u << 20;
	if (!piece.thread) return read_now(dst, bytes);
	if (!cli_stop_wait(piece.is_full, INFINITE)) return -1;
	int rest = piece.got - piece.taken;
	if (rest <= 0) return piece.got; /* the end, or an error, from now on */
	int taken = (size_t)rest < bytes ? rest : (int)bytes;
	memcpy(dst, piece.bytes + piece.taken, (size_t)taken);
	piece.taken += taken;
	if (piece.taken < piece.got) return taken;
	(void)ResetEvent(piece.is_full);
	(void)SetEvent(piece.is_empty);
	return taken;
}

bool cli_os_input_is_null(void)
{
	HANDLE from = input();
	DWORD mode;
	if (!from || from == INVALID_HANDLE_VALUE) return true;
	return GetFileType(from) == FILE_TYPE_CHAR && !GetConsoleMode(from, &mode);
}
