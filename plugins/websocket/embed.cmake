# Writes the dashboard's files as a C table: cmake -DFOLDER=web/dist -DOUT=assets.c -P embed.cmake
cmake_minimum_required(VERSION 3.20)

set(types
    html "text/html; charset=utf-8" js "text/javascript; charset=utf-8" css "text/css; charset=utf-8" svg "image/svg+xml"
    png "image/png" ico "image/x-icon" woff2 "font/woff2" json "application/json" txt "text/plain; charset=utf-8"
    webmanifest "application/manifest+json" map "application/json")

file(GLOB_RECURSE names RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT names)
set(bodies "")
set(rows "")
set(number 0)
foreach(name ${names})
  get_filename_component(extension ${name} LAST_EXT)
  string(REPLACE "." "" extension "${extension}")
  list(FIND types "${extension}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${FOLDER}/${name}: no content type known for .${extension}")
  endif()
  math(EXPR at "${at} + 1")
  list(GET types ${at} type)
  file(READ ${FOLDER}/${name} hex HEX)
  file(SHA256 ${FOLDER}/${name} sum)
  string(SUBSTRING ${sum} 0 32 sum)
  string(LENGTH "${hex}" bytes)
  math(EXPR bytes "${bytes} / 2")
  # 24 bytes a line
  string(REGEX REPLACE "(................................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND bodies "static const unsigned char file_${number}[] = {\n${hex}0};\n")
  string(APPEND rows "\t{\"/${name}\", \"${type}\", \"\\\"${sum}\\\"\", file_${number}, ${bytes}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT}.new "/* Made by embed.cmake. */\n#include \"assets.h\"\n\n${bodies}\nconst ws_asset ws_assets[] = {\n${rows}\t{0},\n};\n")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUT}.new ${OUT})
