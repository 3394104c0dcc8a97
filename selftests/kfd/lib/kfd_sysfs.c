// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
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

static void knob_path(char *path, size_t size, unsigned int node,
		      const char *knob)
{
	snprintf(path, size, KFD_TOPOLOGY "/%u/gpreempt/%s", node, knob);
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
	char path[192];
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
	char path[192];

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
