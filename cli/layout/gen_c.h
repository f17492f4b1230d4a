/* layout/gen_c.h - the parts of the generator for C and C++. */
#ifndef LY_GEN_C_H
#define LY_GEN_C_H
#include "layout/gen.h"

/** The type of one number or character. */
const char *ly_c_type(const ly_gen *gen, const pc_field *f);
/** Functions that read and change bits of a number. */
void ly_c_bits(pc_strbuf *b, const ly_gen *gen, const ly_struct *s);
/** Functions that copy a row out of a table that lies where the map says. */
void ly_c_tables(pc_strbuf *b, const ly_gen *gen);
/** How to open the map, on both systems. */
void ly_c_open(pc_strbuf *b, const ly_gen *gen);

#endif
