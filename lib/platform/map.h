/* platform/map.h - named shared-memory objects: look, open, create, publish, map, remove.
 *
 * Names are made by pc_object_name(), with PC_CONTROL_SUFFIX for the control object. On Linux
 * they are files of one flat folder, /dev/shm or $PAGECAST_SHM_DIR. An object is created complete under
 * a name of no interest, all its memory allocated, and becomes visible by pc_object_publish() alone.
 * On Windows they are sections: one is visible from its creation on if its name is free, and a name cannot be
 * taken from a section, so that a second one stands beside it; docs/windows.md says how it is found.
 * Handles start zeroed, and closing accepts a zeroed one. Nothing here belongs to a thread.           */
#ifndef PC_PLATFORM_MAP_H
#define PC_PLATFORM_MAP_H
#include <pagecast/control.h>
#include <pagecast/status.h>

#define PC_OBJECT_NAME_BYTES 96u /* region name + suffix + what a temporary name adds + NUL */

typedef struct pc_object {
	intptr_t handle;                      /* of the platform half; 0 = closed */
	uint64_t file_id;                     /* inode; of a section its generation, 1 = it has the plain name */
	uint32_t is_unpublished;              /* 1 between create and publish */
	char temp_name[PC_OBJECT_NAME_BYTES]; /* where an unpublished object needs a name all the same, else "" */
} pc_object;

typedef struct pc_object_facts {
	uint64_t file_id;
	uint64_t bytes;
	uint32_t uid;        /* who owns it */
	uint32_t mode;       /* POSIX permission bits */
	uint32_t is_plain;   /* 1 = a regular file, not a link, device, pipe or folder */
	uint32_t link_count; /* 0 = no name leads to it any more */
	uint32_t is_new;     /* 1 = pc_object_open_file() created it, or found it empty */
} pc_object_facts;

/**
 * What the objects of a region are called: Linux: its name without prefix. Windows: with `Global\` if it has that.
 * @param configured  as people write it
 * @return as pc_name_parse()
 */
pc_status pc_object_name(const char *configured, char ret_name[PC_NAME_BYTES], pc_err *err);

/** Who may open an object. */
typedef struct pc_access {
	uint32_t mode;    /* POSIX permission bits, exact, whatever the umask */
	const char *sddl; /* Windows: a security descriptor in their place, or NULL */
} pc_access;

/**
 * Open an existing object. Follows no link, and opens nothing that could block.
 * @return PC_OK; PC_EABSENT; PC_EPERM; PC_EUNTRUSTED a link or not a file; PC_EIO
 */
pc_status pc_object_open(const char *name, int writable, pc_object *ret_object, pc_object_facts *ret_facts,
                         pc_err *err);
/**
 * Open the payload that a control page speaks of.
 * Linux: the file at @p path if there is one, else the object called @p name; @p file_id is not looked at. Windows: the section
 * called @p name, or beside it the one of generation @p file_id.
 * @param path     absolute, UTF-8; NULL: the payload is no file of the user's
 * @param file_id  payload_file_id of the control page
 * @return as pc_object_open()
 */
pc_status pc_object_open_payload(const char *name, const char *path, uint64_t file_id, int writable,
                                 pc_object *ret_object, pc_object_facts *ret_facts, pc_err *err);
/**
 * Open, or create, the file that is to be a region's payload, read-write. It is made @p bytes long if it is shorter. Windows: a
 * section called @p name on it, also one that exists already.
 * @param path       absolute, UTF-8
 * @param access     of a file that is created
 * @param is_sparse  1: with holes; the disk may fill up later, and touching one then is SIGBUS (Linux) or an exception
 *                   (Windows). 0: its first @p bytes have their place on the disk; if there is none, a new file is left empty
 * @return PC_OK; PC_EINVAL not an absolute path; PC_EABSENT no such folder; PC_EPERM; PC_EUNTRUSTED a link or not a plain
 *         file; PC_EUNSUPPORTED on a file system that does not share memory between machines; PC_ENOSPC; PC_EIO
 */
pc_status pc_object_open_file(const char *path, const char *name, uint64_t bytes, const pc_access *access,
                              int is_sparse, pc_object *ret_object, pc_object_facts *ret_facts, pc_err *err);
