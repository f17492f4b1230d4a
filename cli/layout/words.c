/* layout/words.c - names, numbers and comments that every generated language needs. See gen.h. */
#include "layout/gen.h"

#include <inttypes.h>
#include <string.h>

/* Blank before and behind each. */
static const char *const words[] = {
        [LY_C] = " auto break case char const continue default do double else enum extern float for goto if inline int "
                 "long "
                 "register restrict return short signed sizeof static struct switch typedef union unsigned void "
                 "volatile "
                 "while bool true false alignas alignof constexpr nullptr static_assert thread_local typeof asm unix "
                 "linux "
                 "near far small interface ",
        [LY_CPP] =
                " auto break case char const continue default do double else enum extern float for goto if inline int "
                "long "
                "register restrict return short signed sizeof static struct switch typedef union unsigned void "
                "volatile "
                "while bool true false alignas alignof constexpr nullptr static_assert thread_local asm and and_eq "
                "bitand "
                "bitor catch class compl concept consteval constinit const_cast decltype delete dynamic_cast explicit "
                "export friend mutable namespace new noexcept not not_eq operator or or_eq private protected public "
                "reinterpret_cast requires static_cast template this throw try typeid typename using virtual wchar_t "
                "char8_t char16_t char32_t xor xor_eq unix linux near far small interface ",
        [LY_PYTHON] =
                " False None True and as assert async await break class continue def del elif else except finally for "
                "from global if import in is lambda nonlocal not or pass raise return try while with yield ",
        [LY_RUST] = " as async await break const continue crate dyn else enum extern false fn for if impl in let loop "
                    "match "
                    "mod move mut pub ref return self Self static struct super trait true type unsafe use where while "
                    "abstract become box do final macro override priv try typeof unsized virtual yield gen ",
        [LY_CSHARP] =
                " abstract as base bool break byte case catch char checked class const continue decimal default "
                "delegate do double else enum event explicit extern false finally fixed float for foreach goto if "
                "implicit in int interface internal is lock long namespace new null object operator out override "
                "params private protected public readonly ref return sbyte sealed short sizeof stackalloc static "
                "string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual "
                "void volatile while ",
        [LY_TYPESCRIPT] =
                " break case catch class const continue debugger default delete do else enum export extends false "
                "finally for function if import in instanceof new null return super switch this throw true try "
                "typeof var void while with yield let static implements interface package private protected "
                "public await "};

static bool is_word(enum ly_language language, const char *name, size_t bytes)
{
	for (const char *at = words[language]; (at = strchr(at, ' ')) && at[1]; at++)
		if (!strncmp(at + 1, name, bytes) && at[1 + bytes] == ' ') return true;
	return false;
}

