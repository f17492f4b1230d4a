// The same in C++: every public header, and one call that fails as it should.
#include <pagecast/control.h>
#include <pagecast/layout.h>
#include <pagecast/plugin.h>
#include <pagecast/reader.h>
#include <pagecast/status.h>
#include <pagecast/win32.h>
#include <pagecast/writer.h>

#include <cstdio>

int main(int argc, char **argv)
{
	pc_reader *reader = nullptr;
	pc_err err;
	if (argc != 2) return 2;
	const pc_status status = pc_reader_open(argv[1], nullptr, &reader, &err);
	std::printf("%s %s\n", pc_version(), pc_status_name(status));
	pc_reader_close(&reader);
	return OpenFileMappingA(FILE_MAP_READ, FALSE, argv[1]) != nullptr;
}
