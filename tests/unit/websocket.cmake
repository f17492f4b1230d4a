# The parts of the bridge that need neither a host nor a socket.
set(EXTRA_LIBS websocket_parts)
