# Writes files as a C table: cmake -DFOLDER=plugins/_template -DFILES=a,b -DOUT=x.c -DHEADER=x.h -DTYPE=t -DTABLE=table -P PcEmbedFiles.cmake
# The table's rows are {name, bytes, number of bytes}; it ends at a row of zeroes.
cmake_minimum_required(VERSION 3.20)
include(${CMAKE_CURRENT_LIST_DIR}/PcBytes.cmake)

string(REPLACE "," ";" names "${FILES}")
set(bodies "")
set(rows "")
set(number 0)
foreach(name ${names})
  pc_bytes(${FOLDER}/${name} file_${number} body bytes)
  string(APPEND bodies "${body}")
  string(APPEND rows "\t{\"${name}\", file_${number}, ${bytes}},\n")
  math(EXPR number "${number} + 1")
endforeach()
pc_write_made(${OUT} "/* Made by PcEmbedFiles.cmake. */\n#include \"${HEADER}\"\n\n${bodies}\nconst ${TYPE} ${TABLE}[] = {\n${rows}\t{0},\n};\n")
