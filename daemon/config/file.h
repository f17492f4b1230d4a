/* config/file.h - reading config files, and finding those that an include means. Through libuv: one code for both systems. */
#ifndef PCD_FILE_H
#define PCD_FILE_H
#include "config/node.h"

#define PCD_FILE_BYTES_MAX (1u << 20)

/** Which file it is, whatever it is called. */
struct pcd_file_id {
	uint64_t device, inode;
};

/**
 * Read a whole file.
 * @param ret_text  malloc'ed, NUL-ended
 * @param err       the reason: "no such file or directory", "is a directory, not a file"
 * @return PC_OK; PC_EABSENT; PC_EPERM; PC_EINVAL not a file or too large; PC_EIO; PC_ENOMEM
 */
pc_status pcd_file_read(const char *path, char **ret_text, size_t *ret_bytes, struct pcd_file_id *ret_id, pc_err *err);

/** The folder part of @p path with its last '/', "" if it has none. */
const char *pcd_file_folder(struct pcd_sink *sink, const char *path);
/** @p path as seen from the folder part of @p base; absolute paths stay. NULL without memory. */
const char *pcd_file_resolve(struct pcd_sink *sink, const char *base, const char *path);

/** @p path from the root, as seen from where we run. NULL without memory, or where that cannot be told. */
const char *pcd_file_absolute(struct pcd_sink *sink, const char *path);

/** Files that a pattern means, in order of name. */
struct pcd_file_list {
	const char **paths;
	uint32_t count;
};
/**
 * Expand * and ? in the last part of @p pattern, relative to the folder of @p base. A pattern without them is one file,
 * looked at or not. Hidden files only match a pattern that starts with a dot.
 * @return PC_OK, also for no match; PC_EINVAL a wildcard in a folder's name; PC_EABSENT, PC_EPERM, PC_EIO the folder
 *         cannot be read; PC_ENOMEM
 */
pc_status pcd_file_expand(struct pcd_sink *sink, const char *base, const char *pattern, struct pcd_file_list *ret,
                          pc_err *err);

#endif
