/* What <pagecast/win32.h> does on Linux behind the Win32 calls: objects in a directory, their lifetime across
 * processes, and getting along with objects that others made. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pagecast/win32.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static HANDLE create(const char *name, DWORD bytes)
{
	return CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, bytes, name);
}

static const char *path_of(const char *name)
{
	static char path[128];
	(void)snprintf(path, sizeof path, "/dev/shm/%s", name);
	return path;
}

static int exists(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

/* An object as pagecastd or shm_open() makes one. */
static void make_foreign(const char *name, off_t bytes, mode_t mode)
{
	int fd = open(path_of(name), O_RDWR | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0);
	CHECK_INT(fchmod(fd, mode), 0);
	CHECK_INT(ftruncate(fd, bytes), 0);
	CHECK_INT(close(fd), 0);
}

/* Run `body` in a child process; its exit status, or minus its signal. */
static int in_child(void (*body)(const char *name), const char *name)
{
	int status;
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		body(name);
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

PC_TEST(a_section_is_an_object_of_exactly_its_size_that_others_may_read)
{
	const char *name = pc_test_name("object");
	struct stat st;
	HANDLE h;
	umask(022);
	h = create(name, 37);
	CHECK(h);
	CHECK_INT(stat(path_of(name), &st), 0);
	CHECK_INT(st.st_size, 37);
	CHECK_INT(st.st_mode, S_IFREG | 0644);
	CHECK_INT(st.st_nlink, 1);
	CHECK(st.st_blocks > 0); /* its memory is there already */
	CHECK_INT(CloseHandle(h), TRUE);
	CHECK(!exists(name));
}

PC_TEST(global_local_and_plain_names_are_one_name_space)
{
	const char *name = pc_test_name("prefix");
	char prefixed[80];
	HANDLE h;
	(void)snprintf(prefixed, sizeof prefixed, "Global\\%s", name);
	h = create(prefixed, 64);
	CHECK(h && exists(name));
	(void)snprintf(prefixed, sizeof prefixed, "Local\\%s", name);
	CHECK_INT(CloseHandle(OpenFileMappingA(FILE_MAP_READ, FALSE, prefixed)), TRUE);
	CHECK_INT(CloseHandle(OpenFileMappingA(FILE_MAP_READ, FALSE, name)), TRUE);
	CHECK_INT(CloseHandle(h), TRUE);
	CHECK(!create("Session\\1\\x", 64));
	CHECK_INT(GetLastError(), ERROR_PATH_NOT_FOUND);
	CHECK(!create("Local\\Global\\x", 64));
	CHECK_INT(GetLastError(), ERROR_PATH_NOT_FOUND);
}

PC_TEST(names_never_leave_the_directory)
{
	static const char *const bad[] = {"", ".", "..", "../etc/x", "a/b", "/x", "Local\\", "Local\\../x"};
	char longest[300];
	HANDLE h;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK(!create(bad[i], 64));
		CHECK_INT(GetLastError(), ERROR_INVALID_NAME);
		CHECK(!OpenFileMappingA(FILE_MAP_READ, FALSE, bad[i]));
		CHECK_INT(GetLastError(), ERROR_INVALID_NAME);
	}
	memset(longest, 'n', sizeof longest);
	memcpy(longest, pc_test_name("x"), strlen(pc_test_name("x")));
	longest[256] = 0;
	CHECK(!create(longest, 64));
	CHECK_INT(GetLastError(), ERROR_FILENAME_EXCED_RANGE);
	longest[255] = 0;
	h = create(longest, 64);
	CHECK(h);
	CHECK_INT(CloseHandle(h), TRUE);
}

PC_TEST(what_others_made_is_adopted_and_never_unlinked)
{
	const char *name = pc_test_name("foreign");
	HANDLE h, reader;
	make_foreign(name, 40, 0644);
	reader = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
	CHECK(reader);
	h = create(name, 4096);
	CHECK(h);
	CHECK_INT(GetLastError(), ERROR_ALREADY_EXISTS);
	CHECK(!MapViewOfFile(h, FILE_MAP_READ, 0, 0, 4097)); /* its 40 bytes are one page */
	CHECK_INT(GetLastError(), ERROR_ACCESS_DENIED);
	CHECK_INT(CloseHandle(h), TRUE);
	CHECK_INT(CloseHandle(reader), TRUE);
	CHECK(exists(name));
	CHECK_INT(unlink(path_of(name)), 0);
}

