/* base/name.h - names of regions. */
#ifndef PC_BASE_NAME_H
#define PC_BASE_NAME_H
#include <pagecast/control.h>
#include <pagecast/status.h>

#define PC_NAME_LENGTH_MAX    55u /* leaves room for the suffix and for a prefix within PC_NAME_BYTES */
#define PC_CONTROL_NAME_BYTES (PC_NAME_BYTES + sizeof PC_CONTROL_SUFFIX)

enum pc_name_space { PC_NAME_PLAIN = 0, PC_NAME_LOCAL = 1, PC_NAME_GLOBAL = 2 };

/**
 * Check a region name and split off its `Local\` or `Global\`.
 *
 * A name is 1..55 bytes of [A-Za-z0-9_.$+#@ -], does not start with '.', which is for temporary files, and does not
 * end in ".pagecast", which is for control objects.
 *
 * @param ret_name   the name without prefix
 * @param ret_space  which prefix it had; may be NULL
 * @return PC_OK; PC_EINVAL with the reason in err. [any thread]
 */
pc_status pc_name_parse(const char *name, char ret_name[PC_NAME_BYTES], enum pc_name_space *ret_space, pc_err *err);
/** Name of the control object that belongs to a checked @p name, with or without its prefix. */
void pc_name_control(const char *name, char ret_name[PC_CONTROL_NAME_BYTES]);

#endif
