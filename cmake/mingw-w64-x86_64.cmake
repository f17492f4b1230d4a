# Debian's mingw-w64 (posix threads) -> 64-bit Windows, tests under Wine. PC_DEPS_PREFIX: what scripts/windows-deps.sh built;
# asked for if it is not given.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(triple x86_64-w64-mingw32)
find_program(PC_MINGW_CC NAMES ${triple}-gcc-posix ${triple}-gcc REQUIRED)
set(CMAKE_C_COMPILER ${PC_MINGW_CC})
# msgpack-c 4.0 asks for a C++ compiler that it does not use.
set(CMAKE_CXX_COMPILER ${PC_MINGW_CC})
set(CMAKE_CXX_COMPILER_FORCED ON)
set(CMAKE_RC_COMPILER ${triple}-windres)

if(NOT PC_DEPS_PREFIX)
  execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/../scripts/windows-deps.sh --where
                  OUTPUT_VARIABLE PC_DEPS_PREFIX OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(PC_DEPS_PREFIX ${PC_DEPS_PREFIX} CACHE PATH "Libraries built for Windows")
endif()

# Only the compiler's own tree and that prefix answer find_*; programs are the build machine's.
set(CMAKE_FIND_ROOT_PATH /usr/${triple} ${PC_DEPS_PREFIX})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${PC_DEPS_PREFIX}/lib/pkgconfig)
# libgcc and winpthread go inside: a folder of ours is complete.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_SHARED_LINKER_FLAGS_INIT -static)
set(CMAKE_MODULE_LINKER_FLAGS_INIT -static)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PC_DEPS_PREFIX)

# Not /usr/bin/wine, which is a script that prints a hint.
find_program(PC_WINE NAMES wine64 wine PATHS /usr/lib/wine NO_DEFAULT_PATH)
if(PC_WINE)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${PC_WINE})
endif()
