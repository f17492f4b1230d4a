#include "app.h"
void pcd_app_reload(pcd_app *app)
{
	(void)app;
}
