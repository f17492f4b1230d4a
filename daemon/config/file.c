/* config/file.c - see file.h. */
#include "config/file.h"

#include "base/err.h"
#include "base/sort.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

static pc_status fail_uv(int code, pc_err *err)
{
	pc_status s = code == UV_ENOENT || code == UV_ENOTDIR ? PC_EABSENT
	              : code == UV_EACCES || code == UV_EPERM ? PC_EPERM
	              : code == UV_ENOMEM                     ? PC_ENOMEM
	                                                      : PC_EIO;
	return pc_err_set(err, s, "%s", uv_strerror(code));
}

/* ---- reading ---- */

static pc_status look(const char *path, uint64_t *ret_bytes, struct pcd_file_id *ret_id, pc_err *err)
{
	uv_fs_t req;
	int code = uv_fs_stat(NULL, &req, path, NULL);
	uv_stat_t st = req.statbuf;
	uv_fs_req_cleanup(&req);
	if (code < 0) return fail_uv(code, err);
	if ((st.st_mode & S_IFMT) == S_IFDIR) return pc_err_set(err, PC_EINVAL, "is a directory, not a file");
	if ((st.st_mode & S_IFMT) != S_IFREG) return pc_err_set(err, PC_EINVAL, "is not a plain file");
	if (st.st_size > PCD_FILE_BYTES_MAX)
		return pc_err_set(err, PC_EINVAL, "is too large: %llu bytes, at most %u",
		                  (unsigned long long)st.st_size, PCD_FILE_BYTES_MAX);
	*ret_bytes = st.st_size;
	*ret_id = (struct pcd_file_id){st.st_dev, st.st_ino};
	return PC_OK;
}

/* Until the end or the buffer's; bytes read or a negative code. */
static int64_t read_all(uv_file file, char *text, size_t room)
{
	size_t done = 0;
	while (done < room) {
		uv_fs_t req;
		uv_buf_t buf = uv_buf_init(text + done, (unsigned)(room - done));
		int code = (int)uv_fs_read(NULL, &req, file, &buf, 1, -1, NULL);
		uv_fs_req_cleanup(&req);
		if (code < 0) return code;
		if (code == 0) break;
		done += (size_t)code;
	}
	return (int64_t)done;
}

pc_status pcd_file_read(const char *path, char **ret_text, size_t *ret_bytes, struct pcd_file_id *ret_id, pc_err *err)
{
	uint64_t bytes = 0;
	uv_fs_t req;
	pc_status s = look(path, &bytes, ret_id, err);
	if (s != PC_OK) return s;
	int file = uv_fs_open(NULL, &req, path, UV_FS_O_RDONLY, 0, NULL);
	uv_fs_req_cleanup(&req);
	if (file < 0) return fail_uv(file, err);
	char *text = malloc(PCD_FILE_BYTES_MAX + 2); /* it may have grown since */
	int64_t got = text ? read_all(file, text, PCD_FILE_BYTES_MAX + 1) : UV_ENOMEM;
	(void)uv_fs_close(NULL, &req, file, NULL);
	uv_fs_req_cleanup(&req);
	if (got >= 0 && got <= PCD_FILE_BYTES_MAX) {
		text[got] = '\0';
		*ret_text = text;
		*ret_bytes = (size_t)got;
		return PC_OK;
	}
	free(text);
	return got < 0 ? fail_uv((int)got, err) : pc_err_set(err, PC_EINVAL, "grew too large while it was read");
}

/* ---- paths ---- */

/* Both on every system: a backslash in the name of a Linux config file is not worth a difference. */
static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

static size_t folder_bytes(const char *path)
{
	size_t bytes = strlen(path);
	while (bytes && !is_separator(path[bytes - 1])) bytes--;
	return bytes;
}

static bool is_absolute(const char *path)
{
	return is_separator(path[0]) || (path[0] && path[1] == ':' && is_separator(path[2]));
}

const char *pcd_file_resolve(struct pcd_sink *sink, const char *base, const char *path)
{
	size_t folder = is_absolute(path) ? 0 : folder_bytes(base), bytes = strlen(path);
	char *whole = pcd_sink_alloc(sink, folder + bytes + 1, 1);
	if (!whole) return NULL;
	memcpy(whole, base, folder);
	memcpy(whole + folder, path, bytes);
	return whole;
}

const char *pcd_file_absolute(struct pcd_sink *sink, const char *path)
{
	char here[4096];
	size_t bytes = sizeof here - 1;
	if (is_absolute(path)) return path;
	if (uv_cwd(here, &bytes)) return NULL;
	if (!is_separator(here[bytes - 1])) here[bytes++] = '/';
	here[bytes] = '\0';
	return pcd_file_resolve(sink, here, path);
}

/* ---- patterns ---- */

/* Iterative, with one place to come back to: linear in practice, n*m at worst. */
static bool matches(const char *name, const char *pattern)
{
	const char *star = NULL, *resume = NULL;
	if (*name == '.' && *pattern != '.') return false;
	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			resume = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*') pattern++;
	return !*pattern;
}

struct entry {
	const char *path;
	struct entry *next;
};

/* The entries of the folder part of `pattern` that match its last part. */
static pc_status scan(struct pcd_sink *sink, const char *pattern, struct entry **ret, uint32_t *ret_count, pc_err *err)
{
	uv_fs_t req;
	uv_dirent_t found;
	const char *last = pattern + folder_bytes(pattern);
	const char *folder = pc_arena_copy(sink->arena, pattern, folder_bytes(pattern));
	if (!folder) return PC_ENOMEM;
	int code = uv_fs_scandir(NULL, &req, *folder ? folder : ".", 0, NULL);
	while (code >= 0 && uv_fs_scandir_next(&req, &found) >= 0) {
		if (found.type == UV_DIRENT_DIR || !matches(found.name, last)) continue;
		struct entry *entry = pcd_sink_alloc(sink, 1, sizeof *entry);
		if (entry) entry->path = pcd_file_resolve(sink, folder, found.name);
		if (!entry || !entry->path) {
			code = UV_ENOMEM;
			break;
		}
		entry->next = *ret;
		*ret = entry;
		++*ret_count;
	}
	uv_fs_req_cleanup(&req);
	return code < 0 ? fail_uv(code, err) : PC_OK;
}

static int order_by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

pc_status pcd_file_expand(struct pcd_sink *sink, const char *base, const char *pattern, struct pcd_file_list *ret,
                          pc_err *err)
{
	const char *whole = pcd_file_resolve(sink, base, pattern);
	struct entry *entries = NULL;
	uint32_t count = 0;
	if (!whole) return PC_ENOMEM;
	if (strcspn(pattern, "*?") < folder_bytes(pattern))
		return pc_err_set(err, PC_EINVAL, "* and ? may stand only behind the last '/'");
	bool is_pattern = strpbrk(pattern, "*?") != NULL;
	pc_status s = is_pattern ? scan(sink, whole, &entries, &count, err) : PC_OK;
	if (s != PC_OK) return s;
	if (!is_pattern) count = 1;
	const void **items = pcd_sink_alloc(sink, (size_t)count * 2 + 1, sizeof *items);
	if (!items) return PC_ENOMEM;
	items[0] = whole;
	uint32_t i = 0;
	for (const struct entry *e = entries; e; e = e->next) items[i++] = e->path;
	pc_sort(items, items + count, count, order_by_text);
	*ret = (struct pcd_file_list){pcd_sink_alloc(sink, count + (size_t)1, sizeof *ret->paths), count};
	if (!ret->paths) return PC_ENOMEM;
	for (i = 0; i < count; i++) ret->paths[i] = items[i];
	return PC_OK;
}
