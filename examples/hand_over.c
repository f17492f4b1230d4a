/* hand_over.c - copies a section that a game has made, under Wine or Proton, to a file in /dev/shm, for native programs.
 *
 *     hand_over SECTION FILE [--every MS] [--event NAME] [--mutex NAME] [--process GAME.EXE] [--back | --both]
 *     hand_over Local\acpmf_physics Z:\dev\shm\acpmf_physics --every 5 --process acs.exe
 *
 * For games that are there already, or will not take a section that somebody else made; where they do, share_section.exe
 * gives both sides the same pages, without a copy. Here there is one: the section's pages are a file that the game's prefix
 * has deleted, which nothing can give a name again. A look is made every MS milliseconds (10), or when the event is set and at
 * least every MS; what changed since the look before is copied. --back copies from the file to the section, --both what
 * changed on either side; of a byte that both changed the section's counts.
 *
 * It waits for the section, and ends when the game's process has, or nobody but itself has the section open: native programs see
 * that in the end of this process. A file that it created goes with it. Exit status 0 then, 1 after an error, 2 for
 * arguments. Windows only.                                                                                           */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>
#include <wchar.h>

#define BLOCK     64u   /* bytes compared, and copied, at a time */
#define TRIES     4     /* to see the same twice */
#define REOPEN_MS 1000u /* a section stays while anybody has it open, us included: let go and look */
#define MUTEX_MS  5u
#define ABSENT_MS 100u

enum direction { TO_FILE = 1, TO_SECTION = 2 };

struct hand {
	const wchar_t *section_name, *file_name, *event_name, *mutex_name, *process_name;
	DWORD every_ms;
	unsigned directions;
	HANDLE section, file, mapping, event, mutex, process;
	unsigned char *section_view, *file_view, *shadow, *fresh;
	SIZE_T bytes;
	BOOL made_file;
	DWORD reopened_ms;
};

static int fail(const wchar_t *what)
{
	fprintf(stderr, "hand_over: %ls: error %lu\n", what, (unsigned long)GetLastError());
	return 1;
}

/* ---- the section ---- */

static void let_go(struct hand *h)
{
	if (h->section_view) UnmapViewOfFile(h->section_view);
	if (h->section) CloseHandle(h->section);
	h->section_view = NULL;
	h->section = NULL;
}

/* 1: it is there, and mapped; 0: there is none, or one that may not be opened. */
static int take(struct hand *h, SIZE_T *ret_bytes)
{
	DWORD rights = h->directions & TO_SECTION ? FILE_MAP_READ | FILE_MAP_WRITE : FILE_MAP_READ;
	MEMORY_BASIC_INFORMATION facts;
	h->section = OpenFileMappingW(rights, FALSE, h->section_name);
	if (!h->section) return 0;
	h->section_view = MapViewOfFile(h->section, rights, 0, 0, 0);
	if (h->section_view && VirtualQuery(h->section_view, &facts, sizeof facts)) {
		*ret_bytes = facts.RegionSize;
		return 1;
	}
	let_go(h);
	return 0;
}

static HANDLE process_called(const wchar_t *name)
{
	PROCESSENTRY32W entry = {.dwSize = sizeof entry};
	HANDLE found = NULL, all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
	if (all == INVALID_HANDLE_VALUE) return NULL;
	for (BOOL more = Process32FirstW(all, &entry); more && !found; more = Process32NextW(all, &entry))
		if (!_wcsicmp(entry.szExeFile, name)) found = OpenProcess(SYNCHRONIZE, FALSE, entry.th32ProcessID);
	CloseHandle(all);
	return found;
}

static void wait_for_game(struct hand *h)
{
	int told = 0;
	for (;;) {
		if (h->process && WaitForSingleObject(h->process, 0) == WAIT_OBJECT_0) { /* one before this game */
			CloseHandle(h->process);
			h->process = NULL;
		}
		if (h->process_name && !h->process) h->process = process_called(h->process_name);
		if ((!h->process_name || h->process) && take(h, &h->bytes)) return;
		if (!told) printf("waiting for %ls\n", h->section_name);
		fflush(stdout);
		told = 1;
		Sleep(ABSENT_MS);
	}
}

/* 1 while somebody has it: the game by its process, or whoever keeps the name besides us. */
static int game_is_there(struct hand *h)
{
	SIZE_T bytes = 0;
	if (h->process && WaitForSingleObject(h->process, 0) == WAIT_OBJECT_0) return 0;
	if (GetTickCount() - h->reopened_ms < REOPEN_MS) return 1;
	h->reopened_ms = GetTickCount();
	let_go(h);
	if (!take(h, &bytes)) return 0;
	return bytes == h->bytes; /* another size is another game's: its readers must map anew, and so must we */
}

/* ---- the file ---- */

static int open_file(struct hand *h)
{
	LARGE_INTEGER size;
	h->file = CreateFileW(h->file_name, GENERIC_READ | GENERIC_WRITE,
	                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS,
	                      FILE_ATTRIBUTE_NORMAL, NULL);
	if (h->file == INVALID_HANDLE_VALUE) return fail(h->file_name);
	h->made_file = GetLastError() != ERROR_ALREADY_EXISTS;
	if (!GetFileSizeEx(h->file, &size)) return fail(h->file_name);
	/* A region of somebody's is not made larger than it is; what lies behind its end is not copied. */
	if (!h->made_file && size.QuadPart > 0 && (ULONGLONG)size.QuadPart < h->bytes) h->bytes = (SIZE_T)size.QuadPart;
	h->mapping = CreateFileMappingW(h->file, NULL, PAGE_READWRITE, (DWORD)((ULONGLONG)h->bytes >> 32),
	                                (DWORD)h->bytes, NULL);
	if (h->mapping) h->file_view = MapViewOfFile(h->mapping, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, h->bytes);
	return h->file_view ? 0 : fail(h->file_name);
}

