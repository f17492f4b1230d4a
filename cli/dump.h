/* dump.h - the control page as bytes that may be wrong in any way. */
#ifndef PC_CLI_DUMP_H
#define PC_CLI_DUMP_H
#include "json.h"
#include "out.h"

#include <pagecast/control.h>

/** Every field: offset, bytes, name, value and what it means. */
bool cli_dump_control(const unsigned char page[PC_CONTROL_BYTES], bool color);
/** The same as one object; numbers as they are, bytes in hex. */
void cli_dump_control_json(cli_json *j, const unsigned char page[PC_CONTROL_BYTES]);

#endif
