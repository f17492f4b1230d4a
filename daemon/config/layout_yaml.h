/* config/layout_yaml.h - layout text while it is written from YAML; inside of layout_*.c. */
#ifndef PCD_LAYOUT_YAML_H
#define PCD_LAYOUT_YAML_H
#include "config/build.h"

#include "base/strbuf.h"

/* From here on, the text comes from this place. */
struct piece {
	size_t offset;
	pcd_mark mark;
	int shift; /* columns from the mark to the first letter, -1: the text is not as in the YAML */
};

/* One line of a field, or the line that opens a struct. */
struct line {
	size_t offset, bytes;
	bool is_struct;
	bool is_wrong;   /* was reported */
	bool needs_more; /* names other fields or types: cannot be compiled alone */
};

struct writer {
	struct pcd_sink *sink;
	pc_strbuf text;
	struct piece *pieces;
	struct line *lines;
	size_t piece_count, piece_room, line_count, line_room;
	bool is_wrong;   /* reported: do not compile */
	bool needs_more; /* of the line that is being written */
	const struct pcd_types *types;
};

/** From here on, the text comes from this place. */
void pcd_ly_piece(struct writer *w, pcd_mark mark, int shift);
void pcd_ly_end_line(struct writer *w, size_t start, bool is_struct, bool is_wrong);
void pcd_ly_fail(struct writer *w, const pcd_mark *mark, const char *format, const char *what);
/** " key=..." for a value that is given, in quotes or not. */
void pcd_ly_text(struct writer *w, const char *key, const struct pcd_value *value);
void pcd_ly_int(struct writer *w, const char *key, const struct pcd_value *value);
void pcd_ly_real(struct writer *w, const char *key, const struct pcd_value *value);
void pcd_ly_word(struct writer *w, const char *key, const struct pcd_value *value);
/** " key=\"0:idle,1:running\"" from a map or a list; NULL: nothing. */
void pcd_ly_labels(struct writer *w, const char *key, const struct pcd_node *labels);
/** " columns=\"table:var,...\"" */
void pcd_ly_columns(struct writer *w, const struct pcd_node *columns);
/** Lead a message of the compiler back to the YAML. @param text what was compiled, from w->text + line_offset on */
void pcd_ly_report(struct writer *w, size_t line_offset, const char *text, size_t bytes, const pc_err *err);
/** Compile each line that is right so far as a layout of its own; true if that found something. */
bool pcd_ly_report_lines(struct writer *w);

/** Definitions of the named types that these fields use, and of those that they use. */
void pcd_ly_types(struct writer *w, const struct pcd_node *fields);
/** The type of that name, NULL if there is none; used types come before. */
struct pcd_type *pcd_ly_find_type(const struct writer *w, const char *name, size_t bytes);
/** The fields of a struct or type, one line each. */
void pcd_ly_fields(struct writer *w, const struct pcd_node *fields, const char *what);

#endif
