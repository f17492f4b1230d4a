set(EXTRA_LIBS pcl_layout)
