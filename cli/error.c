/* error.c - what goes to stderr. Messages may quote names and texts from shared memory: escaped, always. */
#include "out.h"

#include <stdarg.h>
#include <string.h>

static void put_error(const char *prefix, const char *format, va_list args)
{
	char text[1024];
	pc_strbuf b = {0};
	(void)vsnprintf(text, sizeof text, format, args);
	cli_escape_z(&b, text);
	(void)fflush(stdout); /* in the order of events where both go to one terminal */
	(void)fprintf(stderr, "%s%s\n", prefix, b.text ? b.text : "");
	(void)fflush(stderr); /* it need not be without a buffer */
	pc_strbuf_free(&b);
}

void cli_error(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	put_error("pagecast: ", format, args);
	va_end(args);
}

void cli_hint(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	put_error("", format, args);
	va_end(args);
}

int cli_usage_error(const cli_command *command, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	put_error("pagecast: ", format, args);
	va_end(args);
	cli_hint("usage: pagecast %s %s", command->name, command->usage);
	cli_hint("see 'pagecast help %s'", command->name);
	return CLI_USAGE;
}

int cli_exit_of(pc_status status)
{
	if (status == PC_OK) return CLI_OK;
	if (status == PC_ETIMEDOUT) return CLI_TIMED_OUT;
	if (status == PC_EBUSY) return CLI_BUSY;
	return CLI_FAILED;
}
