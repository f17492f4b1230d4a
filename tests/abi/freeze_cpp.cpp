// What C++ makes of the same headers: the same bytes.
#include "freeze.h"

int main()
{
	int differences = frozen_differences(frozen_plugin, FROZEN_COUNT(frozen_plugin));
	differences += frozen_differences(frozen_control, FROZEN_COUNT(frozen_control));
	return differences ? 1 : 0;
}
