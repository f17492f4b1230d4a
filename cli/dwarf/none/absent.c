/* dwarf/none/absent.c - see debug.h: built without libdw. */
#include "dwarf/debug.h"

pc_status ly_dwarf_read(const ly_wanted *wanted, pc_layout **ret_layout, char ret_name[64], pc_strbuf *more,
                        pc_err *err)
{
	(void)wanted;
	(void)ret_layout;
	(void)ret_name;
	(void)more;
	return pc_err_set(err, PC_EUNSUPPORTED,
	                  "this pagecast was built without libdw (Debian: libdw-dev), which reads debug information");
}
