/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scheduler's thread, and what it costs.
 */
#ifndef GPREEMPT_WORKER_H
#define GPREEMPT_WORKER_H

#include <dirent.h>

#include "gpreempt_test.h"

/* The thread of a node; a negative errno */
static inline int gp_worker_pid(__u32 gpu_id)
{
	char path[64], name[32], text[32];
	struct dirent *entry;
	int pid = -ESRCH;
	DIR *proc = opendir("/proc");

	if (!proc)
		return -errno;
	snprintf(name, sizeof(name), "gpreempt/%u\n", gpu_id);
	while (pid < 0 && (entry = readdir(proc))) {
		if (atoi(entry->d_name) <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/comm",
			 atoi(entry->d_name));
		if (kfd_file_read(path, text, sizeof(text)) > 0 &&
		    !strcmp(text, name))
			pid = atoi(entry->d_name);
	}
	closedir(proc);
	return pid;
}

/* CPU time that a thread has had, in ns; a negative errno */
static inline __s64 gp_cpu_ns(int pid)
{
	char path[64], text[128];
	int ret;

	if (pid < 0)
		return pid;
	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	ret = kfd_file_read(path, text, sizeof(text));
	/* A kernel for finding faults may not count it, and measures nothing. */
	if (ret == -ENOENT && !kfd_test_is_exact())
		return 0;
	return ret < 0 ? ret : strtoll(text, NULL, 0);
}

#endif
