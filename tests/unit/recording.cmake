# Recordings as files and in memory.
set(EXTRA_LIBS pagecast_recording)
