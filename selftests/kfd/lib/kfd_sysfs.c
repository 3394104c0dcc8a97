// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kfd_lib.h"

/**
 * kfd_file_read() - read a whole small file
 * @path: file
 * @buf: text, always terminated
 * @size: of @buf; what does not fit is left out
 *
 * Return: length of the text, or a negative errno.
 */
int kfd_file_read(const char *path, char *buf, size_t size)
{
	size_t len = 0;
	int fd, ret = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (len + 1 < size) {
		ssize_t n = read(fd, buf + len, size - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		if (n <= 0)
			break;
		len += n;
	}
	buf[len] = '\0';
	close(fd);
	return ret ? ret : (int)len;
}

/**
 * kfd_file_write() - write to an attribute with one write()
 * @path: file
 * @buf: what to write
 * @len: bytes
 *
 * Return: 0; the negative errno of the write; -EIO when it was short.
 */
int kfd_file_write(const char *path, const char *buf, size_t len)
{
	int fd, ret = 0;
	ssize_t n;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, buf, len);
	if (n < 0)
		ret = -errno;
	else if ((size_t)n != len)
		ret = -EIO;
	close(fd);
	return ret;
}

/**
 * kfd_table_find() - find a value in lines of "name value"
 * @text: the table; a colon after the name is accepted
 * @name: which line
 * @value: result
 *
 * Return: 0; -ENOENT without such a line; -EINVAL when it has no number.
 */
int kfd_table_find(const char *text, const char *name, __u64 *value)
{
	size_t len = strlen(name);
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		char *end;

		if (*line == '\n')
			line++;
		if (strncmp(line, name, len) ||
		    (line[len] != ' ' && line[len] != ':'))
			continue;
		line += len + (line[len] == ':');
		*value = strtoull(line, &end, 0);
		return end == line ? -EINVAL : 0;
	}
	return -ENOENT;
}

/**
 * kfd_pasid() - what the GPU calls this process
 * @pasid: result
 *
 * Return: 0; -ENOENT before the process has opened /dev/kfd; another negative errno.
 */
int kfd_pasid(__u32 *pasid)
{
	char path[64], text[32];
	int ret;

	snprintf(path, sizeof(path), KFD_PROCESSES "/%d/pasid", getpid());
	ret = kfd_file_read(path, text, sizeof(text));
	if (ret < 0)
		return ret;
	*pasid = strtoul(text, NULL, 10);
	return 0;
}

/* Tests call a knob by its name, whichever of the two directories it is in. */
static void knob_path(char *path, size_t size, unsigned int node,
		      const char *knob)
{
	snprintf(path, size, KFD_TOPOLOGY "/%u/gpreempt/tuning/%s", node, knob);
	if (strchr(knob, '/') || access(path, F_OK))
		snprintf(path, size, KFD_TOPOLOGY "/%u/gpreempt/%s", node,
			 knob);
}

/**
 * kfd_knob_read() - text of a gpreempt attribute, without the newline
 * @node: topology node
 * @knob: file name below the node's gpreempt directory
 * @buf: text
 * @size: of @buf
 *
 * Return: length, or a negative errno.
 */
int kfd_knob_read(unsigned int node, const char *knob, char *buf, size_t size)
{
	char path[384];
	int ret;

	knob_path(path, sizeof(path), node, knob);
	ret = kfd_file_read(path, buf, size);
	if (ret > 0 && buf[ret - 1] == '\n')
		buf[--ret] = '\0';
	return ret;
}

/**
 * kfd_knob_write() - write text to a gpreempt attribute
 * @node: topology node
 * @knob: file name
 * @text: as is
 *
 * Return: 0 or a negative errno.
 */
int kfd_knob_write(unsigned int node, const char *knob, const char *text)
{
	char path[384];

	knob_path(path, sizeof(path), node, knob);
	return kfd_file_write(path, text, strlen(text));
}

/**
 * kfd_knob_get() - number in a gpreempt attribute
 * @node: topology node
 * @knob: file name
 * @value: result
 *
 * Return: 0; -EINVAL when the file holds no number; another negative errno.
 */
int kfd_knob_get(unsigned int node, const char *knob, __u64 *value)
{
	char buf[64], *end;
	int ret;

	ret = kfd_knob_read(node, knob, buf, sizeof(buf));
	if (ret < 0)
		return ret;
	*value = strtoull(buf, &end, 0);
	return end == buf || *end ? -EINVAL : 0;
}