void ly_put_name(pc_strbuf *b, enum ly_language language, const char *name)
{
	pc_strbuf_puts(b, name);
	if (is_word(language, name, strlen(name))) pc_strbuf_puts(b, "_");
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

void ly_put_upper(pc_strbuf *b, const char *name)
{
	for (; *name; name++) {
		char c = upper(*name);
		pc_strbuf_add(b, &c, 1);
	}
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The label without what no name has; cut to what a name may be long. @return its length */
static size_t clean(const char *label, char dst[64])
{
	size_t n = 0;
	if (*label >= '0' && *label <= '9') dst[n++] = '_';
	for (; *label && n < 63; label++) {
		if (is_letter(*label))
			dst[n++] = *label;
		else if (n && dst[n - 1] != '_')
			dst[n++] = '_';
	}
	if (n > 1 && dst[n - 1] == '_') n--;
	if (!n) dst[n++] = '_';
	dst[n] = '\0';
	return n;
}

void ly_put_label(pc_strbuf *b, enum ly_language language, const char *label, bool is_upper)
{
	char name[64];
	(void)clean(label, name);
	if (is_upper)
		ly_put_upper(b, name);
	else
		ly_put_name(b, language, name);
}

static bool label_repeats(const pc_label *labels, uint32_t at)
{
	char name[64], other[64];
	(void)clean(labels[at].text, name);
	for (uint32_t i = 0; i < at; i++) {
		size_t k = 0;
		(void)clean(labels[i].text, other);
		while (name[k] && upper(name[k]) == upper(other[k])) k++;
		if (!name[k] && !other[k]) return true;
	}
	return false;
}

void ly_put_remark(pc_strbuf *b, const char *text)
{
	for (char before = 0; *text; before = *text++) {
		/* neither the end of a comment nor a line that goes on */
		char c = (unsigned char)*text < ' ' || *text == '\\' ? ' ' : *text;
		if (before == '*' && c == '/') pc_strbuf_puts(b, " ");
		if (before == '/' && c == '*') pc_strbuf_puts(b, " ");
		if (before == '"' && c == '"') pc_strbuf_puts(b, " "); /* """ */
		pc_strbuf_add(b, &c, 1);
	}
}

bool ly_next_named(const ly_struct *s, uint32_t *at, ly_named *ret)
{
	while (*at < s->block.field_count) {
		const pc_field *f = &s->block.fields[(*at)++];
		*ret = (ly_named){f, f->label_count ? f->labels : f->flags,
		                  f->label_count ? f->label_count : f->flag_count, !f->label_count};
		if (ret->count) return true;
	}
	return false;
}

void ly_put_named(pc_strbuf *b, enum ly_language language, const ly_named *named, uint32_t i, bool is_upper)
{
	ly_put_label(b, language, named->labels[i].text, is_upper);
	if (label_repeats(named->labels, i)) pc_strbuf_printf(b, "_%" PRIu32, i);
}

void ly_put_head(pc_strbuf *b, const ly_gen *gen, const char *open, const char *line, const char *rest)
{
	size_t bare = strlen(line);
	while (bare && line[bare - 1] == ' ') bare--;
	pc_strbuf_printf(b, "%s%s - ", open, gen->plan->last->name);
	ly_put_remark(b, *gen->doc ? gen->doc : "the bytes of a map");
	pc_strbuf_printf(b, "\n%.*s\n", (int)bare, line);
	if (*gen->source) {
		pc_strbuf_printf(b, "%sFacts: ", line);
		ly_put_remark(b, gen->source);
		pc_strbuf_puts(b, "\n");
	}
	pc_strbuf_puts(b, rest);
}

bool ly_put_comment(pc_strbuf *b, const pc_field *f)
{
	size_t before = b->bytes;
	if (*f->unit) ly_put_remark(b, f->unit);
	if (*f->doc) {
		pc_strbuf_puts(b, *f->unit ? "; " : "");
		ly_put_remark(b, f->doc);
	}
	size_t said = b->bytes;
	pc_strbuf_puts(b, said > before ? "; " : "");
	if (!ly_put_dynamic(b, f)) b->bytes = said;
	if (b->text) b->text[b->bytes] = '\0';
	return b->bytes > before;
}

bool ly_put_dynamic(pc_strbuf *b, const pc_field *f)
{
	static const char *const says[LY_SOURCES] = {
	        "lies at", "of the newest", "a row has", "in use:", "in use:", "there when", "described by"};
	size_t before = b->bytes;
	ly_source all[LY_SOURCES];
	if (!f->dynamic) return false;
	ly_sources_of(f->dynamic, all);
	for (uint32_t i = 0; i < LY_SOURCES; i++) {
		if (!all[i].source->path) continue;
		pc_strbuf_printf(b, "%s%s ", b->bytes > before ? ", " : "", says[i]);
		ly_put_remark(b, all[i].source->path);
	}
	return b->bytes > before;
}

void ly_put_string(pc_strbuf *b, const char *text)
{
	pc_strbuf_puts(b, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\') pc_strbuf_puts(b, "\\");
		char c = (unsigned char)*text < ' ' ? ' ' : *text;
		pc_strbuf_add(b, &c, 1);
	}
	pc_strbuf_puts(b, "\"");
}

bool ly_is_signed(const pc_field *f)
{
	switch (f->type) {
	case PC_TYPE_I8:
	case PC_TYPE_I16:
	case PC_TYPE_I32:
	case PC_TYPE_I64: return true;
	case PC_TYPE_ENUM8:
	case PC_TYPE_ENUM16:
	case PC_TYPE_ENUM32: return f->label_count && f->labels[0].value < 0;
	default: return false;
	}
}

/* ---- languages ---- */

const char ly_gen_languages[] = "c, cpp, python, csharp, rust or typescript";

void (*ly_gen_find(const char *language, bool *ret_is_cpp))(pc_strbuf *b, const ly_gen *gen)
{
	static const struct {
		const char *name;
		void (*generate)(pc_strbuf *b, const ly_gen *gen);
	} all[] = {{"c", ly_gen_c},
	           {"cpp", ly_gen_c},
	           {"c++", ly_gen_c},
	           {"python", ly_gen_python},
	           {"csharp", ly_gen_csharp},
	           {"rust", ly_gen_rust},
	           {"typescript", ly_gen_typescript},
	           {"py", ly_gen_python},
	           {"cs", ly_gen_csharp},
	           {"rs", ly_gen_rust},
	           {"ts", ly_gen_typescript}};
	*ret_is_cpp = !strcmp(language, "cpp") || !strcmp(language, "c++");
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!strcmp(all[i].name, language)) return all[i].generate;
	return NULL;
}
