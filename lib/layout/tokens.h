/* layout/tokens.h - numbers, names and texts of a line; inside of the parser. */
#ifndef PC_LAYOUT_TOKENS_H
#define PC_LAYOUT_TOKENS_H
#include "layout/line.h"

bool pc_is_name_start(int byte);
bool pc_is_name(int byte);
bool pc_is_number(int byte);
bool pc_is_space(int byte);
void pc_skip_space(struct pc_lines *r);
bool pc_at_line_end(const struct pc_lines *r);
void pc_skip_line(struct pc_lines *r);
/** Whole number min..max; hex is fine. */
pc_status pc_read_uint(struct pc_lines *r, const char *what, uint64_t min, uint64_t max, uint64_t *ret);
pc_status pc_read_real(struct pc_lines *r, const char *what, double *ret);
/** "text" with \" \\ \n \t. */
pc_status pc_read_string(struct pc_lines *r, const char **ret);
/** "expected WHAT, found ..." */
pc_status pc_expected(const struct pc_lines *r, const char *what);

#endif
