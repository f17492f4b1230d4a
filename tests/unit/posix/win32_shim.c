/* What a program written for Win32 file mappings relies on. Nothing but <pagecast/win32.h> is used here, so
 * that the same file judges the header on Linux and Windows itself on Windows. */
#include "test.h"

#include <pagecast/win32.h>

/* The call fails (gives `failure`) and GetLastError() is `code`. */
#define CHECK_FAILS(call, failure, code)                              \
	do {                                                          \
		SetLastError(0xBAD);                                  \
		if ((call) != (failure)) PC_FAIL("works: %s", #call); \
		CHECK_INT(GetLastError(), (code));                    \
	} while (0)
/* Where Wine's code is not Windows': that one will do on Windows, which the tests know as Wine. */
#ifdef _WIN32
#define CHECK_FAILS_OR_WINE(call, failure, code, wine_code)                           \
	do {                                                                          \
		SetLastError(0xBAD);                                                  \
		if ((call) != (failure)) PC_FAIL("works: %s", #call);                 \
		if (GetLastError() != (code)) CHECK_INT(GetLastError(), (wine_code)); \
	} while (0)
#else
#define CHECK_FAILS_OR_WINE(call, failure, code, wine_code) CHECK_FAILS(call, failure, code)
#endif
#define CHECK_WORKS(call)                                                                    \
	do {                                                                                 \
		if (!(call)) PC_FAIL("%s: error %lu", #call, (unsigned long)GetLastError()); \
	} while (0)

static HANDLE create(DWORD protect, uint64_t bytes, const char *name)
{
	SetLastError(0xBAD);
	return CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, protect, (DWORD)(bytes >> 32), (DWORD)bytes, name);
}

static HANDLE open_file(const char *path, DWORD access, DWORD disposition)
{
	SetLastError(0xBAD);
	return CreateFileA(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, disposition, FILE_ATTRIBUTE_NORMAL,
	                   NULL);
}

/* A file of this test's own with `bytes` times the letter x. */
static const char *make_file(size_t bytes)
{
	const char *path = pc_test_name("file.bin");
	FILE *f = fopen(path, "wb");
	CHECK(f);
	for (size_t i = 0; i < bytes; i++) CHECK(putc('x', f) == 'x');
	CHECK_INT(fclose(f), 0);
	return path;
}

static void check_file(const char *path, size_t bytes, size_t at, const char *text)
{
	char *all = (char *)calloc(1, bytes + 2);
	FILE *f = fopen(path, "rb");
	CHECK(f && all);
	CHECK_INT(fread(all, 1, bytes + 1, f), bytes);
	CHECK_MEM(all + at, text, strlen(text));
	CHECK_INT(fclose(f), 0);
	free(all);
}

PC_TEST(what_one_handle_writes_another_reads_by_name)
{
	const char *name = pc_test_name("share");
	HANDLE server = create(PAGE_READWRITE, 256, name), client;
	char *w;
	const char *r;
	CHECK(server);
	CHECK_INT(GetLastError(), ERROR_SUCCESS);
	CHECK_WORKS(w = (char *)MapViewOfFile(server, FILE_MAP_ALL_ACCESS, 0, 0, 256));
	CHECK_WORKS(client = OpenFileMappingA(FILE_MAP_READ, FALSE, name));
	CHECK_WORKS(r = (const char *)MapViewOfFile(client, FILE_MAP_READ, 0, 0, 0));
	CHECK(r != w);
	CHECK_INT(r[0], 0); /* a new section is zero */
	strcpy(w, "hello");
	CHECK_STR(r, "hello");
	CHECK_WORKS(UnmapViewOfFile(r));
	CHECK_WORKS(UnmapViewOfFile(w));
	CHECK_WORKS(CloseHandle(client));
	CHECK_WORKS(CloseHandle(server));
}

PC_TEST(creating_what_exists_gives_the_old_section_and_error_183)
{
	const char *name = pc_test_name("twice");
	HANDLE first = create(PAGE_READWRITE, 4096, name), second;
	char *p;
	CHECK_WORKS(p = (char *)MapViewOfFile(first, FILE_MAP_WRITE, 0, 0, 0));
	p[0] = 'A';
	second = create(PAGE_READWRITE, 3 * 4096, name);
	CHECK(second);
	CHECK_INT(GetLastError(), 183);
	CHECK_FAILS(MapViewOfFile(second, FILE_MAP_READ, 0, 0, 3 * 4096), NULL, ERROR_ACCESS_DENIED);
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_WORKS(p = (char *)MapViewOfFile(second, FILE_MAP_READ, 0, 0, 4096));
	CHECK_INT(p[0], 'A');
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_WORKS(CloseHandle(second));
	CHECK_WORKS(CloseHandle(first));
}

PC_TEST(a_name_goes_with_its_last_handle_and_a_view_keeps_the_bytes)
{
	const char *name = pc_test_name("last");
	HANDLE first = create(PAGE_READWRITE, 4096, name), second;
	char *view;
	CHECK_WORKS(view = (char *)MapViewOfFile(first, FILE_MAP_WRITE, 0, 0, 0));
	CHECK_WORKS(second = OpenFileMappingA(FILE_MAP_READ, FALSE, name));
	CHECK_WORKS(CloseHandle(first)); /* the creator's */
	CHECK_WORKS(first = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name));
	CHECK_WORKS(CloseHandle(second));
	CHECK_WORKS(CloseHandle(first));
	CHECK_FAILS(OpenFileMappingA(FILE_MAP_READ, FALSE, name), NULL, ERROR_FILE_NOT_FOUND);
	view[4095] = 7;
	CHECK_INT(view[4095], 7);
	first = create(PAGE_READWRITE, 8192, name); /* another section, though a view of the old one is left */
	CHECK(first);
	CHECK_INT(GetLastError(), ERROR_SUCCESS);
	CHECK_WORKS(CloseHandle(first));
	CHECK_WORKS(UnmapViewOfFile(view));
}

PC_TEST(local_names_and_plain_names_are_one)
{
	char name[80];
	HANDLE plain = create(PAGE_READWRITE, 64, pc_test_name("prefix")), local;
	CHECK(plain);
	(void)snprintf(name, sizeof name, "Local\\%s", pc_test_name("prefix"));
	CHECK_WORKS(local = OpenFileMappingA(FILE_MAP_READ, FALSE, name));
	CHECK_WORKS(CloseHandle(local));
	CHECK_WORKS(CloseHandle(plain));
}

PC_TEST(names_that_cannot_be_are_refused)
{
	CHECK_FAILS(create(PAGE_READWRITE, 64, "no\\such\\folder"), NULL, ERROR_PATH_NOT_FOUND);
	CHECK_FAILS(OpenFileMappingA(FILE_MAP_READ, FALSE, "no\\such\\folder"), NULL, ERROR_PATH_NOT_FOUND);
	CHECK_FAILS(OpenFileMappingA(FILE_MAP_READ, FALSE, pc_test_name("absent")), NULL, ERROR_FILE_NOT_FOUND);
	CHECK_FAILS(OpenFileMappingA(FILE_MAP_READ, FALSE, NULL), NULL, ERROR_INVALID_PARAMETER);
}

PC_TEST(impossible_sections_are_refused)
{
	CHECK_FAILS(create(PAGE_READWRITE, 0, pc_test_name("zero")), NULL, ERROR_INVALID_PARAMETER);
	CHECK_FAILS(create(0, 64, pc_test_name("noprot")), NULL, ERROR_INVALID_PARAMETER);
	CHECK_FAILS(create(0x1234, 64, NULL), NULL, ERROR_INVALID_PARAMETER);
	CHECK_FAILS(CreateFileMappingA((HANDLE)(intptr_t)0x7770, NULL, PAGE_READONLY, 0, 0, NULL), NULL,
	            ERROR_INVALID_HANDLE);
}

PC_TEST(unnamed_sections_are_private_and_any_size)
{
	HANDLE a = create(PAGE_READWRITE, 1, NULL), b = create(PAGE_READWRITE | SEC_COMMIT, 1, NULL);
	char *pa, *pb;
	CHECK(a && b && a != b);
	CHECK_WORKS(pa = (char *)MapViewOfFile(a, FILE_MAP_WRITE, 0, 0, 1));
	CHECK_WORKS(pb = (char *)MapViewOfFile(b, FILE_MAP_WRITE, 0, 0, 0));
	*pa = 1;
	CHECK_INT(*pb, 0);
	CHECK_WORKS(UnmapViewOfFile(pa));
	CHECK_WORKS(UnmapViewOfFile(pb));
	CHECK_WORKS(CloseHandle(a));
	CHECK_WORKS(CloseHandle(b));
}

PC_TEST(views_start_at_multiples_of_64_kib_and_end_within_the_section)
{
	const DWORD chunk = 0x10000;
	HANDLE h = create(PAGE_READWRITE, 3 * (uint64_t)chunk + 100, NULL);
	char *all, *tail;
	SYSTEM_INFO system;
	GetSystemInfo(&system);
	CHECK_INT(system.dwAllocationGranularity, chunk);
	CHECK_WORKS(all = (char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 0));
	CHECK_WORKS(tail = (char *)MapViewOfFile(h, FILE_MAP_READ, 0, 3 * chunk, 0));
	strcpy(all + 3 * chunk + 50, "tail");
	CHECK_STR(tail + 50, "tail");
	CHECK_WORKS(UnmapViewOfFile(tail));
	CHECK_WORKS(tail = (char *)MapViewOfFile(h, FILE_MAP_READ, 0, 2 * chunk, chunk + 100));
	CHECK_STR(tail + chunk + 50, "tail");
	CHECK_FAILS(MapViewOfFile(h, FILE_MAP_READ, 0, 4096, 0), NULL, ERROR_MAPPED_ALIGNMENT);
	CHECK_FAILS(MapViewOfFile(h, FILE_MAP_READ, 0, 3 * chunk, chunk), NULL, ERROR_ACCESS_DENIED);
	CHECK_FAILS_OR_WINE(MapViewOfFile(h, FILE_MAP_READ, 0, 4 * chunk, 1), NULL, ERROR_ACCESS_DENIED,
	                    ERROR_INVALID_PARAMETER);
	CHECK_FAILS_OR_WINE(MapViewOfFile(h, FILE_MAP_READ, 0, 4 * chunk, 0), NULL, ERROR_ACCESS_DENIED,
	                    ERROR_INVALID_PARAMETER);
	CHECK_FAILS_OR_WINE(MapViewOfFile(h, FILE_MAP_READ, 1, 0, 1), NULL, ERROR_ACCESS_DENIED,
	                    ERROR_INVALID_PARAMETER);
	CHECK_FAILS(MapViewOfFile(h, FILE_MAP_READ, 0, 0, 4 * (SIZE_T)chunk), NULL, ERROR_ACCESS_DENIED);
	CHECK_WORKS(UnmapViewOfFile(tail));
	CHECK_WORKS(UnmapViewOfFile(all));
	CHECK_WORKS(CloseHandle(h));
}

PC_TEST(a_view_can_be_asked_for_at_an_address)
{
	HANDLE h = create(PAGE_READWRITE, 0x20000, NULL);
	char *there, *again;
	CHECK_WORKS(there = (char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 0));
	CHECK_WORKS(UnmapViewOfFile(there));
	there = (char *)(((uintptr_t)there + 0xFFFF) & ~(uintptr_t)0xFFFF);
	CHECK_FAILS(MapViewOfFileEx(h, FILE_MAP_WRITE, 0, 0, 0x10000, there + 4096), NULL, ERROR_MAPPED_ALIGNMENT);
	CHECK_WORKS(again = (char *)MapViewOfFileEx(h, FILE_MAP_WRITE, 0, 0, 0x10000, there));
	CHECK(again == there);
	CHECK_FAILS(MapViewOfFileEx(h, FILE_MAP_WRITE, 0, 0, 0x10000, there), NULL, ERROR_INVALID_ADDRESS);
	CHECK_WORKS(UnmapViewOfFile(again));
	CHECK_WORKS(CloseHandle(h));
}

PC_TEST(a_handle_maps_only_what_it_was_opened_for)
{
	const char *name = pc_test_name("rights");
	HANDLE all = create(PAGE_READWRITE, 64, name), reader, writer, only = create(PAGE_READONLY, 64, NULL);
	void *p;
	CHECK(all && only);
	CHECK_WORKS(reader = OpenFileMappingA(FILE_MAP_READ, FALSE, name));
	CHECK_WORKS(writer = OpenFileMappingA(FILE_MAP_WRITE, FALSE, name));
	CHECK_FAILS(MapViewOfFile(reader, FILE_MAP_WRITE, 0, 0, 0), NULL, ERROR_ACCESS_DENIED);
	CHECK_FAILS(MapViewOfFile(reader, FILE_MAP_ALL_ACCESS, 0, 0, 0), NULL, ERROR_ACCESS_DENIED);
	CHECK_FAILS(MapViewOfFile(writer, FILE_MAP_READ, 0, 0, 0), NULL, ERROR_ACCESS_DENIED);
	CHECK_FAILS(MapViewOfFile(only, FILE_MAP_WRITE, 0, 0, 0), NULL, ERROR_ACCESS_DENIED);
	CHECK_WORKS(p = MapViewOfFile(writer, FILE_MAP_WRITE, 0, 0, 0));
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_WORKS(p = MapViewOfFile(only, FILE_MAP_READ, 0, 0, 0));
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_WORKS(CloseHandle(only));
	CHECK_WORKS(CloseHandle(writer));
	CHECK_WORKS(CloseHandle(reader));
	CHECK_WORKS(CloseHandle(all));
}

PC_TEST(a_copy_on_write_view_keeps_its_changes_to_itself)
{
	HANDLE h = create(PAGE_READWRITE, 4096, NULL);
	char *shared, *copy;
	CHECK_WORKS(shared = (char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 0));
	strcpy(shared, "as it was");
	CHECK_WORKS(copy = (char *)MapViewOfFile(h, FILE_MAP_COPY, 0, 0, 0));
	CHECK_STR(copy, "as it was");
	strcpy(copy, "mine");
	CHECK_STR(shared, "as it was");
	CHECK_WORKS(UnmapViewOfFile(copy));
	CHECK_WORKS(UnmapViewOfFile(shared));
	CHECK_WORKS(CloseHandle(h));
}

PC_TEST(what_is_no_handle_and_no_view_is_said_so)
{
	HANDLE h = create(PAGE_READWRITE, 64, NULL);
	void *p;
	int local = 0;
	CHECK_WORKS(p = MapViewOfFile(h, FILE_MAP_READ, 0, 0, 0));
	CHECK_WORKS(CloseHandle(h));
	CHECK_FAILS(CloseHandle(h), FALSE, ERROR_INVALID_HANDLE);
	CHECK_FAILS(CloseHandle(NULL), FALSE, ERROR_INVALID_HANDLE);
	CHECK_FAILS(CloseHandle((HANDLE)(intptr_t)0x7770), FALSE, ERROR_INVALID_HANDLE);
	CHECK_FAILS(MapViewOfFile(h, FILE_MAP_READ, 0, 0, 0), NULL, ERROR_INVALID_HANDLE);
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_FAILS(UnmapViewOfFile(p), FALSE, ERROR_INVALID_ADDRESS);
	CHECK_FAILS(UnmapViewOfFile(&local), FALSE, ERROR_INVALID_ADDRESS);
	CHECK_FAILS(UnmapViewOfFile(NULL), FALSE, ERROR_INVALID_ADDRESS);
}

PC_TEST(the_size_of_a_view_can_be_asked_for)
{
	HANDLE h = create(PAGE_READWRITE, 5000, NULL);
	MEMORY_BASIC_INFORMATION info;
	char *p;
	CHECK_WORKS(p = (char *)MapViewOfFile(h, FILE_MAP_READ, 0, 0, 0));
	CHECK_INT(VirtualQuery(p, &info, sizeof info), sizeof info);
	CHECK(info.BaseAddress == p && info.AllocationBase == p);
	CHECK_INT(info.RegionSize, 8192);
	CHECK_INT(info.Protect, PAGE_READONLY);
	CHECK_INT(info.State, MEM_COMMIT);
	CHECK_INT(info.Type, MEM_MAPPED);
	CHECK_INT(VirtualQuery(p + 4100, &info, sizeof info), sizeof info);
	CHECK(info.BaseAddress == p + 4096 && info.AllocationBase == p);
	CHECK_INT(info.RegionSize, 4096);
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_WORKS(CloseHandle(h));
}

PC_TEST(files_are_opened_and_created_as_asked)
{
	const char *path = pc_test_name("disposition.bin");
	LARGE_INTEGER size;
	DWORD high = 9;
	HANDLE f;
	CHECK_FAILS(open_file(path, GENERIC_READ, OPEN_EXISTING), INVALID_HANDLE_VALUE, ERROR_FILE_NOT_FOUND);
	CHECK_FAILS(open_file("no-such-folder/x", GENERIC_READ, OPEN_EXISTING), INVALID_HANDLE_VALUE,
	            ERROR_PATH_NOT_FOUND);
	CHECK_FAILS(open_file("no-such-folder/x", GENERIC_WRITE, CREATE_ALWAYS), INVALID_HANDLE_VALUE,
	            ERROR_PATH_NOT_FOUND);
	CHECK_FAILS(open_file(".", GENERIC_READ, OPEN_EXISTING), INVALID_HANDLE_VALUE, ERROR_ACCESS_DENIED);
	CHECK_FAILS(open_file(path, GENERIC_READ, 99), INVALID_HANDLE_VALUE, ERROR_INVALID_PARAMETER);
	f = open_file(path, GENERIC_READ | GENERIC_WRITE, CREATE_NEW);
	CHECK(f != INVALID_HANDLE_VALUE);
	CHECK_WORKS(CloseHandle(f));
	CHECK_FAILS(open_file(path, GENERIC_WRITE, CREATE_NEW), INVALID_HANDLE_VALUE, ERROR_FILE_EXISTS);
	make_file(10);
	f = open_file(pc_test_name("file.bin"), GENERIC_READ, OPEN_ALWAYS);
	CHECK(f != INVALID_HANDLE_VALUE);
	CHECK_INT(GetLastError(), ERROR_ALREADY_EXISTS);
	CHECK_WORKS(GetFileSizeEx(f, &size));
	CHECK_INT(size.QuadPart, 10);
	CHECK_INT(GetFileSize(f, &high), 10);
	CHECK_INT(high, 0);
	CHECK_WORKS(CloseHandle(f));
	CHECK_FAILS(GetFileSizeEx(f, &size), FALSE, ERROR_INVALID_HANDLE);
	f = open_file(pc_test_name("file.bin"), GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
	CHECK_INT(GetLastError(), ERROR_ALREADY_EXISTS);
	CHECK_INT(GetFileSize(f, NULL), 0);
	CHECK_WORKS(CloseHandle(f));
	CHECK_INT(remove(pc_test_name("file.bin")), 0);
	f = open_file(pc_test_name("file.bin"), GENERIC_READ, OPEN_ALWAYS);
	CHECK_INT(GetLastError(), ERROR_SUCCESS);
	CHECK_WORKS(CloseHandle(f));
	CHECK_INT(remove(pc_test_name("file.bin")), 0);
	CHECK_INT(remove(path), 0);
}

PC_TEST(a_file_can_go_with_its_handle)
{
	const char *path = make_file(3);
	HANDLE f = CreateFileA(path, GENERIC_READ, FILE_SHARE_DELETE, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE,
	                       NULL);
	CHECK(f != INVALID_HANDLE_VALUE);
	CHECK_WORKS(CloseHandle(f));
	CHECK_FAILS(open_file(path, GENERIC_READ, OPEN_EXISTING), INVALID_HANDLE_VALUE, ERROR_FILE_NOT_FOUND);
}

PC_TEST(a_section_on_a_file_reads_writes_and_grows_it)
{
	const char *path = make_file(100);
	HANDLE f = open_file(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING), h;
	char *p;
	CHECK_WORKS(h = CreateFileMappingA(f, NULL, PAGE_READWRITE, 0, 0, NULL));
	CHECK_WORKS(p = (char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 100));
	CHECK_INT(p[99], 'x');
	memcpy(p + 50, "fifty", 5);
	CHECK_WORKS(FlushViewOfFile(p, 0));
	CHECK_WORKS(FlushViewOfFile(p + 50, 5));
	check_file(path, 100, 50, "fifty");
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_WORKS(CloseHandle(h));

	CHECK_WORKS(h = CreateFileMappingA(f, NULL, PAGE_READWRITE, 0, 0x20000, NULL));
	CHECK_INT(GetFileSize(f, NULL), 0x20000);
	CHECK_WORKS(p = (char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0x10000, 0));
	memcpy(p, "second chunk", 12);
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_WORKS(CloseHandle(h));
	CHECK_WORKS(CloseHandle(f));
	check_file(path, 0x20000, 0x10000, "second chunk");
	CHECK_INT(remove(path), 0);
}

PC_TEST(a_section_on_a_file_honours_how_the_file_was_opened)
{
	const char *path = make_file(100);
	HANDLE reader = open_file(path, GENERIC_READ, OPEN_EXISTING), h;
	void *p;
	CHECK_FAILS(CreateFileMappingA(reader, NULL, PAGE_READWRITE, 0, 0, NULL), NULL, ERROR_ACCESS_DENIED);
	CHECK_FAILS(CreateFileMappingA(reader, NULL, PAGE_READONLY, 0, 101, NULL), NULL, ERROR_NOT_ENOUGH_MEMORY);
	CHECK_WORKS(h = CreateFileMappingA(reader, NULL, PAGE_READONLY, 0, 0, NULL));
	CHECK_FAILS(MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 0), NULL, ERROR_ACCESS_DENIED);
	CHECK_FAILS(MapViewOfFile(reader, FILE_MAP_READ, 0, 0, 0), NULL, ERROR_INVALID_HANDLE);
	CHECK_WORKS(p = MapViewOfFile(h, FILE_MAP_COPY, 0, 0, 0));
	memset(p, 'y', 100);
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_WORKS(CloseHandle(h));
	CHECK_WORKS(CloseHandle(reader));
	check_file(path, 100, 0, "xxx");
	CHECK_INT(remove(path), 0);
	path = make_file(0);
	reader = open_file(path, GENERIC_READ, OPEN_EXISTING);
	CHECK_FAILS(CreateFileMappingA(reader, NULL, PAGE_READONLY, 0, 0, NULL), NULL, ERROR_FILE_INVALID);
	CHECK_WORKS(CloseHandle(reader));
	CHECK_INT(remove(path), 0);
}

PC_TEST(a_named_section_on_a_file_is_found_by_name)
{
	const char *path = make_file(100), *name = pc_test_name("named-file");
	HANDLE f = open_file(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING), h, other;
	char *p;
	CHECK_WORKS(h = CreateFileMappingA(f, NULL, PAGE_READWRITE, 0, 0, name));
	CHECK_WORKS(CloseHandle(f)); /* the section keeps the file */
	CHECK_WORKS(other = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name));
	CHECK_WORKS(p = (char *)MapViewOfFile(other, FILE_MAP_WRITE, 0, 0, 100));
	memcpy(p, "by name", 7);
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_WORKS(CloseHandle(other));
	CHECK_WORKS(CloseHandle(h));
	CHECK_FAILS(OpenFileMappingA(FILE_MAP_READ, FALSE, name), NULL, ERROR_FILE_NOT_FOUND);
	check_file(path, 100, 0, "by name");
	CHECK_INT(remove(path), 0);
}

