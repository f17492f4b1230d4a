/* win32/program.c - see os.h: other programs of ours. */
#include "os.h"

#include "base/strbuf.h"
#include "win32/text.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define PATH_UNITS 32768u

/* The path of a program beside this one, else along PATH, never in the current folder; malloc'ed. */
static wchar_t *find_program(const wchar_t *program)
{
	wchar_t *path = calloc(PATH_UNITS, sizeof *path), *places = NULL, *last = NULL;
	DWORD units = path ? GetModuleFileNameW(NULL, path, PATH_UNITS) : 0;
	if (units && units < PATH_UNITS) last = wcsrchr(path, L'\\');
	if (last && (size_t)(last + 6 - path) + wcslen(program) < PATH_UNITS) {
		(void)swprintf(last + 1, PATH_UNITS - (size_t)(last + 1 - path), L"%ls.exe", program);
		if (GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES) return path;
	}
	units = GetEnvironmentVariableW(L"PATH", NULL, 0);
	places = units ? malloc(units * sizeof *places) : NULL;
	if (path && places && GetEnvironmentVariableW(L"PATH", places, units) &&
	    SearchPathW(places, program, L".exe", PATH_UNITS, path, NULL)) {
		free(places);
		return path;
	}
	free(places);
	free(path);
	return NULL;
}

/* As CommandLineToArgvW() takes it apart: backslashes count double before a quote. @return the new end */
static wchar_t *quote(wchar_t *to, const wchar_t *arg)
{
	size_t slashes = 0;
	*to++ = L'"';
	for (; *arg; arg++) {
		if (*arg == L'"')
			for (size_t i = 0; i <= slashes; i++) *to++ = L'\\';
		slashes = *arg == L'\\' ? slashes + 1 : 0;
		*to++ = *arg;
	}
	while (slashes--) *to++ = L'\\';
	*to++ = L'"';
	return to;
}

static wchar_t *command_line(char *const argv[])
{
	size_t room = 1;
	for (int i = 0; argv[i]; i++) room += 2 * strlen(argv[i]) + 3;
	wchar_t *line = calloc(room, sizeof *line), *at = line;
	for (int i = 0; line && argv[i]; i++) {
		wchar_t *wide = cli_wide(argv[i]);
		if (!wide) {
			free(line);
			return NULL;
		}
		if (i) *at++ = L' ';
		at = quote(at, wide);
		free(wide);
	}
	return line;
}

/* Ctrl-C is for the program that we have become. */
static BOOL WINAPI leave_it_to_the_child(DWORD event)
{
	return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

/* @param out  its stdout, NULL: ours. @return its process, NULL with the reason in err */
static HANDLE start(const char *program, char *const argv[], HANDLE out, pc_err *err)
{
	STARTUPINFOW how = {.cb = sizeof how};
	PROCESS_INFORMATION child = {0};
	wchar_t *wide = cli_wide(program), *path = wide ? find_program(wide) : NULL, *line = command_line(argv);
	if (out) {
		how.dwFlags = STARTF_USESTDHANDLES;
		how.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
		how.hStdOutput = out;
		how.hStdError = GetStdHandle(STD_ERROR_HANDLE);
	}
	(void)SetConsoleCtrlHandler(leave_it_to_the_child, TRUE);
	if (!path)
		(void)pc_err_set(err, PC_EABSENT, "%s.exe is neither beside this program nor on the PATH", program);
	else if (!line || !CreateProcessW(path, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, &child))
		(void)cli_fail(err, line ? GetLastError() : ERROR_NOT_ENOUGH_MEMORY, program);
	free(wide);
	free(path);
	free(line);
	if (child.hThread) (void)CloseHandle(child.hThread);
	return child.hProcess;
}

static int result_of(HANDLE process)
{
	DWORD result = 1;
	(void)WaitForSingleObject(process, INFINITE);
	(void)GetExitCodeProcess(process, &result);
	(void)CloseHandle(process);
	return (int)result;
}

void cli_os_become(const char *program, char *const argv[], pc_err *err)
{
	HANDLE process = start(program, argv, NULL, err);
	if (process) exit(result_of(process));
}

int cli_os_capture(const char *program, char *const argv[], char **ret_text, size_t *ret_bytes, pc_err *err)
{
	SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
	HANDLE from, to;
	char piece[4096];
	DWORD got;
	pc_strbuf b = {0};
	if (!CreatePipe(&from, &to, &inherited, 0)) {
		(void)cli_fail(err, GetLastError(), "pipe");
		return -1;
	}
	(void)SetHandleInformation(from, HANDLE_FLAG_INHERIT, 0);
	HANDLE process = start(program, argv, to, err);
	(void)CloseHandle(to);
	while (process && ReadFile(from, piece, sizeof piece, &got, NULL) && got) pc_strbuf_add(&b, piece, got);
	(void)CloseHandle(from);
	int result = process ? result_of(process) : -1;
	char *text = pc_strbuf_take(&b, ret_bytes);
	if (!text) (void)pc_err_set(err, PC_ENOMEM, "out of memory");
	if (!text || !process) {
		free(text);
		return -1;
	}
	*ret_text = text;
	return result;
}

int cli_os_apart(int (*fn)(void *arg), void *arg, pc_err *err)
{
	(void)err;
	return fn(arg);
}
