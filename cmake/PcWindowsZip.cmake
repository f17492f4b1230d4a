# The zip for Windows: one folder, to copy anywhere; `cpack -G ZIP` in a Windows build. The programs, DLL, headers and configurations
# are there by PcInstall; here comes what somebody wants who has nothing but the folder.
install(PROGRAMS packaging/windows/demo.cmd DESTINATION .)
install(FILES README.md CHANGELOG.md DESTINATION .)
install(FILES LICENSE DESTINATION . RENAME LICENSE.txt)
install(DIRECTORY docs DESTINATION . PATTERN docs/decisions EXCLUDE)

install(TARGETS fork_server fork_client fork_client_live writer share_section hand_over DESTINATION examples)
install(DIRECTORY examples DESTINATION . FILES_MATCHING PATTERN *.c PATTERN *.h)

# Notices of what is linked into the files; a build that brings its own libraries has its own notices.
if(EXISTS "${PC_DEPS_PREFIX}/licences")
  install(DIRECTORY ${PC_DEPS_PREFIX}/licences DESTINATION .)
  install(FILES /usr/share/doc/mingw-w64-x86-64-dev/copyright DESTINATION licences RENAME mingw-w64.txt)
endif()

set(CPACK_GENERATOR ZIP)
set(CPACK_PACKAGE_NAME pagecast)
set(CPACK_PACKAGE_FILE_NAME pagecast-${PROJECT_VERSION}-win64)
set(CPACK_PACKAGE_VENDOR "the pagecast authors")
set(CPACK_STRIP_FILES ON)
include(CPack)
