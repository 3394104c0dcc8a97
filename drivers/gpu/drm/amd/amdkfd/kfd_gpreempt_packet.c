// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: what a queue's next packet waits for, as far as it says itself.
 *
 * A barrier packet waits for signals, whoever has the compute units, and programs
 * put one before a kernel that needs another queue's result. To take BE off for it
 * helps nobody, and holds LC up if the result is BE's.
 *
 * Packet and signals are in the program's memory. They are read as the program
 * would read them, with page faults off: what is not there now is not known. What
 * is read is the program's word: nothing but for whom BE is preempted may depend
 * on it.
 */
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>

#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/*
 * HSA Platform System Architecture Specification 1.2, "Architected Queuing Language
 * (AQL)": sizes, the types and the barrier packets.
 */
#define PACKET_BYTES		64
#define HEADER_TYPE		0xff
#define DEP_SIGNALS		5

enum packet_type {
	TYPE_VENDOR_SPECIFIC = 0,
	TYPE_BARRIER_AND = 3,
	TYPE_BARRIER_OR = 5,
};

struct barrier_packet {
	u16 header;
	u16 reserved0;
	u32 reserved1;
	u64 dep_signal[DEP_SIGNALS];
	u64 reserved2;
	u64 completion_signal;
};

/* hsa_ext_amd.h of ROCr: hsa_amd_barrier_value_packet_t */
#define AMD_FORMAT_BARRIER_VALUE	2

enum barrier_condition { COND_EQ, COND_NE, COND_LT, COND_GTE };

struct barrier_value_packet {
	u16 header;
	u8 amd_format;
	u8 reserved0;
	u32 reserved1;
	u64 signal;
	s64 value;
	s64 mask;
	u32 cond;
	u32 reserved2;
	u64 reserved3[2];
	u64 completion_signal;
};

union packet {
	u16 header;
	struct barrier_packet barrier;
	struct barrier_value_packet barrier_value;
};

static_assert(sizeof(union packet) == PACKET_BYTES);

/* amd_hsa_signal.h of ROCr: amd_signal_t has its value behind its kind. */
#define SIGNAL_VALUE	8

static bool read_signal(u64 signal, s64 *value)
{
	return !copy_from_user_nofault(value,
				       u64_to_user_ptr(signal + SIGNAL_VALUE),
				       sizeof(*value));
}

/* All of its signals have to be 0, or @any; of none it does not wait. */
static bool barrier_waits(const struct barrier_packet *packet, bool any)
{
	u32 left = 0, done = 0;
	s64 value;
	int i;

	for (i = 0; i < DEP_SIGNALS; i++) {
		if (!packet->dep_signal[i])
			continue;
		if (!read_signal(packet->dep_signal[i], &value))
			return false;
		if (value)
			left++;
		else
			done++;
	}
	return any ? left && !done : left;
}

static bool barrier_value_waits(const struct barrier_value_packet *packet)
{
	s64 value;

	if (!packet->signal || !read_signal(packet->signal, &value))
		return false;

	value &= packet->mask;
	switch (packet->cond) {
	case COND_EQ:
		return value != packet->value;
	case COND_NE:
		return value == packet->value;
	case COND_LT:
		return value >= packet->value;
	case COND_GTE:
		return value < packet->value;
	default:
		return false;
	}
}

static bool packet_waits(const union packet *packet)
{
	switch (packet->header & HEADER_TYPE) {
	case TYPE_BARRIER_AND:
		return barrier_waits(&packet->barrier, false);
	case TYPE_BARRIER_OR:
		return barrier_waits(&packet->barrier, true);
	case TYPE_VENDOR_SPECIFIC:
		return packet->barrier_value.amd_format == AMD_FORMAT_BARRIER_VALUE &&
		       barrier_value_waits(&packet->barrier_value);
	default:
		return false;
	}
}

/* amdkfd makes sure that the size of a ring is a power of two, or 0. */
static const void __user *packet_at(const struct queue_properties *properties,
				    u64 rptr)
{
	u64 packets = properties->queue_size / PACKET_BYTES;

	return packets ? u64_to_user_ptr(properties->queue_address +
					 (rptr & (packets - 1)) * PACKET_BYTES) :
			 NULL;
}

/**
 * kfd_gpreempt_waits_at_barrier() - does a queue wait for signals at a barrier packet?
 * @q: an AQL queue, or another one
 * @rptr: its read pointer
 *
 * Reads the packet and up to five signals, from the program's memory.
 *
 * Context: the node's worker; dqm lock held.
 *
 * Return: true if the packet at @rptr is a barrier whose signals are not there yet;
 * false if it is another one, or can't be read.
 */
bool kfd_gpreempt_waits_at_barrier(const struct queue *q, u64 rptr)
{
	const void __user *from = packet_at(&q->properties, rptr);
	union packet packet;
	struct mm_struct *mm;
	bool waits = false;

	if (q->properties.format != KFD_QUEUE_FORMAT_AQL || !from ||
	    !(current->flags & PF_KTHREAD))
		return false;

	mm = get_task_mm(q->process->lead_thread);
	if (!mm)
		return false;

	kthread_use_mm(mm);
	if (!copy_from_user_nofault(&packet, from, sizeof(packet)))
		waits = packet_waits(&packet);
	kthread_unuse_mm(mm);
	/* If it is the last one, the process' end needs the dqm lock. */
	mmput_async(mm);
	return waits;
}
