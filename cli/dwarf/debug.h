/* dwarf/debug.h - a struct as debug information has it becomes a layout. Two halves: libdw/, and none/ where that was not
 * there when this was built. */
#ifndef LY_DWARF_H
#define LY_DWARF_H
#include "base/strbuf.h"

#include <pagecast/layout.h>

/** What is looked for. */
typedef struct ly_wanted {
	const char *path; /* an object file, program or library; its debug information may be in a file of its own */
	const char *type; /* "Vec3", "game::Vec3", "struct Vec3" */
	const char *unit; /* end of the name of the source file that was compiled, NULL: any */
	void (*saw)(void *arg, const char *name); /* told of every type that is none of that name; may be NULL */
	void *arg;
} ly_wanted;

/**
 * Find a struct, class or union, or a typedef of one.
 * @param ret_layout  released with pc_layout_destroy()
 * @param ret_name    what code can call it
 * @param more        gets lines that belong to the error: which types there are
 * @return PC_OK; PC_EUNSUPPORTED built without libdw; PC_EINVAL no ELF file, no debug information, several different types of
 *         that name, incomplete, or no layout can say it; PC_EABSENT no such type; PC_ENOMEM
 */
pc_status ly_dwarf_read(const ly_wanted *wanted, pc_layout **ret_layout, char ret_name[64], pc_strbuf *more,
                        pc_err *err);

#endif
