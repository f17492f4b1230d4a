/* descriptor/option.c - see option.h. */
#include "descriptor/option.h"

#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- numbers with units ---- */

struct unit {
	const char *name;
	int64_t factor;
};

static int64_t factor_of(const struct unit *units, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(units[i].name, name)) return units[i].factor;
	return 0;
}

bool pc_option_parse_duration(const char *text, int64_t *ret_ns)
{
	static const struct unit units[] = {{"ns", 1},
	                                    {"us", 1000},
	                                    {"ms", 1000000},
	                                    {"s", 1000000000},
	                                    {"m", INT64_C(60000000000)},
	                                    {"h", INT64_C(3600000000000)}};
	size_t whole_digits = strspn(text, "0123456789"), fraction_digits = 0;
	const char *at = text + whole_digits, *fraction = at;
	if (*at == '.') {
		fraction = at + 1;
		fraction_digits = strspn(fraction, "0123456789");
		at = fraction + fraction_digits;
		if (!fraction_digits || fraction_digits > 9) return false;
	}
	if (!whole_digits || whole_digits > 18) return false;
	int64_t whole = 0, part = 0, scale = 1, factor = factor_of(units, sizeof units / sizeof units[0], at);
	for (size_t i = 0; i < whole_digits; i++) whole = whole * 10 + (text[i] - '0');
	for (size_t i = 0; i < fraction_digits; i++, scale *= 10) part = part * 10 + (fraction[i] - '0');
	if (!*at && !whole && !part) factor = 1; /* zero needs no unit */
	if (!factor || whole > INT64_MAX / factor) return false;
	/* part < scale <= 10^9: factor * part may overflow, so it is taken apart. */
	int64_t small = factor % scale * part, rest = factor / scale * part + small / scale;
	if (small % scale || rest > INT64_MAX - whole * factor) return false; /* no whole number of ns, or too many */
	*ret_ns = whole * factor + rest;
	return true;
}

bool pc_option_parse_size(const char *text, int64_t *ret_bytes)
{
	static const struct unit units[] = {{"", 1},
	                                    {"B", 1},
	                                    {"KiB", INT64_C(1) << 10},
	                                    {"MiB", INT64_C(1) << 20},
	                                    {"GiB", INT64_C(1) << 30},
	                                    {"TiB", INT64_C(1) << 40}};
	bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	size_t digits = is_hex ? strlen(text) : strspn(text, "0123456789");
	int64_t factor = factor_of(units, sizeof units / sizeof units[0], text + digits), count = 0;
	pc_int n;
	if (!factor || pc_num_parse_int(text, digits, &n) != PC_NUM_OK || !pc_num_to_i64(n, &count)) return false;
	if (count > INT64_MAX / factor) return false;
	*ret_bytes = count * factor;
	return true;
}

/* ---- what is expected ---- */

bool pc_option_word(const struct pc_option *option, uint32_t i, char word[64])
{
	const char *at = option->min ? option->min : "";
	for (; i && at; i--) {
		at = strchr(at, '|');
		if (at) at++;
	}
	size_t bytes = at ? strcspn(at, "|") : 0;
	if (!bytes || bytes > 63) return false;
	memcpy(word, at, bytes);
	word[bytes] = '\0';
	return true;
}

static const char *noun_of(const struct pc_option *option)
{
	switch (option->type) {
	case PC_OPT_BOOL: return "true or false";
	case PC_OPT_INT: return "a whole number";
	case PC_OPT_REAL: return "a number";
	case PC_OPT_STRING: return "a text";
	case PC_OPT_DURATION: return "a duration such as 100ms";
	case PC_OPT_SIZE: return "a size such as 4096 or 64KiB";
	case PC_OPT_REGION: return "the name of a region";
	case PC_OPT_LIST: return "a text or a list of texts";
	case PC_OPT_ENUM: return "one of";
	default: return "a mapping";
	}
}