PC_TEST(an_empty_object_is_no_section_until_somebody_creates_it)
{
	const char *name = pc_test_name("empty");
	struct stat st;
	HANDLE h;
	char *p;
	make_foreign(name, 0, 0644);
	CHECK(!OpenFileMappingA(FILE_MAP_READ, FALSE, name));
	CHECK_INT(GetLastError(), ERROR_FILE_NOT_FOUND);
	h = create(name, 5000);
	CHECK(h);
	CHECK_INT(GetLastError(), ERROR_SUCCESS);
	CHECK_INT(stat(path_of(name), &st), 0);
	CHECK_INT(st.st_size, 5000);
	p = (char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 0);
	CHECK(p);
	p[4999] = 1;
	CHECK_INT(UnmapViewOfFile(p), TRUE);
	CHECK_INT(CloseHandle(h), TRUE);
	CHECK(exists(name)); /* not ours */
	CHECK_INT(unlink(path_of(name)), 0);
}

PC_TEST(what_is_no_plain_object_is_error_6_and_never_blocks)
{
	const char *name = pc_test_name("odd");
	CHECK_INT(mkdir(path_of(name), 0700), 0);
	CHECK(!create(name, 64));
	CHECK_INT(GetLastError(), ERROR_INVALID_HANDLE);
	CHECK_INT(rmdir(path_of(name)), 0);
	CHECK_INT(mkfifo(path_of(name), 0600), 0);
	CHECK(!OpenFileMappingA(FILE_MAP_READ, FALSE, name));
	CHECK_INT(GetLastError(), ERROR_INVALID_HANDLE);
	CHECK_INT(unlink(path_of(name)), 0);
}

static void as_nobody(const char *name)
{
	HANDLE h;
	if (getuid() == 0 && setuid(65534)) _exit(9);
	h = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name);
	if (h || GetLastError() != ERROR_ACCESS_DENIED) _exit(1);
	h = create(name, 64);
	if (h || GetLastError() != ERROR_ACCESS_DENIED) _exit(2);
	h = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
	if (!h) _exit(3);
	if (MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 0) || GetLastError() != ERROR_ACCESS_DENIED) _exit(4);
	if (!MapViewOfFile(h, FILE_MAP_READ, 0, 0, 0)) _exit(5);
	if (!CloseHandle(h)) _exit(6);
}

PC_TEST(an_object_that_may_only_be_read_is_only_read)
{
	const char *name = pc_test_name("readonly");
	make_foreign(name, 64, 0444);
	CHECK_INT(in_child(as_nobody, name), 0);
	CHECK(exists(name));
	CHECK_INT(unlink(path_of(name)), 0);
}

static void create_and_exit(const char *name)
{
	if (!create(name, 64)) _exit(1);
	exit(0); /* no CloseHandle(): Windows does it */
}

static void create_and_be_killed(const char *name)
{
	if (!create(name, 64)) _exit(1);
	(void)kill(getpid(), SIGKILL);
}

PC_TEST(a_normal_exit_closes_the_handles)
{
	const char *name = pc_test_name("exit");
	CHECK_INT(in_child(create_and_exit, name), 0);
	CHECK(!exists(name));
}

PC_TEST(a_killed_process_leaves_the_object_and_the_next_one_gets_it)
{
	const char *name = pc_test_name("killed");
	HANDLE h;
	CHECK_INT(in_child(create_and_be_killed, name), -SIGKILL);
	CHECK(exists(name));
	h = create(name, 64);
	CHECK(h);
	CHECK_INT(GetLastError(), ERROR_ALREADY_EXISTS);
	CHECK_INT(CloseHandle(h), TRUE);
	CHECK(exists(name));
	CHECK_INT(unlink(path_of(name)), 0);
}

static void open_and_exit(const char *name)
{
	if (!OpenFileMappingA(FILE_MAP_READ, FALSE, name)) _exit(1);
	exit(0);
}

PC_TEST(a_name_outlives_its_creator_while_another_process_has_a_handle)
{
	const char *name = pc_test_name("outlive");
	int ready[2], status;
	char byte = 0;
	HANDLE h;
	pid_t pid;
	CHECK_INT(pipe(ready), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) { /* the creator: waits for our handle, then closes its own */
		h = create(name, 64);
		if (!h || write(ready[1], "x", 1) != 1) _exit(1);
		(void)close(ready[1]);
		while (!byte) {
			HANDLE other = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
			if (!other) _exit(2);
			byte = *(const char *)MapViewOfFile(other, FILE_MAP_READ, 0, 0, 0);
			(void)CloseHandle(other);
			Sleep(1);
		}
		_exit(CloseHandle(h) ? 0 : 3);
	}
	CHECK_INT(read(ready[0], &byte, 1), 1);
	h = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name);
	CHECK(h);
	*(volatile char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 0) = 1;
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	CHECK(exists(name));
	CHECK_INT(in_child(open_and_exit, name), 0); /* comes and goes */
	CHECK(exists(name));
	CHECK_INT(CloseHandle(h), TRUE); /* the last one, though not the creator's */
	CHECK(!exists(name));
}

