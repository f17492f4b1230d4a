/* say.c - a program for the plugin exec: its arguments are what it does, in order.
 *
 *     id:TEXT        nothing: by this a test finds it
 *     count:FILE     puts one byte more into FILE, and says n=<how many there are>
 *     fail:N         ends with status N, if count: said 1
 *     error:TEXT     says TEXT on standard error
 *     child          starts itself again, with the id alone, and says n=1
 *     deaf           hears no Ctrl-Break
 *     wait           stays
 *     anything else  says it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static const char *id = "";
static long count;

static const char *after(const char *argument, const char *prefix)
{
	size_t bytes = strlen(prefix);
	return strncmp(argument, prefix, bytes) ? NULL : argument + bytes;
}

static BOOL WINAPI be_deaf(DWORD event)
{
	(void)event;
	return TRUE;
}

static void count_in(const char *path)
{
	FILE *file = fopen(path, "ab");
	if (!file || fputc('x', file) == EOF || fseek(file, 0, SEEK_END)) exit(90);
	count = ftell(file);
	(void)fclose(file);
	printf("n=%ld\n", count);
}

static void start_child(void)
{
	char exe[MAX_PATH], command[2 * MAX_PATH];
	STARTUPINFOA startup = {.cb = sizeof startup};
	PROCESS_INFORMATION child;
	(void)GetModuleFileNameA(NULL, exe, sizeof exe);
	(void)snprintf(command, sizeof command, "\"%s\" id:%s deaf wait", exe, id);
	if (!CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &child)) exit(91);
	printf("n=1\n");
}

static void act(const char *argument)
{
	const char *value;
	if ((value = after(argument, "id:")))
		id = value;
	else if ((value = after(argument, "count:")))
		count_in(value);
	else if ((value = after(argument, "fail:")) && count == 1)
		exit(atoi(value));
	else if (value)
		return;
	else if ((value = after(argument, "error:")))
		fprintf(stderr, "%s\n", value);
	else if (!strcmp(argument, "child"))
		start_child();
	else if (!strcmp(argument, "deaf"))
		(void)SetConsoleCtrlHandler(be_deaf, TRUE);
	else if (!strcmp(argument, "wait"))
		Sleep(INFINITE);
	else
		puts(argument);
}

int main(int argc, char **argv)
{
	(void)setvbuf(stdout, NULL, _IONBF, 0);
	for (int i = 1; i < argc; i++) act(argv[i]);
	return 0;
}