/**
 * kfd_knob_set() - write a number to a gpreempt attribute
 * @node: topology node
 * @knob: file name
 * @value: number
 *
 * Return: 0 or a negative errno.
 */
int kfd_knob_set(unsigned int node, const char *knob, __u64 value)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%llu\n", value);
	return kfd_knob_write(node, knob, buf);
}

/**
 * kfd_knob_wait_state() - wait until gpreempt's state begins with a word
 * @node: topology node
 * @state: for example "preempted"
 * @timeout_ms: give up after this long
 *
 * Return: 0; -ETIMEDOUT; another negative errno.
 */
int kfd_knob_wait_state(unsigned int node, const char *state,
			unsigned int timeout_ms)
{
	__u64 end = kfd_now_ns() + timeout_ms * 1000000ULL;
	char buf[128];
	int ret;

	for (;;) {
		ret = kfd_knob_read(node, "state", buf, sizeof(buf));
		if (ret < 0)
			return ret;
		if (!strncmp(buf, state, strlen(state)))
			return 0;
		if (kfd_now_ns() >= end)
			return -ETIMEDOUT;
		usleep(100);
	}
}

/**
 * kfd_knob_wait_above() - wait until a number that grows exceeds another
 * @node: topology node
 * @knob: for example "stats/preemptions", which is counted when it is over
 * @than: the other number
 * @timeout_ms: give up after this long
 *
 * Return: 0; -ETIMEDOUT; another negative errno.
 */
int kfd_knob_wait_above(unsigned int node, const char *knob, __u64 than,
			unsigned int timeout_ms)
{
	__u64 end = kfd_now_ns() + timeout_ms * 1000000ULL;
	__u64 value;
	int ret;

	for (;;) {
		ret = kfd_knob_get(node, knob, &value);
		if (ret < 0)
			return ret;
		if (value > than)
			return 0;
		if (kfd_now_ns() >= end)
			return -ETIMEDOUT;
		usleep(100);
	}
}

/* "default" of a knob, written back to it */
static int knob_restore(unsigned int node, const char *knob)
{
	char file[300], text[256];
	int ret;

	snprintf(file, sizeof(file), ".defaults/%s", knob);
	ret = kfd_knob_read(node, file, text, sizeof(text));
	return ret < 0 ? ret : kfd_knob_write(node, knob, text);
}

/**
 * kfd_knobs_reset() - set all gpreempt knobs of a node to their defaults
 * @node: topology node
 *
 * "enable" is first: what the others mean to a running scheduler is over then.
 *
 * Return: 0 or the first negative errno.
 */
int kfd_knobs_reset(unsigned int node)
{
	struct dirent *entry;
	char path[128];
	DIR *dir;
	int ret;

	ret = knob_restore(node, "enable");
	if (ret)
		return ret;
	snprintf(path, sizeof(path), KFD_TOPOLOGY "/%u/gpreempt/.defaults",
		 node);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			ret = knob_restore(node, entry->d_name);
	}
	closedir(dir);
	return ret;
}

/**
 * kfd_knob_poll_state() - let poll() wake us until a state is reached
 * @fd: the file "state", opened for reading
 * @state: what it has to begin with
 * @timeout_ms: give up when poll() has been silent for this long
 *
 * Return: 0; -ETIMEDOUT; another negative errno.
 */
int kfd_knob_poll_state(int fd, const char *state, unsigned int timeout_ms)
{
	struct pollfd poller = { .fd = fd, .events = POLLPRI };
	char buf[128];
	ssize_t len;
	int ret;

	for (;;) {
		len = pread(fd, buf, sizeof(buf) - 1, 0);
		if (len < 0)
			return -errno;
		buf[len] = '\0';
		if (!strncmp(buf, state, strlen(state)))
			return 0;
		ret = poll(&poller, 1, timeout_ms);
		if (ret < 0 && errno != EINTR)
			return -errno;
		if (!ret)
			return -ETIMEDOUT;
	}
}

static void process_path(char *path, size_t size, int pid, int qid,
			 const char *file)
{
	if (qid < 0)
		snprintf(path, size, KFD_PROCESSES "/%d/gpreempt/%s", pid,
			 file);
	else
		snprintf(path, size, KFD_PROCESSES "/%d/queues/%d/gpreempt/%s",
			 pid, qid, file);
}

/**
 * kfd_process_read() - a gpreempt file of a process or a queue, all its text
 * @pid: process
 * @qid: queue; negative for the process itself
 * @file: name
 * @buf: text
 * @size: of @buf
 *
 * Return: length, or a negative errno.
 */
