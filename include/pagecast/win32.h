/* pagecast/win32.h - programs written for Win32 named file mappings, compiled on Linux as they are.
 * SPDX-License-Identifier: MIT
 *
 * Include it in place of <windows.h>, <tchar.h> and <conio.h>; on Windows that is all it does. Nothing is
 * linked: it is header-only, C11 and C++11. Each function follows its page in Microsoft's Win32 API
 * reference, GetLastError() included; what differs on Linux:
 *
 * - A section on INVALID_HANDLE_VALUE named X, `Local\X` or `Global\X` is the shared-memory object X of
 *   /dev/shm, or of the absolute path in the environment variable PAGECAST_SHM_DIR: what shm_open("/X"),
 *   pagecastd and every other language see. One machine, one name space. Mode 0644 less the umask.
 * - A section's name lives as long as any process has a handle to it (a view alone does not keep it), as on
 *   Windows: handles hold a lock on a byte that no data reaches, and whoever closes the last one unlinks the
 *   name; exit() closes handles. That holds for sections that CreateFileMapping() made. What was there before,
 *   made by pagecastd, shm_open() or a process that was killed, is never unlinked: the next CreateFileMapping()
 *   gets it, with ERROR_ALREADY_EXISTS and its size. A last handle without write permission leaves the name too.
 * - A NAMED section on a file is a symbolic link to the file, removed by the handle that made it.
 * - SEC_RESERVE leaves memory unallocated until it is touched; otherwise it is allocated at once, so that a full
 *   /dev/shm is an error here and not a SIGBUS later. A file that somebody shrinks under a view is one.
 * - Share modes, security descriptors and attributes other than FILE_FLAG_DELETE_ON_CLOSE are taken and
 *   ignored; a `\` in a path is a `/`. WCHAR is wchar_t and thus 32 bits, W names become UTF-8.
 *
 * Rejected: numbered handles (a table of fixed size), one state per source file (handles travel between
 * files), a marker in the file mode (pagecastd's objects must look the same to everyone).                     */
#ifndef PAGECAST_WIN32_H
#define PAGECAST_WIN32_H

#ifdef _WIN32
#include <windows.h>

