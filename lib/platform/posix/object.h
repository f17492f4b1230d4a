/* platform/posix/object.h - where objects live as files. Inside the posix half only. */
#ifndef PC_PLATFORM_POSIX_OBJECT_H
#define PC_PLATFORM_POSIX_OBJECT_H
#include "platform/map.h"

#define PC_PATH_BYTES 512u

/** Path of the object called @p name. @return PC_OK; PC_EINVAL $PAGECAST_SHM_DIR is relative or too long */
pc_status pc_object_path(const char *name, char ret_path[PC_PATH_BYTES], pc_err *err);
/** Path by which an opened or created object can be opened once more. @return as pc_object_path() */
pc_status pc_object_path_of(const pc_object *object, const char *name, char ret_path[PC_PATH_BYTES], pc_err *err);
/** File descriptor of an opened object. */
int pc_object_fd(const pc_object *object);

/** Give the first @p bytes of a file their place. @return 0; -1 with errno */
int pc_object_allocate(int fd, uint64_t bytes);
/** What an errno of open(2) and its like means. */
pc_status pc_object_status(int error);
/** Put "<what> <path>: <reason of errno>" into err. @return pc_object_status(errno) */
pc_status pc_object_fail(pc_err *err, const char *what, const char *path);
/** Open a plain file, following no link. @param flags  O_RDONLY or O_RDWR, and O_CREAT | O_EXCL. @return as pc_object_open() */
pc_status pc_object_open_path(const char *path, int flags, pc_object *ret_object, pc_object_facts *ret_facts,
                              pc_err *err);

#endif
