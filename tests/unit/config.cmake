# unit/config_*.c link the configuration, too.
set(EXTRA_LIBS pcd_config)