struct pc_option_expectation pc_option_expected(const struct pc_option *option)
{
	struct pc_option_expectation e;
	const char *of = option->type == PC_OPT_STRING ? " of" : ",",
	           *what = option->type == PC_OPT_STRING ? " bytes" : "";
	const char *min = option->min, *max = option->max;
	int used = snprintf(e.text, sizeof e.text, "%s", noun_of(option));
	char *at = e.text + used;
	size_t room = sizeof e.text - (size_t)used;
	if (option->type == PC_OPT_ENUM) {
		char word[64];
		for (uint32_t i = 0; room > 1 && pc_option_word(option, i, word); i++) {
			used = snprintf(at, room, "%s%s", i ? ", " : " ", word);
			if (used < 0 || (size_t)used >= room) break;
			at += used;
			room -= (size_t)used;
		}
	} else if (min && max) {
		(void)snprintf(at, room, "%s %s..%s%s", of, min, max, what);
	} else if (min || max) {
		(void)snprintf(at, room, "%s at %s %s%s", of, min ? "least" : "most", min ? min : max, what);
	}
	return e;
}

/* ---- one scalar ---- */

static bool parse_enum(const struct pc_option *option, const char *text, int64_t *ret)
{
	char word[64];
	for (uint32_t i = 0; pc_option_word(option, i, word); i++) {
		if (strcmp(word, text)) continue;
		*ret = i;
		return true;
	}
	return false;
}

static bool parse_bool(const char *text, int64_t *ret)
{
	*ret = !strcmp(text, "true");
	return *ret || !strcmp(text, "false");
}

static bool parse_int(const char *text, int64_t *ret)
{
	pc_int n;
	return pc_num_parse_int(text, strlen(text), &n) == PC_NUM_OK && pc_num_to_i64(n, ret);
}

/* The number behind the text, in whatever the type counts. */
static bool parse_number(uint16_t type, const char *text, int64_t *ret)
{
	switch (type) {
	case PC_OPT_INT: return parse_int(text, ret);
	case PC_OPT_DURATION: return pc_option_parse_duration(text, ret);
	case PC_OPT_SIZE: return pc_option_parse_size(text, ret);
	default: return false;
	}
}

static bool is_within(const struct pc_option *option, int64_t value)
{
	int64_t limit;
	if (option->min && (!parse_number(option->type, option->min, &limit) || value < limit)) return false;
	return !option->max || (parse_number(option->type, option->max, &limit) && value <= limit);
}

static bool parse_real(const struct pc_option *option, const char *text, double *ret)
{
	double limit;
	if (pc_num_parse_f64(text, strlen(text), ret) != PC_NUM_OK || !isfinite(*ret)) return false;
	if (option->min && (pc_num_parse_f64(option->min, strlen(option->min), &limit) != PC_NUM_OK || *ret < limit))
		return false;
	return !option->max ||
	       (pc_num_parse_f64(option->max, strlen(option->max), &limit) == PC_NUM_OK && *ret <= limit);
}

static bool has_length(const struct pc_option *option, const char *text)
{
	int64_t limit, bytes = (int64_t)strlen(text);
	if (option->min && (!parse_int(option->min, &limit) || bytes < limit)) return false;
	return !option->max || (parse_int(option->max, &limit) && bytes <= limit);
}

bool pc_option_parse(const struct pc_option *option, const char *text, int64_t *ret_i, double *ret_r)
{
	switch (option->type) {
	case PC_OPT_BOOL: return parse_bool(text, ret_i);
	case PC_OPT_INT:
	case PC_OPT_DURATION:
	case PC_OPT_SIZE: return parse_number(option->type, text, ret_i) && is_within(option, *ret_i);
	case PC_OPT_REAL: return parse_real(option, text, ret_r);
	case PC_OPT_STRING: return has_length(option, text);
	case PC_OPT_REGION: return *text != '\0';
	case PC_OPT_ENUM: return parse_enum(option, text, ret_i);
	default: return false;
	}
}

bool pc_option_limit(const struct pc_option *option, const char *limit, int64_t *ret_i, double *ret_r)
{
	switch (option->type) {
	case PC_OPT_STRING: return parse_int(limit, ret_i) && *ret_i >= 0;
	case PC_OPT_REAL: return pc_num_parse_f64(limit, strlen(limit), ret_r) == PC_NUM_OK && isfinite(*ret_r);
	default: return parse_number(option->type, limit, ret_i);
	}
}