int kfd_process_read(int pid, int qid, const char *file, char *buf,
		     size_t size)
{
	char path[192];

	process_path(path, sizeof(path), pid, qid, file);
	return kfd_file_read(path, buf, size);
}

/**
 * kfd_process_write() - write to a gpreempt file of a process or a queue
 * @pid: process
 * @qid: queue; negative for the process itself
 * @file: name
 * @text: as is
 *
 * Return: 0 or a negative errno.
 */
int kfd_process_write(int pid, int qid, const char *file, const char *text)
{
	char path[192];

	process_path(path, sizeof(path), pid, qid, file);
	return kfd_file_write(path, text, strlen(text));
}

/**
 * kfd_process_stat() - a gpreempt counter of a process or a queue
 * @pid: process
 * @qid: queue; negative for the process itself
 * @name: below stats/
 * @value: result
 *
 * Return: 0; -EINVAL when the file holds no number; another negative errno.
 */
int kfd_process_stat(int pid, int qid, const char *name, __u64 *value)
{
	char file[64], buf[64], *end;
	int ret;

	snprintf(file, sizeof(file), "stats/%s", name);
	ret = kfd_process_read(pid, qid, file, buf, sizeof(buf));
	if (ret < 0)
		return ret;
	*value = strtoull(buf, &end, 0);
	return end == buf || *end != '\n' ? -EINVAL : 0;
}

static void debug_path(char *path, size_t size, __u32 gpu_id, const char *file)
{
	snprintf(path, size, "/sys/kernel/debug/kfd/gpreempt/%u/%s", gpu_id,
		 file);
}

/**
 * kfd_debug_read() - read a file of gpreempt's debugfs directory of a node
 * @gpu_id: which node
 * @file: name
 * @buf: text
 * @size: of @buf
 *
 * Return: length, or a negative errno.
 */
int kfd_debug_read(__u32 gpu_id, const char *file, char *buf, size_t size)
{
	char path[128];

	debug_path(path, sizeof(path), gpu_id, file);
	return kfd_file_read(path, buf, size);
}

/**
 * kfd_debug_write() - write to a file of gpreempt's debugfs directory
 * @gpu_id: which node
 * @file: name
 * @text: what
 *
 * Return: 0 or a negative errno.
 */
int kfd_debug_write(__u32 gpu_id, const char *file, const char *text)
{
	char path[128];

	debug_path(path, sizeof(path), gpu_id, file);
	return kfd_file_write(path, text, strlen(text));
}

/**
 * kfdsim_required() - make sure that the GPU is a simulated one
 *
 * To be asked before a simulated kernel is dispatched: hardware would take its
 * description for the address of code, and execute what is there.
 *
 * Return: 0, or -EOPNOTSUPP.
 */
int kfdsim_required(void)
{
	return access("/sys/module/kfdsim", F_OK) ? -EOPNOTSUPP : 0;
}

/**
 * kfdsim_read() - read a file of a simulated GPU's debugfs directory
 * @sim: number of the device
 * @file: name
 * @buf: text
 * @size: of @buf
 *
 * Return: length, or a negative errno.
 */
int kfdsim_read(unsigned int sim, const char *file, char *buf, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/kfdsim/%u/%s", sim,
		 file);
	return kfd_file_read(path, buf, size);
}

/**
 * kfdsim_write() - write to a file of a simulated GPU's debugfs directory
 * @sim: number of the device
 * @file: name
 * @text: what
 *
 * Return: 0 or a negative errno.
 */
int kfdsim_write(unsigned int sim, const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/kfdsim/%u/%s", sim,
		 file);
	return kfd_file_write(path, text, strlen(text));
}

/**
 * kfdsim_evict() - have this process evicted, and restored some time later
 * @sim: number of a device that it uses
 *
 * Return: 0 when the eviction is on its way; a negative errno.
 */
int kfdsim_evict(unsigned int sim)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", getpid());
	return kfdsim_write(sim, "evict", text);
}

/**
 * kfdsim_stat() - one counter of a simulated GPU
 * @sim: number of the device
 * @name: counter
 * @value: result
 *
 * Return: 0; -ENOENT without such a counter; another negative errno.
 */
int kfdsim_stat(unsigned int sim, const char *name, __u64 *value)
{
	char buf[8192];
	int ret;

	ret = kfdsim_read(sim, "stats", buf, sizeof(buf));
	if (ret < 0)
		return ret;
	return kfd_table_find(buf, name, value);
}
