/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef KFD_GPREEMPT_DEBUGFS_H_INCLUDED
#define KFD_GPREEMPT_DEBUGFS_H_INCLUDED

struct queue;
struct seq_file;

void kfd_gpreempt_mqd_show(struct seq_file *m, struct queue *q);

#endif
