/* layout/yaml.h - a layout as a layout file. */
#ifndef LY_YAML_H
#define LY_YAML_H
#include "layout/block.h"

/** Write a layout file. Structs with a type name become `types:`. @param doc, source  "" for none */
void ly_yaml_write(pc_strbuf *b, const ly_block *block, const char *doc, const char *source);

#endif
