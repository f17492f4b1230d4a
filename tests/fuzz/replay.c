/* replay.c - runs a fuzz target without a fuzzer: every corpus file, then a fixed number of random mutations of them.
 * The same numbers every time, so that a failure is repeatable; it prints the run that failed by aborting in it.
 *
 *   replay_NAME RUNS FOLDER|FILE... */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define INPUTS_MAX      512
#define INPUT_BYTES_MAX 65536

static struct input {
	uint8_t *data;
	size_t bytes;
} inputs[INPUTS_MAX];
static unsigned input_count;
static volatile unsigned long run;
static uint8_t work[INPUT_BYTES_MAX * 2];
static size_t work_bytes;
static uint64_t state = UINT64_C(0x9E3779B97F4A7C15);

static uint32_t next(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return below ? (uint32_t)((state >> 33) % below) : 0;
}

static void add_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct input *input = &inputs[input_count];
	if (!file || input_count == INPUTS_MAX) {
		fprintf(stderr, "cannot take %s\n", path);
		exit(2);
	}
	input->data = malloc(INPUT_BYTES_MAX);
	if (!input->data) exit(2);
	input->bytes = fread(input->data, 1, INPUT_BYTES_MAX, file);
	input_count++;
	(void)fclose(file);
}

static int order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In order of name: a folder lists its files in any order, a repeatable run needs one. */
static void add_folder(const char *path)
{
	char **names = calloc(INPUTS_MAX, sizeof *names);
	size_t count = 0;
	DIR *dir = names ? opendir(path) : NULL;
	if (!dir) {
		free(names);
		add_file(path);
		return;
	}
	for (struct dirent *e = readdir(dir); e && count < INPUTS_MAX; e = readdir(dir)) {
		size_t room = strlen(path) + strlen(e->d_name) + 2;
		if (e->d_name[0] == '.') continue;
		names[count] = malloc(room);
		if (!names[count]) exit(2);
		(void)snprintf(names[count++], room, "%s/%s", path, e->d_name);
	}
	(void)closedir(dir);
	qsort(names, count, sizeof *names, order);
	for (size_t i = 0; i < count; i++) {
		add_folder(names[i]);
		free(names[i]);
	}
	free(names);
}

static void cut(size_t at, size_t bytes)
{
	if (at + bytes > work_bytes) bytes = work_bytes - at;
	memmove(work + at, work + at + bytes, work_bytes - at - bytes);
	work_bytes -= bytes;
}

static void insert(size_t at, const uint8_t *data, size_t bytes)
{
	if (work_bytes + bytes > INPUT_BYTES_MAX) return;
	memmove(work + at + bytes, work + at, work_bytes - at);
	memmove(work + at, data, bytes);
	work_bytes += bytes;
}

static void mutate(void)
{
	static const char *const words[] = {"0",  "-1", "4294967295", "18446744073709551615",
	                                    "\"", "{",  "}",          "[",
	                                    "]",  "\n", " ",          "#",
	                                    ":",  ",",  "@",          "=",
	                                    "\\", "\t", "\xFF",       "1e999"};
	const struct input *other = &inputs[next(input_count)];
	size_t at = next((uint32_t)work_bytes + 1), length = next(next(4) ? 8 : 200) + 1u;
	uint8_t copy[256];
	switch (next(6)) {
	case 0:
		if (at < work_bytes) work[at] = (uint8_t)(work[at] ^ 1u << next(8));
		break;
	case 1:
		if (at < work_bytes) work[at] = (uint8_t)next(256);
		break;
	case 2: cut(at, length); break;
	case 3: {
		const char *word = words[next(sizeof words / sizeof words[0])];
		insert(at, (const uint8_t *)word, strlen(word));
		break;
	}
	case 4: { /* repeat a piece of itself */
		size_t from = next((uint32_t)work_bytes + 1);
		if (length > work_bytes - from) length = work_bytes - from;
		memcpy(copy, work + from, length);
		insert(at, copy, length);
		break;
	}
	default: { /* take a piece of another input */
		size_t from = next((uint32_t)other->bytes + 1);
		if (length > other->bytes - from) length = other->bytes - from;
		insert(at, other->data + from, length);
		break;
	}
	}
}

static void run_one(const uint8_t *data, size_t bytes)
{
	/* Exactly as large as the input, so that a sanitizer sees one byte too many. */
	uint8_t *exact = malloc(bytes ? bytes : 1);
	if (!exact) exit(2);
	memcpy(exact, data, bytes);
	(void)LLVMFuzzerTestOneInput(exact, bytes);
	free(exact);
}

static void on_abort(int signal_number)
{
	(void)signal_number;
	fprintf(stderr, "replay: run %lu failed; its input is in replay-failed.bin\n", run);
	FILE *file = fopen("replay-failed.bin", "wb");
	if (file) {
		(void)fwrite(work, 1, work_bytes, file);
		(void)fclose(file);
	}
	_Exit(1);
}

int main(int argc, char **argv)
{
	unsigned long runs = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	for (int i = 2; i < argc; i++) add_folder(argv[i]);
	if (!input_count) {
		fprintf(stderr, "usage: %s RUNS FOLDER|FILE...\n", argv[0]);
		return 2;
	}
	(void)signal(SIGABRT, on_abort);
	(void)signal(SIGSEGV, on_abort);
	for (unsigned i = 0; i < input_count; i++) {
		memcpy(work, inputs[i].data, work_bytes = inputs[i].bytes);
		run_one(work, work_bytes);
	}
	for (run = 1; run <= runs; run++) {
		const struct input *input = &inputs[next(input_count)];
		memcpy(work, input->data, work_bytes = input->bytes);
		for (uint32_t n = next(6) + 1; n; n--) mutate();
		run_one(work, work_bytes);
	}
	for (unsigned i = 0; i < input_count; i++) free(inputs[i].data);
	printf("%u inputs, %lu mutations\n", input_count, runs);
	return 0;
}
