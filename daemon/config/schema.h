/* config/schema.h - the option tables as a JSON Schema, so that editors complete and check a configuration. */
#ifndef PCD_SCHEMA_H
#define PCD_SCHEMA_H

/** The schema (draft 7), malloc'ed; NULL without memory. config/pagecast.schema.json is this text. */
char *pcd_config_schema(void);
/** The same of layout files: config/layout.schema.json. */
char *pcd_layout_schema(void);

#endif