static HANDLE inherited;
static void close_inherited(const char *name)
{
	(void)name;
	if (!CloseHandle(inherited)) _exit(1);
	exit(0);
}

PC_TEST(a_forked_child_takes_no_names_away)
{
	const char *name = pc_test_name("fork");
	inherited = create(name, 64);
	CHECK(inherited);
	CHECK_INT(in_child(close_inherited, name), 0);
	CHECK(exists(name));
	CHECK_INT(CloseHandle(inherited), TRUE);
	CHECK(!exists(name));
}

/* Open or create, look, close, many times: every outcome must be one that Windows could give. */
static int my_slot;
static void come_and_go(const char *name)
{
	for (int i = 0; i < 2000; i++) {
		HANDLE h = i % 3 ? create(name, 64) : OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name), again;
		volatile char *p, *q;
		if (!h && (i % 3 || GetLastError() != ERROR_FILE_NOT_FOUND)) _exit(1);
		if (!h) continue;
		if (!(i % 7)) { /* while we have a handle, the name stands for that very section */
			again = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
			p = (volatile char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 64);
			q = (volatile char *)MapViewOfFile(again, FILE_MAP_READ, 0, 0, 64);
			if (!again || !p || !q) _exit(2);
			p[my_slot] = (char)i;
			if (q[my_slot] != (char)i) _exit(3);
			if (!UnmapViewOfFile((const void *)(uintptr_t)p) ||
			    !UnmapViewOfFile((const void *)(uintptr_t)q))
				_exit(4);
			if (!CloseHandle(again)) _exit(5);
		}
		if (!CloseHandle(h)) _exit(6);
	}
}

PC_TEST(processes_that_race_for_a_name_agree_and_leave_nothing)
{
	const char *name = pc_test_name("race");
	pid_t pids[4];
	int status;
	for (my_slot = 0; my_slot < 4; my_slot++) {
		pids[my_slot] = fork();
		CHECK(pids[my_slot] >= 0);
		if (!pids[my_slot]) {
			come_and_go(name);
			_exit(0);
		}
	}
	for (int i = 0; i < 4; i++) {
		CHECK_INT(waitpid(pids[i], &status, 0), pids[i]);
		CHECK_INT(status, 0);
	}
	CHECK(!exists(name));
}

static void *count_errors(void *name)
{
	for (int i = 0; i < 500; i++) {
		HANDLE h = create((const char *)name, 64);
		void *p;
		CHECK(h);
		p = MapViewOfFile(h, FILE_MAP_WRITE, 0, 0, 0);
		CHECK(p);
		SetLastError((DWORD)i);
		CHECK_INT(UnmapViewOfFile(p), TRUE);
		CHECK_INT(CloseHandle(h), TRUE);
		CHECK_INT(GetLastError(), i); /* the other thread's errors are its own */
	}
	return NULL;
}

PC_TEST(threads_have_their_own_last_error_and_share_handles)
{
	pthread_t threads[2];
	CHECK_INT(pthread_create(&threads[0], NULL, count_errors, (void *)(uintptr_t)pc_test_name("thread")), 0);
	CHECK_INT(pthread_create(&threads[1], NULL, count_errors, (void *)(uintptr_t)pc_test_name("thread")), 0);
	CHECK_INT(pthread_join(threads[0], NULL), 0);
	CHECK_INT(pthread_join(threads[1], NULL), 0);
	CHECK(!exists(pc_test_name("thread")));
}

PC_TEST(the_directory_can_be_another_one)
{
	char directory[] = "/tmp/pct-XXXXXX", path[64];
	HANDLE h;
	CHECK(mkdtemp(directory));
	CHECK_INT(setenv("PAGECAST_SHM_DIR", directory, 1), 0);
	h = create("here", 64);
	CHECK(h);
	(void)snprintf(path, sizeof path, "%s/here", directory);
	CHECK_INT(access(path, F_OK), 0);
	CHECK_INT(CloseHandle(h), TRUE);
	CHECK_INT(rmdir(directory), 0); /* empty: no scratch file either */
	CHECK(!create("here", 64));
	CHECK_INT(GetLastError(), ERROR_PATH_NOT_FOUND);
	CHECK(!OpenFileMappingA(FILE_MAP_READ, FALSE, "here"));
	CHECK_INT(GetLastError(), ERROR_FILE_NOT_FOUND);
	CHECK_INT(setenv("PAGECAST_SHM_DIR", "relative", 1), 0);
	CHECK(!create("here", 64));
	CHECK_INT(GetLastError(), ERROR_PATH_NOT_FOUND);
	CHECK(!create(NULL, 64));
	CHECK_INT(GetLastError(), ERROR_PATH_NOT_FOUND);
}

