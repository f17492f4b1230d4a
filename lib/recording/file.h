/* recording/file.h - files of recordings; posix/ and win32/ hold the halves. Paths are UTF-8. */
#ifndef PC_RECORDING_FILE_H
#define PC_RECORDING_FILE_H
#include <pagecast/status.h>
#include <stddef.h>
#include <stdint.h>

typedef intptr_t rec_file;
#define REC_NO_FILE ((rec_file)-1)

/** Make a new file: this user writes, its group reads, nobody else does (Windows: as the folder has it): regions may be private. @return PC_OK; PC_EBUSY it exists; PC_EABSENT no such folder; PC_EPERM; PC_ENOSPC; PC_EIO; err says which */
pc_status rec_file_create(const char *path, rec_file *ret, pc_err *err);
/** Open one to read. @return PC_OK; PC_EABSENT; PC_EPERM; PC_EIO; err says which */
pc_status rec_file_open(const char *path, rec_file *ret, uint64_t *ret_bytes, pc_err *err);
/** All of it at the end of the file, which has @p at bytes; on failure it has @p at bytes again. @return PC_OK; PC_ENOSPC; PC_EIO; err says why */
pc_status rec_file_append(rec_file f, uint64_t at, const void *data, size_t bytes, pc_err *err);
/** @return PC_OK, *ret_bytes <= bytes; PC_EIO */
pc_status rec_file_read(rec_file f, uint64_t at, void *to, size_t bytes, size_t *ret_bytes);
void rec_file_close(rec_file f);
/** @return PC_OK; PC_EABSENT; PC_EPERM; PC_EIO */
pc_status rec_file_remove(const char *path);
/** Call fn with each plain file of a folder, without its path. @return PC_OK; PC_EABSENT; PC_EPERM; PC_EIO; err names the folder */
pc_status rec_file_list(const char *folder, void (*fn)(void *arg, const char *name, uint64_t bytes), void *arg,
                        pc_err *err);
/** "20260131T235959Z" of a wall clock, in UTC. */
void rec_file_time(uint64_t unix_ns, char text[24]);
/** The wall clock, ns since 1970. */
uint64_t rec_file_unix_ns(void);

#endif
