// SPDX-License-Identifier: GPL-2.0
/*
 * Capture of what the driver tells HWS: one line of text for each packet of
 * the HIQ and of each runlist, without times, so that what two builds of the
 * driver send can be compared byte by byte.
 *
 * Costs nothing until "hiq_log_enable" is set to 1. The buffer is bounded; once
 * it is full, the capture ends (and says so), as what is compared has to start
 * at the beginning.
 */
#include <linux/debugfs.h>
#include <linux/vmalloc.h>

#include "kfdsim_hw.h"
#include "kfd_pm4_opcodes.h"

#define HIQ_LOG_BYTES	(4 << 20)

/**
 * struct kfdsim_hiq_log - captured text
 *
 * @lock: protects the rest; nests inside hw->lock
 * @enabled: capture
 * @text: of HIQ_LOG_BYTES, allocated when first enabled
 * @len: bytes of it in use
 */
struct kfdsim_hiq_log {
	struct mutex lock; /* all of this */
	bool enabled;
	char *text;
	size_t len;
};

/* Name of the opcode in @header */
static const char *hiq_opcode_name(u32 header)
{
	switch ((header >> 8) & 0xff) {
	case IT_NOP:
		return "NOP";
	case IT_WRITE_DATA:
		return "WRITE_DATA";
	case IT_SET_RESOURCES:
		return "SET_RESOURCES";
	case IT_MAP_PROCESS:
		return "MAP_PROCESS";
	case IT_MAP_QUEUES:
		return "MAP_QUEUES";
	case IT_UNMAP_QUEUES:
		return "UNMAP_QUEUES";
	case IT_QUERY_STATUS:
		return "QUERY_STATUS";
	case IT_RUN_LIST:
		return "RUN_LIST";
	default:
		return "?";
	}
}

static __printf(2, 3)
void hiq_log_puts(struct kfdsim_hiq_log *log, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log->len += vscnprintf(log->text + log->len, HIQ_LOG_BYTES - log->len,
			       fmt, args);
	va_end(args);
}

/* Capture one packet; @where: "hiq" or "ib". hw->lock is held. */
void kfdsim_hiq_log_packet(struct kfdsim_node *node, const char *where,
			   const u32 *packet, unsigned int dwords)
{
	struct kfdsim_hiq_log *log = node->hw->hiq_log;
	const size_t line = 64 + 9 * dwords;
	unsigned int i;

	if (!log || !READ_ONCE(log->enabled))
		return;
	mutex_lock(&log->lock);
	if (log->enabled && HIQ_LOG_BYTES - log->len < line + 64) {
		hiq_log_puts(log, "full\n");
		log->enabled = false;
	}
	if (log->enabled) {
		hiq_log_puts(log, "%u %s %s", node->id, where,
			     hiq_opcode_name(packet[0]));
		for (i = 0; i < dwords; i++)
			hiq_log_puts(log, " %08x", packet[i]);
		hiq_log_puts(log, "\n");
	}
	mutex_unlock(&log->lock);
}

static ssize_t hiq_log_read(struct file *file, char __user *buf, size_t count,
			    loff_t *ppos)
{
	struct kfdsim_hiq_log *log = file->private_data;
	ssize_t ret;

	mutex_lock(&log->lock);
	ret = simple_read_from_buffer(buf, count, ppos, log->text, log->len);
	mutex_unlock(&log->lock);
	return ret;
}

static const struct file_operations hiq_log_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = hiq_log_read,
	.llseek = default_llseek,
};

static int hiq_log_enable_get(void *data, u64 *value)
{
	struct kfdsim_hiq_log *log = data;

	*value = READ_ONCE(log->enabled);
	return 0;
}

/* 1 starts afresh, 0 keeps what there is */
static int hiq_log_enable_set(void *data, u64 value)
{
	struct kfdsim_hiq_log *log = data;
	char *text = NULL;

	if (value > 1)
		return -EINVAL;
	if (value) {
		text = vzalloc(HIQ_LOG_BYTES);
		if (!text)
			return -ENOMEM;
	}
	mutex_lock(&log->lock);
	if (value) {
		swap(log->text, text);
		log->len = 0;
	}
	log->enabled = value;
	mutex_unlock(&log->lock);
	vfree(text);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(hiq_log_enable_fops, hiq_log_enable_get,
			 hiq_log_enable_set, "%llu\n");

/* Return: the log, or NULL when out of memory: then there are no files */
struct kfdsim_hiq_log *kfdsim_hiq_log_new(struct dentry *dir)
{
	struct kfdsim_hiq_log *log = kzalloc(sizeof(*log), GFP_KERNEL);

	if (!log)
		return NULL;
	mutex_init(&log->lock);
	debugfs_create_file("hiq_log", 0400, dir, log, &hiq_log_fops);
	debugfs_create_file_unsafe("hiq_log_enable", 0600, dir, log,
				   &hiq_log_enable_fops);
	return log;
}

/* The files are gone */
void kfdsim_hiq_log_free(struct kfdsim_hiq_log *log)
{
	if (!log)
		return;
	mutex_destroy(&log->lock);
	vfree(log->text);
	kfree(log);
}
