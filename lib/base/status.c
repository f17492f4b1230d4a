/* base/status.c - names and sentences of the status table. */
#include <pagecast/status.h>

const char *pc_status_name(pc_status s)
{
	switch (s) {
#define PC_X(name, value, text) \
	case name: return #name;
		PC_STATUS_TABLE(PC_X)
#undef PC_X
	}
	return "PC_E?";
}

const char *pc_status_text(pc_status s)
{
	switch (s) {
#define PC_X(name, value, text) \
	case name: return text;
		PC_STATUS_TABLE(PC_X)
#undef PC_X
	}
	return "unknown status";
}
