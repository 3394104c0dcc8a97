/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef KFD_GPREEMPT_DEBUGFS_H_INCLUDED
#define KFD_GPREEMPT_DEBUGFS_H_INCLUDED

#include <linux/types.h>

struct kfd_node;
struct queue;
struct seq_file;

bool kfd_gpreempt_mqd_is_known(const struct kfd_node *node);
void kfd_gpreempt_mqd_show(struct seq_file *m, struct queue *q);

#endif