PC_TEST(flushing_wants_a_range_within_one_view)
{
	HANDLE h = create(PAGE_READWRITE, 4096, NULL);
	char *p;
	CHECK_WORKS(p = (char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 0));
	CHECK_WORKS(FlushViewOfFile(p, 4096));
	CHECK_WORKS(UnmapViewOfFile(p));
	CHECK_FAILS_OR_WINE(FlushViewOfFile(p, 1), FALSE, ERROR_INVALID_ADDRESS, ERROR_INVALID_PARAMETER);
	CHECK_WORKS(CloseHandle(h));
}

PC_TEST(wide_names_are_the_same_names)
{
	wchar_t wide[64];
	const char *name = pc_test_name("wide");
	HANDLE a = create(PAGE_READWRITE, 64, name), w;
	size_t i;
	CHECK(a);
	for (i = 0; name[i]; i++) wide[i] = (wchar_t)name[i];
	wide[i] = 0;
	CHECK_WORKS(w = OpenFileMappingW(FILE_MAP_READ, FALSE, wide));
	CHECK_WORKS(CloseHandle(w));
	w = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 64, wide);
	CHECK(w);
	CHECK_INT(GetLastError(), ERROR_ALREADY_EXISTS);
	CHECK_WORKS(CloseHandle(w));
	CHECK_WORKS(CloseHandle(a));
	CHECK_FAILS(OpenFileMappingW(FILE_MAP_READ, FALSE, wide), NULL, ERROR_FILE_NOT_FOUND);
	CHECK_WORKS(w = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 64, NULL));
	CHECK_WORKS(CloseHandle(w));
	CHECK_FAILS(CreateFileW(wide, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), INVALID_HANDLE_VALUE,
	            ERROR_FILE_NOT_FOUND);
}

