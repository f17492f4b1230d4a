/* layout/labels.c - the labels of an enum field: "0:idle,1:running" into a table in order of value. */
#include "base/num.h"
#include "base/sort.h"
#include "layout/line.h"
#include "layout/types.h"

#include <string.h>

struct label {
	pc_label label;
	const char *at;
	struct label *next;
};

/* Labels in the order of the text. */
struct list {
	struct label *first, **end;
	uint32_t count;
	bool has_negative;
};

static bool is_digit(int byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F') ||
	       byte == 'x' || byte == 'X' || byte == '-' || byte == '+';
}

static pc_status read_number(struct pc_lines *r, bool is_mask, int64_t *ret)
{
	pc_int n;
	while (pc_cursor_accept(&r->c, ' ')) continue;
	pc_span word = pc_cursor_span(&r->c, is_digit);
	bool is_number = pc_num_parse_int(word.at, word.bytes, &n) == PC_NUM_OK;
	if (is_number && !n.negative && n.magnitude > INT64_MAX && is_mask)
		*ret = (int64_t)n.magnitude; /* bit 63 */
	else if (!is_number || !pc_num_to_i64(n, ret))
		return pc_line_fail(r, word.at, "expected the number of a label, as in \"0:idle,1:running\", found %s",
		                    pc_line_found(r, word.at).text);
	if (!pc_cursor_accept(&r->c, ':')) return pc_line_fail(r, r->c.at, "expected ':' and the text of the label");
	return PC_OK;
}

/* Up to an unescaped comma or quote, which is left. */
static pc_status read_text(struct pc_lines *r, const char **ret)
{
	const char *start = r->c.at, *end = start;
	while (end < r->c.end && *end != '"' && *end != ',' && *end != '\n')
		end += *end == '\\' && end + 1 < r->c.end ? 2 : 1;
	char *text = pc_arena_alloc(r->arena, (size_t)(end - start) + 1), *to = text;
	if (!text) return PC_ENOMEM;
	for (;;) {
		int byte = pc_cursor_peek(&r->c);
		if (byte == ',' || byte == '"') break;
		if (byte < ' ' && byte != '\t') return pc_line_fail(r, r->c.at, "expected a closing double quote");
		if (byte == ':') return pc_line_fail(r, r->c.at, "expected ',' or '\"'; write a ':' of a label as \\:");
		r->c.at++;
		if (byte == '\\') {
			byte = pc_cursor_take(&r->c);
			if (byte == 'n' || byte == 't')
				byte = byte == 'n' ? '\n' : '\t';
			else if (byte <= 0 || !strchr("\\\",:", byte)) /* strchr() finds the NUL too */
				return pc_line_fail(r, r->c.at - (byte >= 0) - 1,
				                    "unknown escape; expected \\\" \\\\ \\, \\: \\n or \\t");
		}
		*to++ = (char)byte;
	}
	if (to == text) return pc_line_fail(r, r->c.at, "expected the text of the label");
	*ret = text;
	return PC_OK;
}

static pc_status read_list(struct pc_lines *r, bool is_mask, struct list *list)
{
	do {
		struct label *label = pc_arena_alloc(r->scratch, sizeof *label);
		if (!label) return PC_ENOMEM;
		label->at = r->c.at;
		pc_status s = read_number(r, is_mask, &label->label.value);
		if (s == PC_OK) s = read_text(r, &label->label.text);
		if (s != PC_OK) return s;
		*list->end = label;
		list->end = &label->next;
		list->count++;
		list->has_negative |= label->label.value < 0;
	} while (pc_cursor_accept(&r->c, ','));
	return pc_cursor_accept(&r->c, '"') ? PC_OK : pc_line_fail(r, r->c.at, "expected a closing double quote");
}

static int order_by_value(const void *a, const void *b)
{
	int64_t x = ((const struct label *)a)->label.value, y = ((const struct label *)b)->label.value;
	return (x > y) - (x < y);
}