PC_TEST(a_sparse_file_beyond_4_gib_is_seen_through_views_across_the_edge)
{
	const char *path = pc_test_name("sparse.bin");
	const off_t edge = (off_t)1 << 32;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	struct stat st;
	LARGE_INTEGER size;
	HANDLE f, h;
	char *p;
	CHECK(fd >= 0);
	CHECK_INT(ftruncate(fd, edge + 0x30000), 0);
	CHECK_INT(pwrite(fd, "abcd", 4, edge - 2), 4);
	f = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
	CHECK_INT(GetFileSizeEx(f, &size), TRUE);
	CHECK_INT(size.QuadPart, edge + 0x30000);
	h = CreateFileMappingA(f, NULL, PAGE_READWRITE, 0, 0, NULL);
	CHECK(h);
	p = (char *)MapViewOfFile(h, FILE_MAP_WRITE, 0, 0xFFFF0000u, 0x20000);
	CHECK(p);
	CHECK_MEM(p + 0xFFFE, "abcd", 4);
	memcpy(p + 0x10000, "EF", 2);
	CHECK_INT(FlushViewOfFile(p, 0), TRUE);
	CHECK_INT(UnmapViewOfFile(p), TRUE);
	p = (char *)MapViewOfFile(h, FILE_MAP_READ, 1, 0x10000, 0); /* from 4 GiB + 64 KiB to the end */
	CHECK(p);
	CHECK_INT(pwrite(fd, "end", 3, edge + 0x30000 - 3), 3);
	CHECK_MEM(p + 0x20000 - 3, "end", 3);
	CHECK_INT(UnmapViewOfFile(p), TRUE);
	CHECK_INT(fstat(fd, &st), 0);
	CHECK(st.st_blocks < 4096); /* still sparse */
	CHECK_INT(CloseHandle(h), TRUE);
	CHECK_INT(CloseHandle(f), TRUE);
	CHECK_INT(close(fd), 0);
	CHECK_INT(unlink(path), 0);
}

PC_TEST(a_file_that_cannot_grow_is_a_full_disk)
{
	const char *path = pc_test_name("full.bin");
	HANDLE f =
	        CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, NULL);
	CHECK(f != INVALID_HANDLE_VALUE);
	CHECK(!CreateFileMappingA(f, NULL, PAGE_READWRITE, 0x4000, 0, NULL)); /* 64 TiB */
	CHECK_INT(GetLastError(), ERROR_DISK_FULL);
	CHECK_INT(CloseHandle(f), TRUE);
	CHECK(access(path, F_OK));
}

PC_TEST(a_section_beyond_all_memory_is_refused_at_once_and_leaves_nothing)
{
	const char *name = pc_test_name("huge");
	CHECK(!CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0x4000, 0, name)); /* 64 TiB */
	CHECK_INT(GetLastError(), ERROR_COMMITMENT_LIMIT);
	CHECK(!CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0x80000000u, 0, name));
	CHECK_INT(GetLastError(), ERROR_COMMITMENT_LIMIT);
	CHECK(!exists(name));
}

PC_TEST(wide_names_become_utf_8)
{
	static const wchar_t lone[] = {L'a', (wchar_t)0xD800, 0}, beyond[] = {(wchar_t)0x110000, 0};
	wchar_t name[32];
	char utf8[64];
	HANDLE h;
	(void)swprintf(name, 32, L"pct-%d-\u00e4\u20ac\U0001F600", (int)getpid());
	(void)snprintf(utf8, sizeof utf8, "pct-%d-\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", (int)getpid());
	h = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 64, name);
	CHECK(h && exists(utf8));
	CHECK_INT(CloseHandle(h), TRUE);
	CHECK(!CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 64, lone));
	CHECK_INT(GetLastError(), ERROR_NO_UNICODE_TRANSLATION);
	CHECK(!OpenFileMappingW(FILE_MAP_READ, FALSE, beyond));
	CHECK_INT(GetLastError(), ERROR_NO_UNICODE_TRANSLATION);
}

PC_TEST(paths_may_have_backslashes)
{
	char directory[] = "pct-dir-XXXXXX", path[64];
	HANDLE f;
	CHECK(mkdtemp(directory));
	(void)snprintf(path, sizeof path, "%s\\x.bin", directory);
	f = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, NULL);
	CHECK(f != INVALID_HANDLE_VALUE);
	(void)snprintf(path, sizeof path, "%s/x.bin", directory);
	CHECK_INT(access(path, F_OK), 0);
	CHECK_INT(CloseHandle(f), TRUE);
	CHECK_INT(rmdir(directory), 0);
}
