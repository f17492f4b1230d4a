# pagecast_add_plugin(NAME my SOURCES my.c ... [LIBS ...] [INCLUDES ...] [TARGET t])
#
# A plugin for pagecastd: my.so (my.dll), a module that exports `pagecast_plugin` and imports nothing from pagecast. TARGET
# is my unless given. Part of the installed package, after find_package(Pagecast); pagecast's own plugins are built by it
# as well. Put the file into a folder of the configuration's `plugin_path`, or install it to PAGECAST_PLUGIN_DIR.
function(pagecast_add_plugin)
  cmake_parse_arguments(P "" "NAME;TARGET" "SOURCES;LIBS;INCLUDES" ${ARGN})
  if(NOT P_NAME OR NOT P_SOURCES)
    message(FATAL_ERROR "pagecast_add_plugin: NAME and SOURCES are needed")
  endif()
  if(NOT P_TARGET)
    set(P_TARGET ${P_NAME})
  endif()
  add_library(${P_TARGET} MODULE ${P_SOURCES})
  target_link_libraries(${P_TARGET} PRIVATE Pagecast::headers ${P_LIBS})
  target_include_directories(${P_TARGET} PRIVATE ${P_INCLUDES})
  set_target_properties(${P_TARGET} PROPERTIES OUTPUT_NAME ${P_NAME} PREFIX "" C_VISIBILITY_PRESET hidden
                        CXX_VISIBILITY_PRESET hidden)
  if(CMAKE_SYSTEM_NAME STREQUAL Linux AND NOT PC_SANITIZE)
    # What is missing shows when it is linked, not when the daemon loads it; what it brings along stays inside.
    target_link_options(${P_TARGET} PRIVATE -Wl,--no-undefined -Wl,--exclude-libs,ALL)
  endif()
endfunction()

# pagecast_add_plugin_tests(TARGET my CONFIG my.yaml [ROUNDS n])
#
# CTests of a plugin, after enable_testing(): my.check, pagecastd finds the plugin sound and the configuration right; my.trial, `pagecast
# plugin test` finds no fault, in 200 rounds unless given, with the regions and options of the configuration. Built for another system
# they are run by CMAKE_CROSSCOMPILING_EMULATOR, and without one left out.
function(pagecast_add_plugin_tests)
  cmake_parse_arguments(P "" "TARGET;CONFIG;ROUNDS" "" ${ARGN})
  if(NOT P_TARGET OR NOT P_CONFIG)
    message(FATAL_ERROR "pagecast_add_plugin_tests: TARGET and CONFIG are needed")
  endif()
  if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
    return()
  endif()
  get_filename_component(config ${P_CONFIG} ABSOLUTE)
  add_test(NAME ${P_TARGET}.check COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} ${PAGECAST_DAEMON} --plugin-path
           $<TARGET_FILE_DIR:${P_TARGET}> --check ${config})
  if(NOT P_ROUNDS)
    set(P_ROUNDS 200)
  endif()
  add_test(NAME ${P_TARGET}.trial COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} ${PAGECAST_COMMAND} plugin test
           $<TARGET_FILE:${P_TARGET}> --rounds ${P_ROUNDS} --config ${config})
  set_tests_properties(${P_TARGET}.check PROPERTIES TIMEOUT 60)
  set_tests_properties(${P_TARGET}.trial PROPERTIES TIMEOUT 300)
endfunction()
