# Writes the dashboard's files as a C table: cmake -DFOLDER=web/dist -DOUT=assets.c -P embed.cmake
cmake_minimum_required(VERSION 3.20)
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/PcBytes.cmake)

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
  file(SHA256 ${FOLDER}/${name} sum)
  string(SUBSTRING ${sum} 0 32 sum)
  pc_bytes(${FOLDER}/${name} file_${number} body bytes)
  string(APPEND bodies "${body}")
  string(APPEND rows "\t{\"/${name}\", \"${type}\", \"\\\"${sum}\\\"\", file_${number}, ${bytes}},\n")
  math(EXPR number "${number} + 1")
endforeach()
pc_write_made(${OUT} "/* Made by embed.cmake. */\n#include \"assets.h\"\n\n${bodies}\nconst ws_asset ws_assets[] = {\n${rows}\t{0},\n};\n")
