/* win32/child.c - see os.h. */
#include "../os.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define COMMAND_UNITS 32768u /* the system's own limit */

struct exec_child {
	HANDLE process, job, out, errors, given_back, thread, errors_thread;
	CRITICAL_SECTION turn; /* two pipes, one chunk */
	exec_announce_fn *announce;
	void *arg;
	volatile LONG is_stopping;
	exec_chunk chunk;
};

static pc_status failed(pc_err *err, DWORD error, const char *what)
{
	pc_status s = error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ? PC_EABSENT
	              : error == ERROR_ACCESS_DENIED                                 ? PC_EPERM
	              : error == ERROR_NOT_ENOUGH_MEMORY                             ? PC_ENOMEM
	                                                                             : PC_EIO;
	char text[160] = "";
	DWORD n = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, text,
	                         sizeof text, NULL);
	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r' || text[n - 1] == '.')) text[--n] = 0;
	if (err)
		(void)snprintf(err->text, sizeof err->text, "cannot start %.80s: %s (error %lu)", what, text,
		               (unsigned long)error);
	return s;
}

/* ---- the threads ---- */

/* The chunk belongs to whoever holds the turn. */
static int hand_over(exec_child *c, enum exec_chunk_kind kind, size_t bytes)
{
	c->chunk.kind = kind;
	c->chunk.bytes = bytes;
	if (!c->announce(c->arg)) return 0;
	(void)WaitForSingleObject(c->given_back, INFINITE);
	return !c->is_stopping;
}

/* Reads into memory of its own first: while one pipe is silent, the other must have the chunk. */
static void follow(exec_child *c, HANDLE pipe, enum exec_chunk_kind kind)
{
	char *data = malloc(EXEC_CHUNK_BYTES);
	DWORD got = 0;
	int goes_on = data != NULL;
	while (goes_on && ReadFile(pipe, data, EXEC_CHUNK_BYTES, &got, NULL) && got) {
		EnterCriticalSection(&c->turn);
		memcpy(c->chunk.data, data, got);
		goes_on = !c->is_stopping && hand_over(c, kind, got);
		LeaveCriticalSection(&c->turn);
	}
	free(data);
}

static DWORD WINAPI follow_errors(void *child)
{
	exec_child *c = child;
	follow(c, c->errors, EXEC_ERRORS);
	return 0;
}

static DWORD WINAPI follow_output(void *child)
{
	exec_child *c = child;
	DWORD code = 0;
	int bytes;
	follow(c, c->out, EXEC_OUTPUT);
	(void)WaitForSingleObject(c->process, INFINITE);
	/* What it started and what still holds its errors end with it. */
	(void)TerminateJobObject(c->job, 1);
	(void)WaitForSingleObject(c->errors_thread, INFINITE);
	if (c->is_stopping) return 0;
	(void)GetExitCodeProcess(c->process, &code);
	EnterCriticalSection(&c->turn);
	bytes = snprintf(c->chunk.data, EXEC_CHUNK_BYTES, "ended with status %lu", (unsigned long)code);
	(void)hand_over(c, EXEC_END, (size_t)bytes);
	LeaveCriticalSection(&c->turn);
	return 0;
}

/* ---- the command line, by the rules of CommandLineToArgvW ---- */

static int put(wchar_t *to, size_t *at, wchar_t unit)
{
	if (*at + 1 >= COMMAND_UNITS) return 0;
	to[(*at)++] = unit;
	to[*at] = 0;
	return 1;
}

static int put_argument(wchar_t *to, size_t *at, const wchar_t *word)
{
	int fits = (!*at || put(to, at, L' ')) && put(to, at, L'"');
	for (; fits && *word; word++) {
		size_t slashes = 0;
		while (*word == L'\\') {
			slashes++;
			word++;
		}
		/* Before a quotation mark, and before the one that ends the word, each counts twice. */
		for (size_t n = !*word || *word == L'"' ? 2 * slashes : slashes; fits && n; n--)
			fits = put(to, at, L'\\');
		if (!*word) break;
		if (fits && *word == L'"') fits = put(to, at, L'\\');
		if (fits) fits = put(to, at, *word);
	}
	return fits && put(to, at, L'"');
}

static wchar_t *wide_of(const char *text)
{
	int units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
	wchar_t *wide = units > 0 ? malloc((size_t)units * sizeof *wide) : NULL;
	if (wide) (void)MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, units);
	return wide;
}

static wchar_t *command_line(const char *const *argv)
{
	wchar_t *line = calloc(COMMAND_UNITS, sizeof *line);
	size_t at = 0;
	int fits = line != NULL;
	for (; fits && *argv; argv++) {
		wchar_t *word = wide_of(*argv);
		fits = word && put_argument(line, &at, word);
		free(word);
	}
	if (fits) return line;
	free(line);
	return NULL;
}

/* ---- its life ---- */

static int open_pipe(HANDLE *ret_ours, HANDLE *ret_theirs)
{
	SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
	if (!CreatePipe(ret_ours, ret_theirs, &inherited, 0)) return 0;
	return SetHandleInformation(*ret_ours, HANDLE_FLAG_INHERIT, 0) != 0;
}

