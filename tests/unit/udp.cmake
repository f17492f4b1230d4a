# Feeds and filters, without the plugin.
set(EXTRA_SOURCES ${PROJECT_SOURCE_DIR}/plugins/udp/feed.c ${PROJECT_SOURCE_DIR}/plugins/udp/filter.c
                  ${PROJECT_SOURCE_DIR}/plugins/udp/${PC_HALF}/socket.c)
set(EXTRA_INCLUDES ${PROJECT_SOURCE_DIR}/plugins/udp)
if(WIN32)
  set(EXTRA_LIBS ws2_32 iphlpapi)
endif()
