/* daemon/win32/control.h - what may be asked of the daemon, by whoever is told first. */
#ifndef PCD_WIN32_CONTROL_H
#define PCD_WIN32_CONTROL_H
#include <stdbool.h>

enum pcd_control { PCD_CONTROL_STOP, PCD_CONTROL_RELOAD, PCD_CONTROL_DUMP, PCD_CONTROLS };

/** Leave a request for the loop. @param from  static, or as long-lived as the daemon. @return false: it stops already. [any thread] (signals.c) */
bool pcd_control_raise(enum pcd_control control, const char *from);

#endif
