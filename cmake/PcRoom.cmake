# A room is one folder, one CMake target, and the rooms it may use. The order is a strict DAG: what a room
# does not name in USES is not on its include path beyond include/, and tests/rooms.py checks the rest.
#
#   pc_room(NAME base DIR lib/base USES ... LIBS ...)
#
# builds every .c of DIR as object library pc_NAME. posix/ or win32/ below it joins in by platform.

if(MSVC)
  set(PC_WARNINGS /W4 /utf-8)
  set(werror /WX)
else()
  set(PC_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes)
  set(werror -Werror)
  if(MINGW)
    list(APPEND PC_WARNINGS -Wno-float-conversion) # isnan() and its like convert in branches that are not taken
  endif()
endif()
if(PC_WERROR)
  list(APPEND PC_WARNINGS ${werror})
endif()

# The half of a room that this system compiles.
if(WIN32)
  set(PC_HALF win32)
else()
  set(PC_HALF posix)
endif()

# What every target of ours compiles and links with.
add_library(pc_flags INTERFACE)
target_compile_options(pc_flags INTERFACE ${PC_WARNINGS})
target_include_directories(pc_flags INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
target_compile_definitions(pc_flags INTERFACE PC_VERSION="${PROJECT_VERSION}")
if(WIN32)
  # <windows.h> without its old sockets, and without min().
  target_compile_definitions(pc_flags INTERFACE WIN32_LEAN_AND_MEAN NOMINMAX _CRT_SECURE_NO_WARNINGS)
endif()
if(PC_STRICT_ATOMICS)
  target_compile_definitions(pc_flags INTERFACE PC_STRICT_ATOMICS=1)
endif()
if(PC_SANITIZE)
  target_compile_options(pc_flags INTERFACE -fsanitize=${PC_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(pc_flags INTERFACE -fsanitize=${PC_SANITIZE})
  if(PC_SANITIZE MATCHES thread AND CMAKE_C_COMPILER_ID STREQUAL GNU)
    # gcc says that TSan does not model fences. The strict-atomics build needs none: its shared words are atomic.
    target_compile_options(pc_flags INTERFACE -Wno-tsan)
  endif()
endif()

function(pc_room)
  cmake_parse_arguments(R "" "NAME;DIR" "USES;LIBS" ${ARGN})
  set(dir ${PROJECT_SOURCE_DIR}/${R_DIR})
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.c ${dir}/${PC_HALF}/*.c)
  add_library(pc_${R_NAME} OBJECT ${sources})
  target_link_libraries(pc_${R_NAME} PRIVATE pc_flags ${R_LIBS})
  # Headers are named from the tree's root of rooms: "base/cursor.h", "config/config.h", "wire/wire.h".
  get_filename_component(root ${dir} DIRECTORY)
  target_include_directories(pc_${R_NAME} PUBLIC ${root})
  foreach(used ${R_USES})
    target_link_libraries(pc_${R_NAME} PUBLIC $<TARGET_PROPERTY:pc_${used},INTERFACE_LINK_LIBRARIES>)
    target_include_directories(pc_${R_NAME} PUBLIC $<TARGET_PROPERTY:pc_${used},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
endfunction()

# pc_plugin(NAME sysmon SOURCES ... LIBS ... INCLUDES ...): one of our own plugins, in build/<preset>/plugins; built as
# everybody's, under our warnings.
function(pc_plugin)
  cmake_parse_arguments(P "" "NAME" "SOURCES;LIBS;INCLUDES" ${ARGN})
  pagecast_add_plugin(NAME ${P_NAME} TARGET plugin_${P_NAME} SOURCES ${P_SOURCES} LIBS pc_flags ${P_LIBS}
                      INCLUDES ${P_INCLUDES})
  set_target_properties(plugin_${P_NAME} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PC_PLUGIN_OUTPUT_DIRECTORY})
  install(TARGETS plugin_${P_NAME} DESTINATION ${PC_INSTALL_PLUGIN_DIR})
  set_property(GLOBAL APPEND PROPERTY PC_OWN_PLUGINS ${P_NAME})
endfunction()
