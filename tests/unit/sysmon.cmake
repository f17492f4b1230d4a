# The plugin itself, with its one exported symbol, against a host made by the test.
file(GLOB EXTRA_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/plugins/sysmon/*.c ${PROJECT_SOURCE_DIR}/plugins/sysmon/${PC_HALF}/*.c)
set(EXTRA_INCLUDES ${PROJECT_SOURCE_DIR}/plugins/sysmon)
if(WIN32)
  set(EXTRA_LIBS iphlpapi psapi advapi32 ntdll)
endif()
