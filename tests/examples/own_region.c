/* own_region.c - owns one region of the tutorial's struct until standard input ends. own_region NAME */
#include <pagecast/writer.h>

#include <stdio.h>

#include "../../examples/fork_server.h"

int main(int argc, char **argv)
{
	static const char layout[] = "a bool\nb f32\nc f64\nbuffer char[10]\n";
	pc_region_options options = {.struct_size = sizeof options, .slot_count = 1};
	pc_owner *owner = NULL;
	pc_err err;
	if (argc != 2) return 2;
	options.name = argv[1];
	options.payload_bytes = sizeof(struct fork_server);
	options.schema_text = layout;
	options.schema_bytes = sizeof layout - 1;
	if (pc_owner_open(&options, &owner, NULL, &err) != PC_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	puts("owned");
	fflush(stdout);
	while (getchar() != EOF) continue;
	pc_owner_close(&owner, 0);
	return 0;
}
