# What `cmake --install` puts where: library, headers, CMake and pkg-config packages, configuration. Daemon, command line
# and plugins install themselves where they are defined.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Pagecast)

install(TARGETS pagecast_shared pagecast_static pagecast_headers EXPORT PagecastTargets
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(DIRECTORY include/pagecast DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN *.h)
install(EXPORT PagecastTargets NAMESPACE Pagecast:: DESTINATION ${package_dir} COMPONENT development)

configure_package_config_file(cmake/PagecastConfig.cmake.in ${PROJECT_BINARY_DIR}/PagecastConfig.cmake
                              INSTALL_DESTINATION ${package_dir} PATH_VARS PC_INSTALL_PLUGIN_DIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/PagecastConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/PagecastConfig.cmake ${PROJECT_BINARY_DIR}/PagecastConfigVersion.cmake
              cmake/PagecastPlugin.cmake DESTINATION ${package_dir} COMPONENT development)

file(RELATIVE_PATH PC_PREFIX_FROM_PC /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/pagecast.pc.in ${PROJECT_BINARY_DIR}/pagecast.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pagecast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

install(DIRECTORY config/ DESTINATION ${PC_INSTALL_CONFIG_DIR})
if(NOT WIN32)
  install(FILES packaging/grafana/pagecast.json DESTINATION ${CMAKE_INSTALL_DATADIR}/pagecast/grafana)
  install(FILES packaging/man/pagecast.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES packaging/man/pagecast.yaml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
  install(FILES packaging/man/pagecast-plugin.7 DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)
  install(FILES packaging/man/pagecastd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
  install(FILES packaging/completion/_pagecast DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
endif()
