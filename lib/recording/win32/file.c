/* recording/win32/file.c - see file.h. */
#include "recording/file.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

#define PATH_CHARS 1024

static pc_status failed(pc_err *err, DWORD error, const char *what)
{
	pc_status s = PC_EIO;
	if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND) s = PC_EABSENT;
	if (error == ERROR_ACCESS_DENIED || error == ERROR_WRITE_PROTECT) s = PC_EPERM;
	if (error == ERROR_FILE_EXISTS || error == ERROR_ALREADY_EXISTS || error == ERROR_SHARING_VIOLATION)
		s = PC_EBUSY;
	if (error == ERROR_DISK_FULL || error == ERROR_HANDLE_DISK_FULL) s = PC_ENOSPC;
	return pc_err_set(err, s, "%.180s: %s (error %lu)", what,
	                  s == PC_ENOSPC ? "No space left on the disk" : pc_status_text(s), (unsigned long)error);
}

static int wide(const char *text, wchar_t to[PATH_CHARS])
{
	return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, to, PATH_CHARS) > 0;
}

pc_status rec_file_create(const char *path, rec_file *ret, pc_err *err)
{
	wchar_t name[PATH_CHARS];
	HANDLE h;
	if (!wide(path, name)) return pc_err_set(err, PC_EINVAL, "%.180s: no path", path);
	h = CreateFileW(name, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, CREATE_NEW,
	                FILE_ATTRIBUTE_NORMAL, NULL);
	if (h == INVALID_HANDLE_VALUE) return failed(err, GetLastError(), path);
	*ret = (rec_file)h;
	return PC_OK;
}

pc_status rec_file_open(const char *path, rec_file *ret, uint64_t *ret_bytes, pc_err *err)
{
	wchar_t name[PATH_CHARS];
	LARGE_INTEGER size;
	HANDLE h;
	if (!wide(path, name)) return pc_err_set(err, PC_EINVAL, "%.180s: no path", path);
	h = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
	                FILE_ATTRIBUTE_NORMAL, NULL);
	if (h == INVALID_HANDLE_VALUE) return failed(err, GetLastError(), path);
	if (!GetFileSizeEx(h, &size)) {
		DWORD error = GetLastError();
		(void)CloseHandle(h);
		return failed(err, error, path);
	}
	*ret = (rec_file)h;
	*ret_bytes = (uint64_t)size.QuadPart;
	return PC_OK;
}

static OVERLAPPED place(uint64_t at)
{
	OVERLAPPED o;
	memset(&o, 0, sizeof o);
	o.Offset = (DWORD)at;
	o.OffsetHigh = (DWORD)(at >> 32);
	return o;
}

static void cut(HANDLE h, uint64_t at)
{
	LARGE_INTEGER to;
	to.QuadPart = (LONGLONG)at;
	if (SetFilePointerEx(h, to, NULL, FILE_BEGIN)) (void)SetEndOfFile(h);
}

pc_status rec_file_append(rec_file f, uint64_t at, const void *data, size_t bytes, pc_err *err)
{
	const char *from = data;
	size_t done = 0;
	while (done < bytes) {
		OVERLAPPED o = place(at + done);
		DWORD n = 0, part = bytes - done < (1u << 30) ? (DWORD)(bytes - done) : 1u << 30;
		if (!WriteFile((HANDLE)f, from + done, part, &n, &o) || !n) {
			DWORD error = GetLastError();
			cut((HANDLE)f, at);
			return failed(err, error, "cannot write");
		}
		done += n;
	}
	return PC_OK;
}

pc_status rec_file_read(rec_file f, uint64_t at, void *to, size_t bytes, size_t *ret_bytes)
{
	size_t done = 0;
	while (done < bytes) {
		OVERLAPPED o = place(at + done);
		DWORD n = 0, part = bytes - done < (1u << 30) ? (DWORD)(bytes - done) : 1u << 30;
		if (!ReadFile((HANDLE)f, (char *)to + done, part, &n, &o)) {
			if (GetLastError() == ERROR_HANDLE_EOF) break;
			return PC_EIO;
		}
		if (!n) break;
		done += n;
	}
	*ret_bytes = done;
	return PC_OK;
}

void rec_file_close(rec_file f)
{
	if (f != REC_NO_FILE) (void)CloseHandle((HANDLE)f);
}

pc_status rec_file_remove(const char *path)
{
	wchar_t name[PATH_CHARS];
	if (!wide(path, name)) return PC_EINVAL;
	return DeleteFileW(name) ? PC_OK : failed(NULL, GetLastError(), path);
}

pc_status rec_file_list(const char *folder, void (*fn)(void *arg, const char *name, uint64_t bytes), void *arg,
                        pc_err *err)
{
	char pattern[PATH_CHARS], name[PATH_CHARS];
	wchar_t wide_pattern[PATH_CHARS];
	WIN32_FIND_DATAW found;
	HANDLE h;
	(void)snprintf(pattern, sizeof pattern, "%s\\*", folder);
	if (!wide(pattern, wide_pattern)) return pc_err_set(err, PC_EINVAL, "%.180s: no path", folder);
	h = FindFirstFileW(wide_pattern, &found);
	if (h == INVALID_HANDLE_VALUE) return failed(err, GetLastError(), folder);
	do {
		if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) continue;
		if (WideCharToMultiByte(CP_UTF8, 0, found.cFileName, -1, name, sizeof name, NULL, NULL) > 0)
			fn(arg, name, (uint64_t)found.nFileSizeHigh << 32 | found.nFileSizeLow);
	} while (FindNextFileW(h, &found));
	(void)FindClose(h);
	return PC_OK;
}

void rec_file_time(uint64_t unix_ns, char text[24])
{
	uint64_t since_1601 = unix_ns / 100 + UINT64_C(116444736000000000);
	FILETIME ft = {(DWORD)since_1601, (DWORD)(since_1601 >> 32)};
	SYSTEMTIME t;
	memset(&t, 0, sizeof t);
	(void)FileTimeToSystemTime(&ft, &t);
	(void)snprintf(text, 24, "%04u%02u%02uT%02u%02u%02uZ", t.wYear % 10000u, t.wMonth % 100u, t.wDay % 100u,
	               t.wHour % 100u, t.wMinute % 100u, t.wSecond % 100u);
}

uint64_t rec_file_unix_ns(void)
{
	FILETIME t; /* 100 ns since 1601 */
	GetSystemTimePreciseAsFileTime(&t);
	return (((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) - UINT64_C(116444736000000000)) * 100;
}