/**
 * Copy bytes of a payload that is a file, past its mapping. Linux: where somebody shortened the file, or the disk is full
 * behind a hole, touching a mapping is SIGBUS, and this is an error. Windows refuses to shorten a mapped file.
 * @return PC_OK; PC_EIO also if the file ends before; PC_ENOSPC; PC_EUNSUPPORTED nothing was done: use the mapping
 */
pc_status pc_object_read(const pc_object *object, uint64_t offset, void *dst, uint64_t bytes);
/** @return as pc_object_read() */
pc_status pc_object_write(const pc_object *object, uint64_t offset, const void *src, uint64_t bytes);
/**
 * Create an object of @p bytes zeroes, not yet visible under @p name, opened read-write.
 * @return PC_OK; PC_ENOSPC; PC_EPERM the folder is not writable; PC_EINVAL not an SDDL text (Windows); PC_EIO
 */
pc_status pc_object_create(const char *name, uint64_t bytes, const pc_access *access, pc_object *ret_object,
                           pc_err *err);
/** Give a created object its name at once and whole. Replacing is for the holder of the name's owner lock. @return PC_OK; PC_EBUSY the name is taken and !replace; PC_EPERM; PC_EIO */
pc_status pc_object_publish(pc_object *object, const char *name, int replace, pc_err *err);
/** Facts of an opened object. @return PC_OK; PC_EIO */
pc_status pc_object_facts_of(const pc_object *object, pc_object_facts *ret_facts);
/** Facts of what a name stands for, without opening it. @return PC_OK; PC_EABSENT; PC_EPERM; PC_EIO */
pc_status pc_object_look(const char *name, pc_object_facts *ret_facts);
/**
 * Is the object that a region goes on in, @p file_id, still what its name stands for? Windows: a payload that had to be created
 * beside a section of somebody else's is as good as named while that lingers.
 * @return PC_OK; PC_EABSENT nothing has the name; PC_ESTALE something else has it (Windows: the name is free again); PC_EIO
 */
pc_status pc_object_is_named(const char *name, uint64_t file_id);
/** 1 if @p file_id has not got the name itself, but stands beside what has it. Windows only. */
int pc_object_is_beside(uint64_t file_id);
/**
 * A number that stays the same as long as no object got or lost its name. 0: not known, also for a second after a change,
 * since the time that Linux keeps of it is a coarse one. Windows: always 0.
 */
uint64_t pc_object_names_stamp(void);
/** Make an object at least @p bytes large, never smaller, its first @p bytes without holes. @return PC_OK; PC_ENOSPC; PC_EUNSUPPORTED it cannot grow (Windows); PC_EIO */
pc_status pc_object_grow(pc_object *object, uint64_t bytes, pc_err *err);
/** Set who may open it from now on. @return PC_OK; PC_EPERM; PC_EINVAL not an SDDL text (Windows); PC_EIO */
pc_status pc_object_set_access(pc_object *object, const pc_access *access, pc_err *err);
/** Give the object that @p name stands for a second name, if it is @p file_id and @p second is free. @return PC_OK; PC_EABSENT; PC_EBUSY; PC_EUNSUPPORTED (Windows); PC_EIO */
pc_status pc_object_link(const char *name, const char *second, uint64_t file_id);
/** Remove a name, if it stands for @p file_id. @return PC_OK; PC_EABSENT; PC_ESTALE it stands for something else; PC_EPERM; PC_EIO */
pc_status pc_object_unlink(const char *name, uint64_t file_id);
/** Close the handle, not the mappings; removes what was never published. */
void pc_object_close(pc_object *object);
/** For tests: behave as in a folder that cannot hold files without a name. Whole process. */
void pc_object_use_temp_names(int on);

typedef struct pc_map {
	void *base;
	uint64_t bytes;
} pc_map;

enum pc_map_flags {
	PC_MAP_WRITABLE = 1u << 0,
	PC_MAP_NOT_INHERITED = 1u << 1 /* absent in forked children */
};
/** Map the first @p bytes of an object. @return PC_OK; PC_ENOMEM; PC_EPERM; PC_EIO. The mapping outlives the handle. */
pc_status pc_map_open(const pc_object *object, uint64_t bytes, unsigned flags, pc_map *ret_map, pc_err *err);
/** Unmap and zero. */
void pc_map_close(pc_map *map);

#endif
