/* daemon/main.h - between main(), which each system begins in its own way, and the options. */
#ifndef PCD_MAIN_H
#define PCD_MAIN_H

/** pagecastd with its arguments in UTF-8. @return exit status */
int pcd_main(int argc, char **argv);
/** Lines of --help: how this system's daemon is told to stop and to reload. */
extern const char pcd_usage_of_system[];

#endif
