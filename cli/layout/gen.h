/* layout/gen.h - code for a layout, in each language that we speak. */
#ifndef LY_GEN_H
#define LY_GEN_H
#include "layout/plan.h"

/** What is generated, besides the plan. Texts are "" if not known. */
typedef struct ly_gen {
	const ly_plan *plan;
	const char *object; /* the shared-memory object */
	const char *doc, *source;
	bool is_cpp; /* C++ and not C */
} ly_gen;

void ly_gen_c(pc_strbuf *b, const ly_gen *gen); /* C and C++ */
void ly_gen_python(pc_strbuf *b, const ly_gen *gen);
void ly_gen_rust(pc_strbuf *b, const ly_gen *gen);
void ly_gen_csharp(pc_strbuf *b, const ly_gen *gen);
void ly_gen_typescript(pc_strbuf *b, const ly_gen *gen);

/** A language by the name that --lang takes; NULL if there is none. @param ret_is_cpp  for ly_gen */
void (*ly_gen_find(const char *language, bool *ret_is_cpp))(pc_strbuf *b, const ly_gen *gen);
extern const char ly_gen_languages[]; /* "c, cpp, ..." */

/* ---- words.c: what all of them need ---- */

enum ly_language { LY_C, LY_CPP, LY_PYTHON, LY_RUST, LY_CSHARP, LY_TYPESCRIPT };
/** The name as this language takes it: words of the language get a '_' behind them. */
void ly_put_name(pc_strbuf *b, enum ly_language language, const char *name);
/** The name in upper case. */
void ly_put_upper(pc_strbuf *b, const char *name);
/** A label as a name: "in pit" -> in_pit or IN_PIT; a digit in front gets a '_'. */
void ly_put_label(pc_strbuf *b, enum ly_language language, const char *label, bool is_upper);
/** The values of a field that have names: of an enum its labels, else its flags. */
typedef struct ly_named {
	const pc_field *field;
	const pc_label *labels;
	uint32_t count;
	bool is_mask;
} ly_named;
/** The next field of the struct with such values. @param at  in and out, 0 at first. @return false: no more */
bool ly_next_named(const ly_struct *s, uint32_t *at, ly_named *ret);
/** The name of the i-th value, with its number where an earlier one becomes the same name. */
void ly_put_named(pc_strbuf *b, enum ly_language language, const ly_named *named, uint32_t i, bool is_upper);
/**
 * What stands at the top of every file: its name, what it is, where the facts come from, and who made it.
 * @param open  what begins the comment, @p line each line behind the first
 * @param rest  the last lines, from "Generated" on
 */
void ly_put_head(pc_strbuf *b, const ly_gen *gen, const char *open, const char *line, const char *rest);
/** Unit and doc of a field in a line, with nothing that ends a comment. @return false if there is nothing to say */
bool ly_put_comment(pc_strbuf *b, const pc_field *f);
/** A text in a comment: one line, no end of a comment. */
void ly_put_remark(pc_strbuf *b, const char *text);
/** A text in double quotes with backslashes, as C and the others have it. */
void ly_put_string(pc_strbuf *b, const char *text);
/** What is there, when, and how much of it: of a field with `when`, `count`, `at` and so on. @return false nothing */
bool ly_put_dynamic(pc_strbuf *b, const pc_field *f);
/** Signed integers, and enums with a negative label. */
bool ly_is_signed(const pc_field *f);

#endif