static int order_by_text(const void *a, const void *b)
{
	return strcmp(((const struct label *)a)->label.text, ((const struct label *)b)->label.text);
}

/* Sort, then two neighbours that compare equal are the same thing twice. */
static pc_status refuse_twins(struct pc_lines *r, const void **rows, uint32_t count, pc_order_fn *order,
                              const char *what)
{
	pc_sort(rows, rows + count, count, order);
	for (uint32_t i = 1; i < count; i++)
		if (!order(rows[i - 1], rows[i]))
			return pc_line_fail(r, ((const struct label *)rows[i])->at, "this label's %s is given twice",
			                    what);
	return PC_OK;
}

static pc_status check_range(struct pc_lines *r, pc_type type, const struct list *list)
{
	pc_range range = pc_range_of(type, list->has_negative);
	for (const struct label *l = list->first; l; l = l->next)
		if (l->label.value < range.min || (l->label.value > 0 && (uint64_t)l->label.value > range.max))
			return pc_line_fail(r, l->at, "%lld does not fit %s, %lld..%llu", (long long)l->label.value,
			                    pc_type_name(type), (long long)range.min, (unsigned long long)range.max);
	return PC_OK;
}

/* Masks are bits of the type and share none. */
static pc_status check_masks(struct pc_lines *r, pc_type type, const struct list *list)
{
	uint64_t all = pc_range_of(type, false).max, taken = 0;
	for (const struct label *l = list->first; l; l = l->next) {
		uint64_t mask = (uint64_t)l->label.value;
		if (!mask || mask & ~all)
			return pc_line_fail(r, l->at, "expected a mask of bits of %s, 0x1..0x%llx", pc_type_name(type),
			                    (unsigned long long)all);
		if (mask & taken) return pc_line_fail(r, l->at, "this flag shares bits with one before it");
		if (strchr(l->label.text, '|'))
			return pc_line_fail(r, l->at, "expected the name of a flag without '|'");
		taken |= mask;
	}
	return PC_OK;
}

static pc_status check_codes(struct pc_lines *r, const struct list *list)
{
	for (const struct label *l = list->first; l; l = l->next) {
		pc_type type = pc_type_of_name(l->label.text, strlen(l->label.text));
		if (type == PC_TYPE_COUNT || type == PC_TYPE_STRUCT)
			return pc_line_fail(r, l->at, "expected the number of a type and its name, as in \"4:f32\"");
	}
	return PC_OK;
}

pc_status pc_labels_read(struct pc_lines *r, enum pc_labels what, pc_type type, const pc_label **ret,
                         uint32_t *ret_count)
{
	struct list list = {.end = &list.first};
	uint32_t i = 0;
	pc_status s = read_list(r, what == PC_LABELS_MASKS, &list);
	if (s == PC_OK && what == PC_LABELS_MASKS) s = check_masks(r, type, &list);
	if (s == PC_OK && what != PC_LABELS_MASKS) s = check_range(r, type, &list);
	if (s == PC_OK && what == PC_LABELS_CODES) s = check_codes(r, &list);
	if (s != PC_OK) return s;
	const void **rows = pc_arena_array(r->scratch, (size_t)list.count * 2, sizeof *rows);
	pc_label *labels = pc_arena_array(r->arena, list.count, sizeof *labels);
	if (!rows || !labels) return PC_ENOMEM;
	for (const struct label *l = list.first; l; l = l->next) rows[i++] = l;
	if (what != PC_LABELS_CODES) s = refuse_twins(r, rows, list.count, order_by_text, "text");
	if (s == PC_OK) s = refuse_twins(r, rows, list.count, order_by_value, "number");
	if (s != PC_OK) return s;
	pc_sort(rows, rows + list.count, list.count, order_by_value);
	for (i = 0; i < list.count; i++) labels[i] = ((const struct label *)rows[i])->label;
	*ret = labels;
	*ret_count = list.count;
	return PC_OK;
}
