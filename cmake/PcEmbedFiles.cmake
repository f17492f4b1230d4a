# Writes files as a C table: cmake -DFOLDER=plugins/_template -DFILES=a,b -DOUT=x.c -DHEADER=x.h -DTYPE=t -DTABLE=table -P PcEmbedFiles.cmake
# The table's rows are {name, bytes, number of bytes}; it ends at a row of zeroes.
cmake_minimum_required(VERSION 3.20)

string(REPLACE "," ";" names "${FILES}")
set(bodies "")
set(rows "")
set(number 0)
foreach(name ${names})
  file(READ ${FOLDER}/${name} hex HEX)
  string(LENGTH "${hex}" bytes)
  math(EXPR bytes "${bytes} / 2")
  # 24 bytes a line
  string(REGEX REPLACE "(................................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND bodies "static const unsigned char file_${number}[] = {\n${hex}0};\n")
  string(APPEND rows "\t{\"${name}\", file_${number}, ${bytes}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT}.new "/* Made by PcEmbedFiles.cmake. */\n#include \"${HEADER}\"\n\n${bodies}\nconst ${TYPE} ${TABLE}[] = {\n${rows}\t{0},\n};\n")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUT}.new ${OUT})