static void close_file(struct hand *h)
{
	if (h->file_view) UnmapViewOfFile(h->file_view);
	if (h->mapping) CloseHandle(h->mapping);
	if (h->file && h->file != INVALID_HANDLE_VALUE) CloseHandle(h->file);
	if (h->made_file) DeleteFileW(h->file_name);
}

/* ---- copying ---- */

/* The source as two looks agree on it, or as the last of a few had it. */
static void look(struct hand *h, const unsigned char *from)
{
	for (int i = 0; i < TRIES; i++) {
		memcpy(h->fresh, from, h->bytes);
		if (!memcmp(h->fresh, from, h->bytes)) return;
	}
}

static void carry_block(struct hand *h, SIZE_T at, SIZE_T bytes, unsigned char *to)
{
	if (h->directions != (TO_FILE | TO_SECTION)) {
		memcpy(to + at, h->fresh + at, bytes);
	} else { /* the bytes beside it may be the other side's */
		for (SIZE_T i = at; i < at + bytes; i++)
			if (h->fresh[i] != h->shadow[i]) to[i] = h->fresh[i];
	}
	memcpy(h->shadow + at, h->fresh + at, bytes);
}

/* In order of offsets: numbers that stand before and behind what they count keep their meaning. */
static void carry(struct hand *h, const unsigned char *from, unsigned char *to)
{
	if (!memcmp(from, h->shadow, h->bytes)) return;
	look(h, from);
	for (SIZE_T at = 0; at < h->bytes; at += BLOCK) {
		SIZE_T bytes = h->bytes - at < BLOCK ? h->bytes - at : BLOCK;
		if (memcmp(h->fresh + at, h->shadow + at, bytes)) carry_block(h, at, bytes, to);
	}
}

static void carry_all(struct hand *h)
{
	DWORD held = WAIT_TIMEOUT;
	if (h->mutex_name && !h->mutex) h->mutex = OpenMutexW(SYNCHRONIZE | MUTEX_MODIFY_STATE, FALSE, h->mutex_name);
	if (h->mutex) held = WaitForSingleObject(h->mutex, MUTEX_MS);
	if (h->directions & TO_FILE) carry(h, h->section_view, h->file_view);
	if (h->directions & TO_SECTION) carry(h, h->file_view, h->section_view);
	if (held == WAIT_OBJECT_0 || held == WAIT_ABANDONED) ReleaseMutex(h->mutex);
}

static int begin(struct hand *h)
{
	const unsigned char *first;
	if (open_file(h)) return 1;
	h->shadow = malloc(h->bytes);
	h->fresh = malloc(h->bytes);
	if (!h->shadow || !h->fresh) return fail(L"memory");
	first = h->directions & TO_FILE ? h->section_view : h->file_view;
	memcpy(h->shadow, first, h->bytes);
	memcpy(h->directions & TO_FILE ? h->file_view : h->section_view, h->shadow, h->bytes);
	printf("handing over %llu bytes\n", (unsigned long long)h->bytes);
	fflush(stdout);
	return 0;
}

/* Until the event, the end of the game, or a look is due. */
static void pause_for(struct hand *h)
{
	HANDLE handles[2];
	DWORD count = 0;
	if (h->event_name && !h->event) h->event = OpenEventW(SYNCHRONIZE, FALSE, h->event_name);
	if (h->event) handles[count++] = h->event;
	if (h->process) handles[count++] = h->process;
	if (!count)
		Sleep(h->every_ms);
	else if (WaitForMultipleObjects(count, handles, FALSE, h->every_ms) == WAIT_OBJECT_0 && h->event)
		SwitchToThread(); /* an event that stands set must not make us the only one who runs */
}

/* ---- arguments ---- */

static int usage(void)
{
	fprintf(stderr, "usage: hand_over SECTION FILE [--every MS] [--event NAME] [--mutex NAME] [--process GAME.EXE] "
	                "[--back | "
	                "--both]\n");
	return 2;
}

static int arguments(struct hand *h, int argc, wchar_t **argv)
{
	if (argc < 3 || argv[1][0] == L'-' || argv[2][0] == L'-') return usage();
	h->section_name = argv[1];
	h->file_name = argv[2];
	for (int i = 3; i < argc; i++) {
		const wchar_t *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (!wcscmp(argv[i], L"--back")) {
			h->directions = TO_SECTION;
			continue;
		}
		if (!wcscmp(argv[i], L"--both")) {
			h->directions = TO_FILE | TO_SECTION;
			continue;
		}
		if (!value) return usage();
		if (!wcscmp(argv[i], L"--every"))
			h->every_ms = wcstoul(value, NULL, 10);
		else if (!wcscmp(argv[i], L"--event"))
			h->event_name = value;
		else if (!wcscmp(argv[i], L"--mutex"))
			h->mutex_name = value;
		else if (!wcscmp(argv[i], L"--process"))
			h->process_name = value;
		else
			return usage();
		i++;
	}
	return h->every_ms >= 1 && h->every_ms <= 60000 ? 0 : usage();
}

int wmain(int argc, wchar_t **argv);
int wmain(int argc, wchar_t **argv)
{
	struct hand h = {.every_ms = 10, .directions = TO_FILE};
	int status = arguments(&h, argc, argv);
	if (status) return status;
	wait_for_game(&h);
	h.reopened_ms = GetTickCount();
	status = begin(&h);
	while (!status && game_is_there(&h)) {
		carry_all(&h);
		pause_for(&h);
	}
	if (!status) printf("%ls is gone\n", h.section_name);
	let_go(&h);
	close_file(&h);
	return status;
}