#include <conio.h>
#include <tchar.h>
#elif !defined(__linux__)
#error "pagecast/win32.h: for Windows and Linux"
#else
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#ifdef __cplusplus
extern "C" {
#elif defined(__GLIBC__) && !defined(__USE_GNU)
/* Not declared under -std=c11, and a program "as it is" sets no feature macro. In C++ they always are. */
int fallocate(int fd, int mode, off_t offset, off_t bytes);
int ftruncate(int fd, off_t bytes);
int nanosleep(const struct timespec *wanted, struct timespec *ret_left);
char *realpath(const char *path, char *buffer);
char *secure_getenv(const char *name);
int symlink(const char *target, const char *path);
#endif

/* ---- types and constants, with the values of the Windows SDK ------------------------------------------- */
typedef void *HANDLE, *PVOID, *LPVOID;
typedef const void *LPCVOID;
typedef HANDLE *PHANDLE, *LPHANDLE;
typedef int BOOL, INT;
typedef uint8_t BYTE, BOOLEAN, UCHAR;
typedef uint16_t WORD, USHORT;
typedef int16_t SHORT;
typedef uint32_t DWORD, UINT, ULONG; /* 32 bits in structs that two systems share: not `unsigned long` */
typedef int32_t LONG;
typedef uint64_t DWORD64, ULONGLONG, ULONG64;
typedef int64_t LONGLONG, LONG64;
typedef float FLOAT;
typedef size_t SIZE_T, ULONG_PTR, DWORD_PTR;
typedef DWORD *PDWORD, *LPDWORD;
typedef char CHAR, *LPSTR, *PSTR;
typedef const char *LPCSTR, *PCSTR;
typedef wchar_t WCHAR, *LPWSTR, *PWSTR;
typedef const wchar_t *LPCWSTR, *PCWSTR;
typedef union LARGE_INTEGER {
	__extension__ struct {
		DWORD LowPart;
		LONG HighPart;
	};
	LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef struct SECURITY_ATTRIBUTES {
	DWORD nLength;
	LPVOID lpSecurityDescriptor;
	BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;
typedef struct SYSTEM_INFO {
	DWORD dwPageSize, dwNumberOfProcessors, dwAllocationGranularity;
} SYSTEM_INFO, *LPSYSTEM_INFO;
typedef struct MEMORY_BASIC_INFORMATION {
	PVOID BaseAddress, AllocationBase;
	DWORD AllocationProtect;
	SIZE_T RegionSize;
	DWORD State, Protect, Type;
} MEMORY_BASIC_INFORMATION, *PMEMORY_BASIC_INFORMATION;

#ifndef TRUE
#define TRUE  1
#define FALSE 0
#endif
#define WINAPI
#define CALLBACK
#define CONST                     const
#define MAX_PATH                  260
#define INFINITE                  0xFFFFFFFFu
#define INVALID_HANDLE_VALUE      ((HANDLE)(intptr_t)-1)
#define INVALID_FILE_SIZE         0xFFFFFFFFu
#define GENERIC_READ              0x80000000u
#define GENERIC_WRITE             0x40000000u
#define GENERIC_ALL               0x10000000u
#define FILE_SHARE_READ           0x1u
#define FILE_SHARE_WRITE          0x2u
#define FILE_SHARE_DELETE         0x4u
#define CREATE_NEW                1u
#define CREATE_ALWAYS             2u
#define OPEN_EXISTING             3u
#define OPEN_ALWAYS               4u
#define TRUNCATE_EXISTING         5u
#define FILE_ATTRIBUTE_NORMAL     0x80u
#define FILE_ATTRIBUTE_TEMPORARY  0x100u
#define FILE_FLAG_DELETE_ON_CLOSE 0x04000000u
#define FILE_FLAG_SEQUENTIAL_SCAN 0x08000000u
#define FILE_FLAG_RANDOM_ACCESS   0x10000000u
#define FILE_FLAG_WRITE_THROUGH   0x80000000u
#define PAGE_READONLY             0x02u
#define PAGE_READWRITE            0x04u
#define PAGE_WRITECOPY            0x08u
#define SEC_RESERVE               0x04000000u
#define SEC_COMMIT                0x08000000u
#define SEC_NOCACHE               0x10000000u
#define SECTION_QUERY             0x1u
#define FILE_MAP_COPY             0x1u
#define FILE_MAP_WRITE            0x2u
#define FILE_MAP_READ             0x4u
#define FILE_MAP_ALL_ACCESS       0xF001Fu
#define MEM_COMMIT                0x1000u
#define MEM_MAPPED                0x40000u

#define NO_ERROR                     0u
#define ERROR_SUCCESS                0u
#define ERROR_FILE_NOT_FOUND         2u
#define ERROR_PATH_NOT_FOUND         3u
#define ERROR_TOO_MANY_OPEN_FILES    4u
#define ERROR_ACCESS_DENIED          5u
#define ERROR_INVALID_HANDLE         6u
#define ERROR_NOT_ENOUGH_MEMORY      8u
#define ERROR_WRITE_PROTECT          19u
#define ERROR_GEN_FAILURE            31u
#define ERROR_FILE_EXISTS            80u
#define ERROR_INVALID_PARAMETER      87u
#define ERROR_DISK_FULL              112u
#define ERROR_INVALID_NAME           123u
#define ERROR_ALREADY_EXISTS         183u
#define ERROR_FILENAME_EXCED_RANGE   206u
#define ERROR_INVALID_ADDRESS        487u
#define ERROR_FILE_INVALID           1006u
#define ERROR_NO_UNICODE_TRANSLATION 1113u
#define ERROR_IO_DEVICE              1117u
#define ERROR_MAPPED_ALIGNMENT       1132u
#define ERROR_COMMITMENT_LIMIT       1455u

#define ZeroMemory(to, bytes)       ((void)memset((to), 0, (bytes)))
#define FillMemory(to, bytes, with) ((void)memset((to), (with), (bytes)))
#define CopyMemory(to, from, bytes) ((void)memcpy((to), (from), (bytes)))
#define MoveMemory(to, from, bytes) ((void)memmove((to), (from), (bytes)))

/* ---- what all source files and threads of a process share ----------------------------------------------- */
/* Weak, so that the linker keeps one of them however many files include this header. */
#define PC_W32_SHARED               __attribute__((weak, visibility("default")))
#define PC_W32_LOCK_OFFSET          0x7FFF0002 /* beside the bytes of control.h: held for reading by each handle */
#define PC_W32_OFD_GETLK            36         /* F_OFD_GETLK and so on, which want _GNU_SOURCE */
#define PC_W32_OFD_SETLK            37
#define PC_W32_OFD_SETLKW           38
#define PC_W32_PATH_BYTES           4096
#define PC_W32_GRANULARITY          0x10000u
typedef char pc_w32_wants_64_bit_offsets[sizeof(off_t) == 8 ? 1 : -1]; /* on 32 bits: -D_FILE_OFFSET_BITS=64 */

enum pc_w32_kind { PC_W32_FILE = 1, PC_W32_SECTION = 2 };
struct pc_w32_object {
	struct pc_w32_object *next;
	enum pc_w32_kind kind;
	int fd;
	DWORD access;  /* of a file: GENERIC_READ, GENERIC_WRITE; of a section: FILE_MAP_READ, FILE_MAP_WRITE */
	uint64_t size; /* of a section; fixed when it is opened */
	pid_t pid;     /* a forked child must not take names away */
	int counted;   /* its name goes with the last handle of all processes */
	int doomed;    /* its name goes with this handle */
	char *path;    /* that name's, or the file's */
};
struct pc_w32_view {
	struct pc_w32_view *next;
	char *base;
	size_t bytes; /* as mapped, whole pages */
	DWORD protect;
};
struct pc_w32_state {
	int lock, exit_hook;
	unsigned serial;
	struct pc_w32_object *objects; /* every open handle */
	struct pc_w32_view *views;     /* every view */
};
PC_W32_SHARED struct pc_w32_state pc_w32_state;
PC_W32_SHARED __thread DWORD pc_w32_last_error;

static inline DWORD GetLastError(void)
{
	return pc_w32_last_error;
}

static inline void SetLastError(DWORD code)
{
	pc_w32_last_error = code;
}

/* Short critical sections only; no library to link with is worth more here than a sleeping lock. */
static inline void pc_w32_lock(void)
{
	while (__atomic_exchange_n(&pc_w32_state.lock, 1, __ATOMIC_ACQUIRE)) (void)sched_yield();
}

static inline void pc_w32_unlock(void)
{
	__atomic_store_n(&pc_w32_state.lock, 0, __ATOMIC_RELEASE);
}

/* Fail with a Win32 code, in a function that returns a BOOL; or an address or HANDLE. */
static inline BOOL pc_w32_fail(DWORD code)
{
	SetLastError(code);
	return FALSE;
}

static inline void *pc_w32_null(DWORD code)
{
	SetLastError(code);
	return NULL;
}

static inline DWORD pc_w32_error(int posix_error)
{
	switch (posix_error) {
	case ENOENT: return ERROR_FILE_NOT_FOUND;
	case ENOTDIR: return ERROR_PATH_NOT_FOUND;
	case EACCES:
	case EISDIR:
	case EPERM: return ERROR_ACCESS_DENIED;
	case EROFS: return ERROR_WRITE_PROTECT;
	case EBADF: return ERROR_INVALID_HANDLE;
	case EMFILE:
	case ENFILE: return ERROR_TOO_MANY_OPEN_FILES;
	case ENOMEM: return ERROR_NOT_ENOUGH_MEMORY;
	case EEXIST: return ERROR_FILE_EXISTS;
	case EINVAL: return ERROR_INVALID_PARAMETER;
	case ENAMETOOLONG: return ERROR_FILENAME_EXCED_RANGE;
	case EDQUOT:
	case EFBIG:
	case ENOSPC: return ERROR_DISK_FULL;
	case EIO: return ERROR_IO_DEVICE;
	default: return ERROR_GEN_FAILURE;
	}
}

/* For memory: what cannot grow is not full but read-only, and what is full is the page file. */
static inline DWORD pc_w32_memory_error(int posix_error)
{
	if (posix_error == EBADF || posix_error == EINVAL) return ERROR_ACCESS_DENIED;
	return pc_w32_error(posix_error) == ERROR_DISK_FULL ? ERROR_COMMITMENT_LIMIT : pc_w32_error(posix_error);
}

/* ---- names ---------------------------------------------------------------------------------------------- */
/* UTF-32 to UTF-8. NULL stays NULL; `*bad` is set if it cannot be said or does not fit. */
static inline const char *pc_w32_narrow(LPCWSTR wide, char *buffer, int *bad)
{
	size_t at = 0;
	if (!wide) return NULL;
	for (; *wide; wide++) {
		const uint32_t c = (uint32_t)*wide;
		const unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
		static const unsigned lead[] = {0, 0xC0, 0xE0, 0xF0};
		if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) || at + 5 > PC_W32_PATH_BYTES) {
			*bad = 1;
			pc_w32_last_error =
			        at + 5 > PC_W32_PATH_BYTES ? ERROR_FILENAME_EXCED_RANGE : ERROR_NO_UNICODE_TRANSLATION;
			return NULL;
		}
		buffer[at++] = (char)(lead[more] | (c >> (6 * more)));
		for (unsigned i = more; i > 0; i--) buffer[at++] = (char)(0x80 | ((c >> (6 * (i - 1))) & 0x3F));
	}
	buffer[at] = 0;
	return buffer;
}

/* Where objects are; an empty text, which no path fits, if the environment says a relative place. */
static inline const char *pc_w32_directory(void)
{
	const char *directory = secure_getenv("PAGECAST_SHM_DIR"); /* not for programs with raised privileges */
	if (!directory || !*directory) return "/dev/shm";
	return *directory == '/' ? directory : "";
}

/* Path of the object called `name`. Kernel object names: the prefixes are case-sensitive, and no other `\`. */
static inline BOOL pc_w32_object_path(const char *name, char *path)
{
	int length;
	if (!strncmp(name, "Local\\", 6))
		name += 6;
	else if (!strncmp(name, "Global\\", 7))
		name += 7;
	if (strchr(name, '\\')) return pc_w32_fail(ERROR_PATH_NOT_FOUND);
	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return pc_w32_fail(ERROR_INVALID_NAME);
	if (strlen(name) > 255) return pc_w32_fail(ERROR_FILENAME_EXCED_RANGE);
	if (!*pc_w32_directory()) return pc_w32_fail(ERROR_PATH_NOT_FOUND);
	length = snprintf(path, PC_W32_PATH_BYTES, "%s/%s", pc_w32_directory(), name);
	return length > 0 && length < PC_W32_PATH_BYTES ? TRUE : pc_w32_fail(ERROR_FILENAME_EXCED_RANGE);
}

/* ---- handles -------------------------------------------------------------------------------------------- */
/* Locks of the open file description (fcntl(2)): forked children and views share it, a death ends it. Byte 0 is
 * held for reading by each handle, byte 1 for writing while one closes.
 * @return 0, or -1 if somebody else's lock stands in the way */
static inline int pc_w32_name_lock(int fd, int byte, int bytes, short type)
{
	struct flock lock;
	int result;
	memset(&lock, 0, sizeof lock);
	lock.l_type = type;
	lock.l_whence = SEEK_SET;
	lock.l_start = PC_W32_LOCK_OFFSET + byte;
	lock.l_len = bytes;
	do result = fcntl(fd, byte == 1 ? PC_W32_OFD_SETLKW : PC_W32_OFD_SETLK, &lock);
	while (result && errno == EINTR);
	return result;
}

/* Does any handle, in any process, hold the name? */
static inline int pc_w32_name_is_held(int fd)
{
	struct flock lock;
	memset(&lock, 0, sizeof lock);
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	lock.l_start = PC_W32_LOCK_OFFSET;
	lock.l_len = 2;
	return !fcntl(fd, PC_W32_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

/* Unlink path if it still is the object behind fd. */
static inline void pc_w32_unlink_same(const char *path, int fd)
{
	struct stat there, here;
	if (!stat(path, &there) && !fstat(fd, &here) && there.st_ino == here.st_ino && there.st_dev == here.st_dev)
		(void)unlink(path);
}

static inline void pc_w32_drop_name(const struct pc_w32_object *o)
{
	if (!o->path || o->pid != getpid()) return;
	if (o->doomed) pc_w32_unlink_same(o->path, o->fd);
	if (!o->counted) return;
	/* One closes at a time; the last one's read lock becomes the write lock, and then nobody else can come in. */
	if (!pc_w32_name_lock(o->fd, 1, 1, F_WRLCK) && !pc_w32_name_lock(o->fd, 0, 1, F_WRLCK))
		pc_w32_unlink_same(o->path, o->fd);
	(void)pc_w32_name_lock(o->fd, 0, 2, F_UNLCK); /* close(2) would not while there is a view */
}

/* Windows closes a process's handles when it ends. */
static inline void pc_w32_at_exit(void)
{
	pc_w32_lock();
	for (const struct pc_w32_object *o = pc_w32_state.objects; o; o = o->next) pc_w32_drop_name(o);
	pc_w32_unlock();
}

static inline void pc_w32_free(struct pc_w32_object *o)
{
	if (o->fd >= 0) (void)close(o->fd);
	free(o->path);
	free(o);
}

/* A new handle in the list. Takes fd, also on failure. @return NULL and ERROR_NOT_ENOUGH_MEMORY */
static inline struct pc_w32_object *pc_w32_add(enum pc_w32_kind kind, int fd, DWORD access, const char *path)
{
	struct pc_w32_object *o = (struct pc_w32_object *)calloc(1, sizeof *o);
	const size_t bytes = path ? strlen(path) + 1 : 0;
	if (o && path) o->path = (char *)malloc(bytes);
	if (!o || (path && !o->path)) {
		free(o);
		(void)close(fd);
		(void)pc_w32_fail(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	if (path) memcpy(o->path, path, bytes);
	o->kind = kind;
	o->fd = fd;
	o->access = access;
	o->pid = getpid();
	pc_w32_lock();
	o->next = pc_w32_state.objects;
	pc_w32_state.objects = o;
	if (!pc_w32_state.exit_hook) pc_w32_state.exit_hook = !atexit(pc_w32_at_exit);
	pc_w32_unlock();
	return o;
}

/* The object behind a handle, or NULL. Call with the lock held; an unknown pointer is not followed. */
static inline struct pc_w32_object *pc_w32_find(HANDLE handle, enum pc_w32_kind kind)
{
	struct pc_w32_object *o = pc_w32_state.objects;
	while (o && (HANDLE)o != handle) o = o->next;
	return o && o->kind == kind ? o : NULL;
}

static inline int pc_w32_open(const char *path, int flags, mode_t mode)
{
	int fd;
	do fd = open(path, flags, mode);
	while (fd < 0 && errno == EINTR);
	if (fd >= 0) (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* Grow a file to `size`, with its memory or disk space unless `sparse`. @return 0, or -1 and errno */
static inline int pc_w32_grow(int fd, uint64_t from, uint64_t size, int sparse)
{
	int result;
	if (size > INT64_MAX) {
		errno = EFBIG;
		return -1;
	}
	if (sparse) return ftruncate(fd, (off_t)size);
	do result = fallocate(fd, 0, (off_t)from, (off_t)(size - from));
	while (result && errno == EINTR);
	return result && (errno == EOPNOTSUPP || errno == ENOSYS) ? ftruncate(fd, (off_t)size) : result;
}

/** Windows API CloseHandle(). @return TRUE; FALSE with ERROR_INVALID_HANDLE, also if closed before. [any thread] */
static inline BOOL CloseHandle(HANDLE handle)
{
	struct pc_w32_object **at, *o;
	pc_w32_lock();
	for (at = &pc_w32_state.objects; (o = *at) != NULL && (HANDLE)o != handle;) at = &o->next;
	if (o) *at = o->next;
	pc_w32_unlock();
	if (!o) return pc_w32_fail(ERROR_INVALID_HANDLE);
	pc_w32_drop_name(o);
	pc_w32_free(o);
	return TRUE;
}

/* ---- sections ------------------------------------------------------------------------------------------- */
/* One try to open what stands at path, and to take part in counting its handles if they are counted.
 * @return fd; -1 and errno, ESTALE if its last handle was just closed */
static inline int pc_w32_open_counted(const char *path, DWORD access, int *ret_counted, struct stat *ret_stat)
{
	/* A reader's own write access is for the lock alone; its views are read-only whatever the descriptor says. */
	int fd = pc_w32_open(path, O_RDWR | O_NONBLOCK, 0);
	if (fd < 0 && !(access & FILE_MAP_WRITE) && (errno == EACCES || errno == EPERM || errno == EROFS))
		fd = pc_w32_open(path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0) return -1;
	*ret_counted = pc_w32_name_is_held(fd);
	if ((!*ret_counted || !pc_w32_name_lock(fd, 0, 1, F_RDLCK)) && !fstat(fd, ret_stat) && ret_stat->st_nlink > 0)
		return fd;
	(void)close(fd);
	errno = ESTALE;
	return -1;
}

/* Handle to the section at path. An object of 0 bytes, left by somebody who opened first and made nothing of it,
 * does not exist yet; with `size` it is made.
 * @return NULL and the last error; or a handle and ERROR_ALREADY_EXISTS, or ERROR_SUCCESS if it was made */
static inline HANDLE pc_w32_open_section(const char *path, DWORD access, uint64_t size, int sparse)
{
	struct pc_w32_object *o;
	struct stat st;
	const struct timespec a_moment = {0, 1000000};
	DWORD code = ERROR_ALREADY_EXISTS;
	int counted = 0, fd = -1;
	for (int i = 0; fd < 0 && i < 1000; i++) {
		fd = pc_w32_open_counted(path, access, &counted, &st);
		if (fd < 0 && errno != ESTALE) break;
		if (fd < 0) (void)nanosleep(&a_moment, NULL); /* whoever closes it may not be running just now */
	}
	if (fd < 0) return pc_w32_null(errno == EISDIR || errno == ENXIO ? ERROR_INVALID_HANDLE : pc_w32_error(errno));
	if (!S_ISREG(st.st_mode))
		code = ERROR_INVALID_HANDLE; /* the name is taken by something that is no section */
	else if (!st.st_size && !size)
		code = ERROR_FILE_NOT_FOUND;
	else if (!st.st_size)
		code = pc_w32_grow(fd, 0, size, sparse) ? pc_w32_memory_error(errno) : ERROR_SUCCESS;
	if (code != ERROR_ALREADY_EXISTS && code != ERROR_SUCCESS) {
		(void)close(fd);
		return pc_w32_null(code);
	}
	o = pc_w32_add(PC_W32_SECTION, fd, access, path);
	if (!o) return NULL;
	o->size = st.st_size ? (uint64_t)st.st_size : size;
	o->counted = counted;
	SetLastError(code);
	return o;
}

/* A file of its own under a name that nobody looks for. @return fd; -1 and errno */
static inline int pc_w32_scratch(char *path)
{
	int fd;
	do { /* the name may be left from another process of this id */
		const unsigned serial = __atomic_add_fetch(&pc_w32_state.serial, 1, __ATOMIC_RELAXED);
		const int length = snprintf(path, PC_W32_PATH_BYTES, "%s/.pc-w32-%ld-%u", pc_w32_directory(),
		                            (long)getpid(), serial);
		errno = ENAMETOOLONG;
		fd = length < PC_W32_PATH_BYTES ? pc_w32_open(path, O_RDWR | O_CREAT | O_EXCL, 0644) : -1;
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

/* A new section on memory, complete before its name appears. path NULL: it has none.
 * @return NULL and the last error, ERROR_FILE_EXISTS if somebody else was faster */
static inline HANDLE pc_w32_new_section(const char *path, DWORD access, uint64_t size, int sparse)
{
	char scratch[PC_W32_PATH_BYTES];
	struct pc_w32_object *o;
	DWORD code = ERROR_SUCCESS;
	const int fd = pc_w32_scratch(scratch);
	if (fd < 0) return pc_w32_null(errno == ENOENT ? ERROR_PATH_NOT_FOUND : pc_w32_error(errno));
	if (pc_w32_grow(fd, 0, size, sparse))
		code = pc_w32_memory_error(errno);
	else if (path && (pc_w32_name_lock(fd, 0, 1, F_RDLCK) || link(scratch, path)))
		code = pc_w32_error(errno);
	(void)unlink(scratch);
	if (code != ERROR_SUCCESS) {
		(void)close(fd);
		return pc_w32_null(code);
	}
	o = pc_w32_add(PC_W32_SECTION, fd, access, path);
	if (!o && path) (void)unlink(path);
	if (!o) return NULL;
	o->size = size;
	o->counted = path != NULL;
	SetLastError(ERROR_SUCCESS);
	return o;
}

/* A second descriptor of an open file, and its path. @return -1 and the last error if it does not allow `access` */
static inline int pc_w32_borrow_file(HANDLE file, DWORD access, char *path)
{
	const DWORD wanted = access & FILE_MAP_WRITE ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ;
	const struct pc_w32_object *f;
	int fd = -1;
	pc_w32_lock();
	f = pc_w32_find(file, PC_W32_FILE);
	if (!f)
		SetLastError(ERROR_INVALID_HANDLE);
	else if ((f->access & wanted) != wanted)
		SetLastError(ERROR_ACCESS_DENIED);
	else if ((fd = fcntl(f->fd, F_DUPFD, 0)) < 0)
		SetLastError(pc_w32_error(errno));
	else {
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		(void)snprintf(path, PC_W32_PATH_BYTES, "%s", f->path); /* realpath(3): <= PATH_MAX */
	}
	pc_w32_unlock();
	return fd;
}

/* A new section on an open file. size 0: as large as the file; larger than the file: it grows. */
static inline HANDLE pc_w32_file_section(HANDLE file, const char *path, DWORD access, uint64_t size)
{
	char target[PC_W32_PATH_BYTES];
	struct pc_w32_object *o;
	struct stat st;
	DWORD code = ERROR_SUCCESS;
	const int fd = pc_w32_borrow_file(file, access, target);
	if (fd < 0) return NULL;
	if (fstat(fd, &st))
		code = pc_w32_error(errno);
	else if (!st.st_size && !size)
		code = ERROR_FILE_INVALID;
	else if (size > (uint64_t)st.st_size && !(access & FILE_MAP_WRITE))
		code = ERROR_NOT_ENOUGH_MEMORY;
	else if (size > (uint64_t)st.st_size && pc_w32_grow(fd, (uint64_t)st.st_size, size, 0))
		code = pc_w32_error(errno);
	else if (path && symlink(target, path))
		code = pc_w32_error(errno);
	if (code != ERROR_SUCCESS) {
		(void)close(fd);
		return pc_w32_null(code);
	}
	o = pc_w32_add(PC_W32_SECTION, fd, access, path);
	if (!o && path) (void)unlink(path);
	if (!o) return NULL;
	o->size = size ? size : (uint64_t)st.st_size;
	o->doomed = path != NULL;
	SetLastError(ERROR_SUCCESS);
	return o;
}

/**
 * Windows API CreateFileMappingA(). [any thread]
 *
 * @return a handle for CloseHandle(), with GetLastError() ERROR_SUCCESS, or ERROR_ALREADY_EXISTS if the name stood
 *         for a section already: then its size counts. NULL with ERROR_ACCESS_DENIED; ERROR_INVALID_HANDLE no such
 *         file, or the name is no section's; ERROR_NOT_ENOUGH_MEMORY also: a read-only file is smaller;
 *         ERROR_INVALID_PARAMETER; ERROR_DISK_FULL the file cannot grow; ERROR_INVALID_NAME, ERROR_PATH_NOT_FOUND,
 *         ERROR_FILENAME_EXCED_RANGE bad name; ERROR_FILE_INVALID the file is empty; ERROR_COMMITMENT_LIMIT no room
 *         in shared memory.
 */
static inline HANDLE CreateFileMappingA(HANDLE file, LPSECURITY_ATTRIBUTES security, DWORD protect, DWORD size_high,
                                        DWORD size_low, LPCSTR name)
{
	const DWORD page = protect & 0xFF, attributes = protect & ~(DWORD)0xFF;
	const DWORD access = page == PAGE_READWRITE ? FILE_MAP_READ | FILE_MAP_WRITE : FILE_MAP_READ;
	const uint64_t size = (uint64_t)size_high << 32 | size_low;
	const int sparse = (attributes & SEC_RESERVE) != 0, on_memory = file == INVALID_HANDLE_VALUE || !file;
	char path[PC_W32_PATH_BYTES];
	HANDLE section = NULL;
	(void)security;
	if ((page != PAGE_READONLY && page != PAGE_READWRITE && page != PAGE_WRITECOPY) || (on_memory && !size) ||
	    (attributes & ~(SEC_COMMIT | SEC_RESERVE | SEC_NOCACHE)))
		return pc_w32_null(ERROR_INVALID_PARAMETER);
	if (on_memory && !*pc_w32_directory()) return pc_w32_null(ERROR_PATH_NOT_FOUND);
	if (name && !pc_w32_object_path(name, path)) return NULL;
	for (int i = 0; i < 100; i++) { /* others may create and close the name meanwhile */
		if (name) section = pc_w32_open_section(path, access, on_memory ? size : 0, sparse);
		if (section || (name && GetLastError() != ERROR_FILE_NOT_FOUND)) break;
		section = on_memory ? pc_w32_new_section(name ? path : NULL, access, size, sparse)
		                    : pc_w32_file_section(file, name ? path : NULL, access, size);
		if (section || GetLastError() != ERROR_FILE_EXISTS) break;
	}
	return section;
}

/**
 * Windows API OpenFileMappingA(): a section that exists. [any thread]
 *
 * @return a handle for CloseHandle(); NULL with ERROR_FILE_NOT_FOUND; ERROR_ACCESS_DENIED; ERROR_INVALID_HANDLE;
 *         or, for the name, as CreateFileMappingA()
 */
static inline HANDLE OpenFileMappingA(DWORD access, BOOL inherit, LPCSTR name)
{
	char path[PC_W32_PATH_BYTES];
	HANDLE section;
	(void)inherit;
	if (!name) return pc_w32_null(ERROR_INVALID_PARAMETER);
	if (access == FILE_MAP_COPY) access = FILE_MAP_READ;
	if (!pc_w32_object_path(name, path)) return NULL;
	section = pc_w32_open_section(path, access & (FILE_MAP_READ | FILE_MAP_WRITE), 0, 0);
	if (section) SetLastError(ERROR_SUCCESS);
	return section;
}

static inline HANDLE CreateFileMappingW(HANDLE file, LPSECURITY_ATTRIBUTES security, DWORD protect, DWORD size_high,
                                        DWORD size_low, LPCWSTR name)
{
	char buffer[PC_W32_PATH_BYTES];
	int bad = 0;
	const char *narrow = pc_w32_narrow(name, buffer, &bad);
	return bad ? NULL : CreateFileMappingA(file, security, protect, size_high, size_low, narrow);
}

static inline HANDLE OpenFileMappingW(DWORD access, BOOL inherit, LPCWSTR name)
{
	char buffer[PC_W32_PATH_BYTES];
	int bad = 0;
	const char *narrow = pc_w32_narrow(name, buffer, &bad);
	return bad ? NULL : OpenFileMappingA(access, inherit, narrow);
}

/* ---- views ---------------------------------------------------------------------------------------------- */
static inline uint64_t pc_w32_whole_pages(uint64_t bytes)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	return bytes > UINT64_MAX - page ? bytes : (bytes + page - 1) / page * page;
}

/* mmap() and an entry in the list of views; the caller holds the lock and has checked everything. */
static inline LPVOID pc_w32_map(int fd, DWORD protect, uint64_t offset, SIZE_T bytes, LPVOID base)
{
	const int no_replace = 0x100000; /* MAP_FIXED_NOREPLACE */
	const int prot = protect == PAGE_READONLY ? PROT_READ : PROT_READ | PROT_WRITE;
	struct pc_w32_view *v = (struct pc_w32_view *)malloc(sizeof *v);
	if (!v) return pc_w32_null(ERROR_NOT_ENOUGH_MEMORY);
	v->base = (char *)mmap(base, bytes, prot,
	                       (protect == PAGE_WRITECOPY ? MAP_PRIVATE : MAP_SHARED) | (base ? no_replace : 0), fd,
	                       (off_t)offset);
	if (v->base == (char *)MAP_FAILED || (base && v->base != (char *)base)) {
		SetLastError(base ? ERROR_INVALID_ADDRESS : pc_w32_error(errno));
		if (v->base != (char *)MAP_FAILED) (void)munmap(v->base, bytes);
		free(v);
		return NULL;
	}
	v->bytes = bytes;
	v->protect = protect;
	v->next = pc_w32_state.views;
	pc_w32_state.views = v;
	return v->base;
}

/**
 * Windows API MapViewOfFileEx(). A view may reach to the end of the section's last page, whose surplus is zero.
 * [any thread]
 *
 * @param bytes  0: to the end of the section
 * @return address for UnmapViewOfFile(); NULL with ERROR_ACCESS_DENIED beyond the section, or not what the handle
 *         allows; ERROR_INVALID_HANDLE; ERROR_NOT_ENOUGH_MEMORY; ERROR_INVALID_PARAMETER; ERROR_INVALID_ADDRESS
 *         `base` is taken; ERROR_MAPPED_ALIGNMENT offset or `base` is not a multiple of 64 KiB
 */
static inline LPVOID MapViewOfFileEx(HANDLE section, DWORD access, DWORD offset_high, DWORD offset_low, SIZE_T bytes,
                                     LPVOID base)
{
	const uint64_t offset = (uint64_t)offset_high << 32 | offset_low;
	const DWORD protect = access & FILE_MAP_WRITE  ? PAGE_READWRITE
	                      : access & FILE_MAP_COPY ? PAGE_WRITECOPY
	                                               : PAGE_READONLY;
	const struct pc_w32_object *o;
	LPVOID view = NULL;
	if (!(access & (FILE_MAP_COPY | FILE_MAP_READ | FILE_MAP_WRITE))) return pc_w32_null(ERROR_INVALID_PARAMETER);
	if (offset % PC_W32_GRANULARITY || (uintptr_t)base % PC_W32_GRANULARITY)
		return pc_w32_null(ERROR_MAPPED_ALIGNMENT);
	pc_w32_lock();
	o = pc_w32_find(section, PC_W32_SECTION);
	if (!o)
		SetLastError(ERROR_INVALID_HANDLE);
	else if (!(o->access & (protect == PAGE_READWRITE ? FILE_MAP_WRITE : FILE_MAP_READ)) || offset >= o->size ||
	         bytes > pc_w32_whole_pages(o->size) - offset)
		SetLastError(ERROR_ACCESS_DENIED);
	else
		view = pc_w32_map(o->fd, protect, offset, (SIZE_T)pc_w32_whole_pages(bytes ? bytes : o->size - offset),
		                  base);
	pc_w32_unlock();
	return view;
}

/** Windows API MapViewOfFile(): MapViewOfFileEx() at an address of the system's choice. */
static inline LPVOID MapViewOfFile(HANDLE section, DWORD access, DWORD offset_high, DWORD offset_low, SIZE_T bytes)
{
	return MapViewOfFileEx(section, access, offset_high, offset_low, bytes, NULL);
}

/** Windows API UnmapViewOfFile(). @return TRUE; FALSE with ERROR_INVALID_ADDRESS: no view starts there. [any thread] */
static inline BOOL UnmapViewOfFile(LPCVOID base)
{
	struct pc_w32_view **at, *v;
	pc_w32_lock();
	for (at = &pc_w32_state.views; (v = *at) != NULL && v->base != (const char *)base;) at = &v->next;
	if (v) {
		*at = v->next;
		(void)munmap(v->base, v->bytes);
	}
	pc_w32_unlock();
	free(v);
	return v ? TRUE : pc_w32_fail(ERROR_INVALID_ADDRESS);
}

/* Copy of the view that holds an address. @return 0 if none does */
static inline int pc_w32_view_at(LPCVOID address, struct pc_w32_view *ret_view)
{
	const struct pc_w32_view *v;
	pc_w32_lock();
	v = pc_w32_state.views;
	while (v && ((uintptr_t)address < (uintptr_t)v->base || (uintptr_t)address - (uintptr_t)v->base >= v->bytes))
		v = v->next;
	if (v) *ret_view = *v;
	pc_w32_unlock();
	return v != NULL;
}

/**
 * Windows API FlushViewOfFile(): write changes of a view to its file; returns when the disk has them. [any thread]
 *
 * @param bytes  0: to the end of the view
 * @return TRUE; FALSE with ERROR_INVALID_ADDRESS the range is not within a view; ERROR_IO_DEVICE; ERROR_DISK_FULL
 */
static inline BOOL FlushViewOfFile(LPCVOID address, SIZE_T bytes)
{
	struct pc_w32_view v;
	size_t from, left;
	if (!pc_w32_view_at(address, &v)) return pc_w32_fail(ERROR_INVALID_ADDRESS);
	from = (size_t)((const char *)address - v.base);
	left = v.bytes - from;
	if (bytes > left) return pc_w32_fail(ERROR_INVALID_ADDRESS);
	if (!bytes) bytes = left;
	bytes += from % (size_t)sysconf(_SC_PAGESIZE);
	from -= from % (size_t)sysconf(_SC_PAGESIZE);
	return msync(v.base + from, bytes, MS_SYNC) ? pc_w32_fail(pc_w32_error(errno)) : TRUE;
}

/** Windows API VirtualQuery(), for addresses in views: how programs ask for a size. @return 0 elsewhere. [any thread] */
static inline SIZE_T VirtualQuery(LPCVOID address, PMEMORY_BASIC_INFORMATION ret_info, SIZE_T bytes)
{
	struct pc_w32_view v;
	size_t from;
	if (bytes < sizeof *ret_info || !pc_w32_view_at(address, &v))
		return (SIZE_T)pc_w32_fail(ERROR_INVALID_PARAMETER);
	from = (size_t)((const char *)address - v.base);
	from -= from % (size_t)sysconf(_SC_PAGESIZE);
	ret_info->BaseAddress = v.base + from;
	ret_info->AllocationBase = v.base;
	ret_info->AllocationProtect = ret_info->Protect = v.protect;
	ret_info->RegionSize = v.bytes - from;
	ret_info->State = MEM_COMMIT;
	ret_info->Type = MEM_MAPPED;
	return sizeof *ret_info;
}

/* ---- files ---------------------------------------------------------------------------------------------- */
/* open() for a creation disposition. @return fd; -1 and errno. ret_existed: CREATE_ALWAYS, OPEN_ALWAYS found it */
static inline int pc_w32_open_file(const char *path, int flags, DWORD disposition, int *ret_existed)
{
	const int truncate = disposition == CREATE_ALWAYS || disposition == TRUNCATE_EXISTING ? O_TRUNC : 0;
	const int create = disposition == CREATE_NEW || disposition == CREATE_ALWAYS || disposition == OPEN_ALWAYS;
	int fd = -1;
	for (int i = 0; i < 100; i++) { /* others may create and delete it meanwhile */
		*ret_existed = 0;
		if (create) fd = pc_w32_open(path, flags | O_CREAT | O_EXCL, 0666);
		if (fd >= 0 || (create && (errno != EEXIST || disposition == CREATE_NEW))) break;
		*ret_existed = create;
		fd = pc_w32_open(path, flags | truncate, 0);
		if (fd >= 0 || !create || errno != ENOENT) break;
	}
	return fd;
}

static inline HANDLE pc_w32_refuse_file(DWORD code)
{
	SetLastError(code);
	return INVALID_HANDLE_VALUE;
}

/**
 * Windows API CreateFileA(), as far as file mappings need it. [any thread]
 *
 * @return a handle for CreateFileMapping(), GetFileSizeEx() and CloseHandle(), with GetLastError()
 *         ERROR_ALREADY_EXISTS if CREATE_ALWAYS or OPEN_ALWAYS found a file. INVALID_HANDLE_VALUE with
 *         ERROR_FILE_NOT_FOUND; ERROR_PATH_NOT_FOUND no such directory; ERROR_ACCESS_DENIED also: a directory;
 *         ERROR_FILE_EXISTS; ERROR_INVALID_PARAMETER; ...
 */
static inline HANDLE CreateFileA(LPCSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES security,
                                 DWORD disposition, DWORD flags, HANDLE pattern)
{
	char path[PC_W32_PATH_BYTES], *slash, *whole;
	struct pc_w32_object *o;
	struct stat st;
	int fd, existed;
	(void)share, (void)security, (void)pattern;
	if (!name || disposition < CREATE_NEW || disposition > TRUNCATE_EXISTING)
		return pc_w32_refuse_file(ERROR_INVALID_PARAMETER);
	if (snprintf(path, sizeof path, "%s", name) >= (int)sizeof path)
		return pc_w32_refuse_file(ERROR_FILENAME_EXCED_RANGE);
	for (slash = path; (slash = strchr(slash, '\\')) != NULL;) *slash = '/';
	if (access & GENERIC_ALL) access |= GENERIC_READ | GENERIC_WRITE;
	fd = pc_w32_open_file(path, access & GENERIC_WRITE ? O_RDWR : O_RDONLY, disposition, &existed);
	if (fd < 0) {
		const DWORD code = pc_w32_error(errno);
		slash = strrchr(path, '/');
		if (!slash || slash == path || code != ERROR_FILE_NOT_FOUND) return pc_w32_refuse_file(code);
		*slash = 0;
		return pc_w32_refuse_file(stat(path, &st) ? ERROR_PATH_NOT_FOUND : ERROR_FILE_NOT_FOUND);
	}
	whole = realpath(path, NULL);
	if (!whole || fstat(fd, &st) || S_ISDIR(st.st_mode)) {
		const DWORD code = whole ? ERROR_ACCESS_DENIED : pc_w32_error(errno);
		free(whole);
		(void)close(fd);
		return pc_w32_refuse_file(code);
	}
	o = pc_w32_add(PC_W32_FILE, fd, access & (GENERIC_READ | GENERIC_WRITE), whole);
	free(whole);
	if (!o) return INVALID_HANDLE_VALUE;
	o->doomed = (flags & FILE_FLAG_DELETE_ON_CLOSE) != 0;
	SetLastError(existed ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
	return o;
}

static inline HANDLE CreateFileW(LPCWSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES security,
                                 DWORD disposition, DWORD flags, HANDLE pattern)
{
	char buffer[PC_W32_PATH_BYTES];
	int bad = 0;
	const char *narrow = pc_w32_narrow(name, buffer, &bad);
	return bad ? INVALID_HANDLE_VALUE : CreateFileA(narrow, access, share, security, disposition, flags, pattern);
}

/** Windows API GetFileSizeEx(). @return TRUE; FALSE with ERROR_INVALID_HANDLE. [any thread] */
static inline BOOL GetFileSizeEx(HANDLE file, PLARGE_INTEGER ret_size)
{
	const struct pc_w32_object *o;
	struct stat st;
	int known;
	pc_w32_lock();
	o = pc_w32_find(file, PC_W32_FILE);
	known = o && !fstat(o->fd, &st);
	pc_w32_unlock();
	if (!known) return pc_w32_fail(ERROR_INVALID_HANDLE);
	ret_size->QuadPart = (LONGLONG)st.st_size;
	return TRUE;
}

/** Windows API GetFileSize(). @return the low half; INVALID_FILE_SIZE with ERROR_INVALID_HANDLE. [any thread] */
static inline DWORD GetFileSize(HANDLE file, LPDWORD ret_high)
{
	LARGE_INTEGER size;
	if (!GetFileSizeEx(file, &size)) return INVALID_FILE_SIZE;
	if (ret_high) *ret_high = (DWORD)(size.QuadPart >> 32);
	SetLastError(ERROR_SUCCESS);
	return (DWORD)size.QuadPart;
}

/* ---- process and console -------------------------------------------------------------------------------- */
/** Windows API Sleep(). INFINITE sleeps for ever. [any thread] */
static inline void Sleep(DWORD ms)
{
	struct timespec left;
	do {
		left.tv_sec = (time_t)(ms / 1000);
		left.tv_nsec = (long)(ms % 1000) * 1000000L;
		while (nanosleep(&left, &left) && errno == EINTR) continue;
	} while (ms == INFINITE);
}

/** Windows API GetCurrentProcessId(). [any thread] */
static inline DWORD GetCurrentProcessId(void)
{
	return (DWORD)getpid();
}

/** Windows API GetSystemInfo(): offsets of views are multiples of dwAllocationGranularity. [any thread] */
static inline void GetSystemInfo(LPSYSTEM_INFO ret_info)
{
	ret_info->dwPageSize = (DWORD)sysconf(_SC_PAGESIZE);
	ret_info->dwNumberOfProcessors = (DWORD)sysconf(_SC_NPROCESSORS_ONLN);
	ret_info->dwAllocationGranularity = PC_W32_GRANULARITY;
}

/** conio.h _kbhit(): standard input has something to read, or ended. A terminal hands over whole lines. */
static inline int _kbhit(void)
{
	struct pollfd input = {STDIN_FILENO, POLLIN, 0};
	return poll(&input, 1, 0) > 0;
}

/** conio.h _getch(): the next character of standard input, once its line is complete; EOF at the end. */
static inline int _getch(void)
{
	return getchar();
}

/* ---- UNICODE and _UNICODE, as in the SDK's headers ------------------------------------------------------- */
#ifdef UNICODE
typedef WCHAR TCHAR, *LPTSTR, *PTSTR;
typedef LPCWSTR LPCTSTR, PCTSTR;
#define PC_W32_WIDE(text) L##text
#define TEXT(text)        PC_W32_WIDE(text)
#define CreateFileMapping CreateFileMappingW
#define OpenFileMapping   OpenFileMappingW
#define CreateFile        CreateFileW
#else
typedef CHAR TCHAR, *LPTSTR, *PTSTR;
typedef LPCSTR LPCTSTR, PCTSTR;
#define TEXT(text)        text
#define CreateFileMapping CreateFileMappingA
#define OpenFileMapping   OpenFileMappingA
#define CreateFile        CreateFileA
#endif
#ifdef _UNICODE
typedef wchar_t _TCHAR;
#define PC_W32_T(text) L##text
#define _T(text)       PC_W32_T(text)
#define _tprintf       wprintf
#define _tcslen        wcslen
#define _tcscmp        wcscmp
#define _tcscpy        wcscpy
#else
typedef char _TCHAR;
#define _T(text) text
#define _tprintf printf
#define _tcslen  strlen
#define _tcscmp  strcmp
#define _tcscpy  strcpy
#endif
#define _TEXT(text) _T(text)

#ifdef __cplusplus
}
#endif
#endif /* _WIN32 */
#endif
