/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: the words that files use for enums and sets.
 *
 * The functions named *_show() write what a file of sysfs shows, with its
 * newline; those named *_parse() read what was written to one.
 */
#ifndef KFD_GPREEMPT_NAMES_H_INCLUDED
#define KFD_GPREEMPT_NAMES_H_INCLUDED

#include "kfd_gpreempt_priv.h"

int kfd_gpreempt_class_show(char *buf, enum kfd_gpreempt_class class);
int kfd_gpreempt_class_parse(const char *buf, enum kfd_gpreempt_class *class);

int kfd_gpreempt_triggers_show(char *buf, u32 triggers);
int kfd_gpreempt_triggers_show_default(char *buf, u32 triggers);
int kfd_gpreempt_triggers_parse(const char *buf, u32 *triggers);

int kfd_gpreempt_policy_show(char *buf, u32 policy);
int kfd_gpreempt_policy_name(u32 policy, char *buf, size_t size);
int kfd_gpreempt_policy_parse(const char *buf, u32 *policy);

int kfd_gpreempt_queue_state_name(const struct queue *q, char separator,
				  char *buf, size_t size);
int kfd_gpreempt_way_parse(const char *word, enum kfd_gpreempt_way *way);

#endif