PC_TEST(sections_beyond_4_gib_use_both_halves_of_a_size)
{
	/* Reserved, so that no memory is taken but what is touched; Windows wants it committed then. */
	const uint64_t bytes = UINT64_C(5) << 30, edge = UINT64_C(4) << 30;
	const char *name = pc_test_name("large");
	HANDLE h = create(PAGE_READWRITE | SEC_RESERVE, bytes, name), again;
	char *across, *above;
	CHECK(h);
#ifdef _WIN32
#define COMMIT(p, n) CHECK(VirtualAlloc((p), (n), MEM_COMMIT, PAGE_READWRITE))
#else
#define COMMIT(p, n) (void)0
#endif
	CHECK_WORKS(across = (char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, (DWORD)(edge - 0x10000), 0x20000));
	COMMIT(across, 0x20000);
	memcpy(across + 0x10000 - 2, "edge", 5);
	again = create(PAGE_READWRITE | SEC_RESERVE, 4096, name);
	CHECK_INT(GetLastError(), ERROR_ALREADY_EXISTS);
	CHECK_WORKS(above = (char *)MapViewOfFile(again, FILE_MAP_READ, 1, 0, 0x10000));
	CHECK_STR(above, "ge");
	CHECK_WORKS(UnmapViewOfFile(above));
	CHECK_FAILS_OR_WINE(MapViewOfFile(h, FILE_MAP_READ, 1, 0x40000000, 1), NULL, ERROR_ACCESS_DENIED,
	                    ERROR_INVALID_PARAMETER);
	CHECK_WORKS(UnmapViewOfFile(across));
	CHECK_WORKS(CloseHandle(again));
	CHECK_WORKS(CloseHandle(h));
}

PC_TEST(texts_are_as_wide_as_their_switch_says)
{
	const TCHAR *text = TEXT("Local\\x");
	LPCTSTR same = _T("Local\\x");
	CHECK_INT(sizeof(TCHAR), sizeof text[0]);
	CHECK_INT(_tcslen(text), 7);
	CHECK(!_tcscmp(text, same));
	CHECK_INT(sizeof(DWORD), 4);
	CHECK_INT(sizeof(WORD), 2);
	CHECK_INT(sizeof(LONG), 4);
	CHECK_INT(sizeof(SIZE_T), sizeof(void *));
	CHECK(GetCurrentProcessId() != 0);
	Sleep(1);
}
