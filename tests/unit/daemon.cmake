# unit/daemon_*.c link the daemon without its main().
set(EXTRA_LIBS pcd_daemon)
