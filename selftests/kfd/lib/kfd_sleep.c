// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "kfd_lib.h"

static int write_text(const char *path, const char *text)
{
	return kfd_file_write(path, text, strlen(text));
}

/**
 * kfd_system_sleep() - let the system go to sleep as far as its devices do
 *
 * They are awake again before this returns. Needs CONFIG_PM_DEBUG.
 *
 * Return: 0 or a negative errno.
 */
int kfd_system_sleep(void)
{
	int ret;

	/* What the kernel waits while they are asleep: nothing */
	ret = write_text("/sys/module/suspend/parameters/pm_test_delay", "0");
	if (!ret)
		ret = write_text("/sys/power/pm_test", "devices");
	if (!ret)
		ret = write_text("/sys/power/state", "freeze");
	return ret;
}
