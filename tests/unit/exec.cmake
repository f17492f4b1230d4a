# What a program says, without the program.
set(EXTRA_SOURCES ${PROJECT_SOURCE_DIR}/plugins/exec/feed.c)
set(EXTRA_LIBS pagecast_wire)
set(EXTRA_INCLUDES ${PROJECT_SOURCE_DIR}/plugins/exec)