static DWORD create_process(exec_child *c, wchar_t *line, const wchar_t *folder, HANDLE theirs[3])
{
	STARTUPINFOEXW start = {.StartupInfo = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES}};
	PROCESS_INFORMATION made;
	SIZE_T bytes = 0;
	DWORD error = 0;
	start.StartupInfo.hStdInput = theirs[0];
	start.StartupInfo.hStdOutput = theirs[1];
	start.StartupInfo.hStdError = theirs[2];
	/* These three alone are inherited, whatever else is open for inheriting in this process. */
	(void)InitializeProcThreadAttributeList(NULL, 1, 0, &bytes);
	start.lpAttributeList = malloc(bytes);
	if (!start.lpAttributeList) return ERROR_NOT_ENOUGH_MEMORY;
	if (!InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &bytes)) {
		error = GetLastError();
	} else {
		if (!UpdateProcThreadAttribute(start.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, theirs,
		                               3 * sizeof *theirs, NULL, NULL) ||
		    !CreateProcessW(NULL, line, NULL, NULL, TRUE,
		                    CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP | EXTENDED_STARTUPINFO_PRESENT |
		                            /* Ctrl-Break reaches programs of our own console only. */
		                            (GetConsoleCP() ? 0 : CREATE_NO_WINDOW),
		                    NULL, folder, &start.StartupInfo, &made))
			error = GetLastError();
		DeleteProcThreadAttributeList(start.lpAttributeList);
	}
	free(start.lpAttributeList);
	if (error) return error;
	c->process = made.hProcess;
	(void)AssignProcessToJobObject(c->job, c->process);
	(void)ResumeThread(made.hThread);
	(void)CloseHandle(made.hThread);
	return 0;
}

static DWORD spawn(exec_child *c, const char *const *argv, const char *folder)
{
	JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
	        .BasicLimitInformation = {.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE}};
	SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
	HANDLE theirs[3] = {NULL, NULL, NULL};
	wchar_t *line = command_line(argv), *wide_folder = folder ? wide_of(folder) : NULL;
	DWORD error = line && (!folder || wide_folder) ? 0 : ERROR_NOT_ENOUGH_MEMORY;
	c->job = CreateJobObjectW(NULL, NULL);
	c->given_back = CreateEventW(NULL, FALSE, FALSE, NULL);
	theirs[0] = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0,
	                        NULL);
	if (!error && (!c->job || !c->given_back ||
	               !SetInformationJobObject(c->job, JobObjectExtendedLimitInformation, &limits, sizeof limits) ||
	               !open_pipe(&c->out, &theirs[1]) || !open_pipe(&c->errors, &theirs[2])))
		error = GetLastError();
	if (!error) error = create_process(c, line, wide_folder, theirs);
	for (int i = 0; i < 3; i++)
		if (theirs[i] && theirs[i] != INVALID_HANDLE_VALUE) (void)CloseHandle(theirs[i]);
	free(line);
	free(wide_folder);
	return error;
}

static void child_free(exec_child *c)
{
	HANDLE all[] = {c->thread, c->errors_thread, c->process, c->job, c->out, c->errors, c->given_back};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i]) (void)CloseHandle(all[i]);
	DeleteCriticalSection(&c->turn);
	free(c);
}

pc_status exec_child_start(const char *const *argv, const char *folder, exec_announce_fn *announce, void *arg,
                           exec_child **ret_child, pc_err *err)
{
	exec_child *c = calloc(1, sizeof *c);
	DWORD error;
	if (!c) return failed(err, ERROR_NOT_ENOUGH_MEMORY, argv[0]);
	InitializeCriticalSection(&c->turn);
	c->announce = announce;
	c->arg = arg;
	error = spawn(c, argv, folder);
	if (!error) {
		c->errors_thread = CreateThread(NULL, 0, follow_errors, c, 0, NULL);
		c->thread = c->errors_thread ? CreateThread(NULL, 0, follow_output, c, 0, NULL) : NULL;
		if (c->thread) {
			*ret_child = c;
			return PC_OK;
		}
		error = GetLastError();
		(void)TerminateJobObject(c->job, 1);
		if (c->errors_thread) (void)WaitForSingleObject(c->errors_thread, INFINITE);
	}
	child_free(c);
	return failed(err, error, argv[0]);
}

const exec_chunk *exec_child_chunk(const exec_child *child)
{
	return &child->chunk;
}

void exec_child_next(exec_child *child)
{
	(void)SetEvent(child->given_back);
}

void exec_child_stop(exec_child **child, unsigned grace_ms)
{
	exec_child *c = *child;
	if (!c) return;
	*child = NULL;
	(void)InterlockedExchange(&c->is_stopping, 1);
	/* Ctrl-Break is what a console program of another group can be told; a service has no console to tell it by. */
	if (grace_ms && GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, GetProcessId(c->process)))
		(void)WaitForSingleObject(c->process, grace_ms);
	(void)TerminateJobObject(c->job, 1);
	/* Either thread may wait for a chunk to be given back, one after the other. */
	while (WaitForSingleObject(c->thread, 1) == WAIT_TIMEOUT) (void)SetEvent(c->given_back);
	child_free(c);
}
