// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include "load.h"
int load_daemon(const struct load_options *opt)
{
	(void)opt;
	fprintf(stderr, "gpreempt-load: daemon: not yet\n");
	return -ENOSYS;
}
