/* out.c - see out.h: escaping, writing, quantities. */
#include "out.h"

#include "os.h"

#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const char *cli_style(bool color, enum cli_style style)
{
	static const char *const sequences[] = {"\x1b[0m", "\x1b[2m", "\x1b[1m", "\x1b[32m", "\x1b[33m", "\x1b[31m"};
	return color ? sequences[style] : "";
}

enum cli_style cli_style_of(pc_liveness liveness)
{
	switch (liveness) {
	case PC_LIVE:
	case PC_LEGACY: return CLI_GOOD;
	case PC_STARTING:
	case PC_STALE: return CLI_WARN;
	case PC_DEAD:
	case PC_UNREACHABLE: return CLI_BAD;
	case PC_ABSENT:
	case PC_CLOSED:
	case PC_RETIRED: return CLI_DIM;
	}
	return CLI_PLAIN;
}

/* Controls, and invisible characters that reorder or split what stands around them. */
static bool is_unsafe(uint32_t code)
{
	return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || (code >= 0x200B && code <= 0x200F) ||
	       (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF ||
	       (code >= 0xE0000 && code <= 0xE007F);
}

static void escape_one(pc_strbuf *b, uint32_t code)
{
	if (code == '\n')
		pc_strbuf_puts(b, "\\n");
	else if (code == '\t')
		pc_strbuf_puts(b, "\\t");
	else if (code == '\r')
		pc_strbuf_puts(b, "\\r");
	else if (code < 0x80)
		pc_strbuf_printf(b, "\\x%02x", (unsigned)code);
	else
		pc_strbuf_printf(b, "\\u{%x}", (unsigned)code);
}

void cli_escape(pc_strbuf *b, const char *text, size_t bytes)
{
	size_t plain = 0; /* bytes before `at` that can be taken over as they are */
	size_t at = 0;
	while (at < bytes) {
		uint32_t code;
		int taken = pc_utf8_decode(text + at, bytes - at, &code);
		size_t length = (size_t)(taken < 0 ? -taken : taken);
		if (taken > 0 && !is_unsafe(code)) {
			plain += length;
		} else {
			pc_strbuf_add(b, text + at - plain, plain);
			plain = 0;
			if (taken < 0)
				pc_strbuf_puts(b, "\xEF\xBF\xBD");
			else
				escape_one(b, code);
		}
		at += length;
	}
	pc_strbuf_add(b, text + at - plain, plain);
}

void cli_escape_z(pc_strbuf *b, const char *text)
{
	cli_escape(b, text, strlen(text));
}

void cli_escape_field(pc_strbuf *b, const char *field, size_t field_bytes)
{
	const char *end = memchr(field, 0, field_bytes);
	cli_escape(b, field, end ? (size_t)(end - field) : field_bytes);
}

static int first_error; /* errno of the first write that failed: what stdout itself does not remember */

static bool note(bool is_written)
{
	if (!is_written && !first_error) first_error = errno;
	return is_written;
}

bool cli_put(const char *text, size_t bytes)
{
	return note(fwrite(text, 1, bytes, stdout) == bytes);
}

bool cli_puts(const char *text)
{
	return cli_put(text, strlen(text));
}

bool cli_put_buf(pc_strbuf *b)
{
	bool is_whole = !b->failed;
	bool is_written = is_whole && (!b->bytes || cli_put(b->text, b->bytes));
	if (!is_whole) cli_error("out of memory");
	pc_strbuf_free(b);
	return is_written;
}

bool cli_flush(void)
{
	return note(fflush(stdout) == 0) && !ferror(stdout);
}

int cli_out_finish(int exit_code)
{
	/* `pagecast watch X | head -1`: whoever went away has what it wanted */
	if (cli_flush() || cli_os_reader_went(first_error)) return exit_code;
	cli_error("cannot write to standard output: %s", strerror(first_error));
	return exit_code ? exit_code : CLI_FAILED;
}

/* ---- quantities -------------------------------------------------------------------------------------- */

void cli_format_age(char dst[32], uint64_t ns)
{
	uint64_t s = ns / UINT64_C(1000000000);
	if (ns < UINT64_C(1000000000))
		(void)snprintf(dst, 32, "%" PRIu64 " ms", ns / 1000000);
	else if (s < 60)
		(void)snprintf(dst, 32, "%u.%u s", (unsigned)s, (unsigned)(ns / 100000000 % 10));
	else if (s < 3600)
		(void)snprintf(dst, 32, "%u min %u s", (unsigned)(s / 60), (unsigned)(s % 60));
	else if (s < 86400)
		(void)snprintf(dst, 32, "%u h %u min", (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
	else
		(void)snprintf(dst, 32, "%u d %u h", (unsigned)(s / 86400), (unsigned)(s / 3600 % 24));
}

void cli_format_bytes(char dst[32], double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	size_t unit = 0;
	while (bytes >= 1024 && unit + 1 < sizeof units / sizeof *units) {
		bytes /= 1024;
		unit++;
	}
	(void)snprintf(dst, 32, "%.*f %s", unit ? 1 : 0, bytes, units[unit]);
}
