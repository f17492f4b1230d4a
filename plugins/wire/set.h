/* wire/set.h - the values of a SET, checked against a layout and turned into bytes to write (PC-SET-03 ..).
 *
 * Reading and writing are apart: nothing is written unless all values are right, and whoever writes needs no layout. */
#ifndef PC_WIRE_SET_H
#define PC_WIRE_SET_H
#include "wire/buf.h"
#include "wire/inbound.h"

#include <pagecast/layout.h>

#define WIRE_SET_FIELDS_BYTES 160u

/** What is to be written, in the order in which it was said. Zero it to start. */
typedef struct wire_set {
	wire_buf runs;                      /* offset and length, 8 bytes each in our own order, then the bytes */
	char fields[WIRE_SET_FIELDS_BYTES]; /* their paths for a log, "a, b[2], ..." */
} wire_set;

/**
 * Read the map of values.
 * @param layout   of the region
 * @param allowed  as pc_region_info.remote_write says it: "*", or paths separated by ','
 * @param values   at the map; from a message that wire_scan() and wire_next() accepted
 * @param err      what is wrong, with the field, if it is not 0
 * @return WIRE_FINE; WIRE_FORBIDDEN a field that may not be set; WIRE_NOT_FOUND no such field; WIRE_TOO_BIG text, bytes or array
 *         longer than the field; WIRE_CANNOT another type, or out of range; WIRE_INTERNAL out of memory. [any thread]
 */
uint32_t wire_set_read(const pc_layout *layout, const char *allowed, wire_cursor values, wire_set *ret, pc_err *err);
/** Put them into a payload of @p bytes bytes. @return false, with nothing written, if one is beyond its end */
bool wire_set_apply(const wire_set *set, void *payload, uint64_t bytes);
void wire_set_free(wire_set *set);

#endif
