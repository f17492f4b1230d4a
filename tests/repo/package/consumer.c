/* A program of somebody who has only the installed package: owns, writes and reads a region. consumer NAME */
#include <pagecast/reader.h>
#include <pagecast/win32.h>
#include <pagecast/writer.h>

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	pc_region_options options;
	pc_owner *owner = NULL;
	pc_writer *writer = NULL;
	pc_reader *reader = NULL;
	pc_err err;
	char text[8] = "";
	if (argc != 2) return 2;
	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.name = argv[1];
	options.payload_bytes = sizeof text;
	options.slot_count = 1;
	if (pc_reader_open(argv[1], NULL, &reader, &err) != PC_EABSENT) return 3;
	if (pc_owner_open(&options, &owner, NULL, &err) != PC_OK) return puts(err.text), 4;
	if (pc_writer_open(argv[1], NULL, &writer, &err) != PC_OK) return puts(err.text), 5;
	if (pc_writer_write(writer, 0, "package", 8) != PC_OK) return 6;
	if (pc_reader_open(argv[1], NULL, &reader, &err) != PC_OK) return puts(err.text), 7;
	if (pc_reader_snapshot(reader, text, sizeof text, NULL) != PC_OK) return 8;
	printf("%s %s %s\n", pc_version(), text, pc_liveness_name(pc_reader_liveness(reader)));
	pc_reader_close(&reader);
	pc_writer_close(&writer);
	pc_owner_close(&owner, 0);
	return 0;
}
