/* daemon/win32/os.c - see os.h. */
#include "daemon/os.h"

#include "daemon/win32/text.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include <timeapi.h>

#define TIMER_MS 1u /* the default of 16 ms is longer than what regions are sampled with */

static UINT code_page_before;

static void restore_console(void)
{
	(void)SetConsoleOutputCP(code_page_before);
}

void pcd_os_prepare(void)
{
	/* A missing DLL or medium is an error for the log, and not a box that nobody sees. */
	(void)SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
	(void)SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
	(void)SetDllDirectoryW(L""); /* whoever does not know of the line above does not look into the current folder */
	(void)_setmode(_fileno(stdout), _O_BINARY);
	(void)_setmode(_fileno(stderr), _O_BINARY);
	code_page_before = GetConsoleOutputCP();
	if (code_page_before && SetConsoleOutputCP(CP_UTF8)) (void)atexit(restore_console);
	(void)timeBeginPeriod(TIMER_MS);
}

/* The two that the system explains badly. */
static const char *hint_at(DWORD error)
{
	switch (error) {
	case ERROR_MOD_NOT_FOUND: return ": a DLL that it needs is neither beside it nor in System32";
	case ERROR_PROC_NOT_FOUND: return ": a DLL that it needs is there, but lacks a function";
	case ERROR_BAD_EXE_FORMAT: return ": damaged, or of another processor";
	default: return "";
	}
}

void *pcd_os_library(const char *path, char *why, size_t why_bytes)
{
	wchar_t *full = pcd_full_path(path);
	HMODULE library = NULL;
	DWORD error = ERROR_NOT_ENOUGH_MEMORY;
	char text[300];
	if (full) {
		library = LoadLibraryExW(full, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
		error = GetLastError();
	}
	if (!library)
		(void)snprintf(why, why_bytes, "%s: %s%s", path, pcd_error_text(error, text, sizeof text),
		               hint_at(error));
	free(full);
	return library;
}

void *pcd_os_symbol(void *library, const char *name)
{
	/* A symbol of ours is data: the pointer to a function that the system speaks of is none. */
	union {
		FARPROC found;
		void *data;
	} symbol = {GetProcAddress(library, name)};
	return symbol.data;
}

const char *const pcd_os_plugin_dirs[] = {"plugins", NULL};

uint64_t pcd_os_open_files(void)
{
	DWORD handles = 0;
	return GetProcessHandleCount(GetCurrentProcess(), &handles) ? handles : 0;
}
