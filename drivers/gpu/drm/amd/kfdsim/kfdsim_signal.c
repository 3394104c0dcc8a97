// SPDX-License-Identifier: GPL-2.0
/*
 * Completion signals (amd_signal_t of the HSA runtime's ABI) and end-of-pipe
 * interrupts.
 */
#include "kfdsim_hw.h"

#define SIGNAL_VALUE	8
#define SIGNAL_MAILBOX	16
#define SIGNAL_START_TS	32

struct signal_event {
	__le64 mailbox;
	__le32 event_id;
};

/* Return: 0 and the signal's value, or -EFAULT; the queue has stopped then */
int kfdsim_signal_value(struct kfdsim_hqd *hqd, u64 signal_va, s64 *value)
{
	return kfdsim_hqd_read(hqd, signal_va + SIGNAL_VALUE, value,
			       sizeof(*value));
}

/* Raise an end-of-pipe interrupt if the pipe's are enabled */
void kfdsim_eop_irq(struct kfdsim_hqd *hqd, unsigned int xcc, u32 context_id)
{
	struct kfdsim_node *node = hqd->node;

	if (!(node->irq_mask[xcc] & BIT(hqd->pipe)))
		return;
	node->hw->stats.eop_interrupts++;
	kfdsim_irq_eop(node->hw->sim, node->first_xcc + xcc, hqd->vmid,
		       hqd->pasid, context_id);
}

/*
 * Complete @signal_va: timestamps, then the value, then the event, so that
 * whoever sees one sees those before it. @end_ns 0: no timestamps (barriers).
 */
void kfdsim_signal_send(struct kfdsim_hqd *hqd, u64 signal_va, u64 start_ns,
			u64 end_ns)
{
	u64 ts[2] = { KFDSIM_GPU_TICKS(start_ns), KFDSIM_GPU_TICKS(end_ns) };
	struct signal_event ev;
	u64 id;
	s64 old;

	if (!signal_va)
		return;
	if (end_ns && kfdsim_hqd_write(hqd, signal_va + SIGNAL_START_TS, ts,
				       sizeof(ts)))
		return;
	/*
	 * Read the event first: once the value has changed, the program may
	 * free the signal.
	 */
	if (kfdsim_hqd_read(hqd, signal_va + SIGNAL_MAILBOX, &ev, sizeof(ev)))
		return;
	if (kfdsim_vm_fetch_add64(hqd->vm, signal_va + SIGNAL_VALUE, -1,
				  &old)) {
		kfdsim_hqd_fault(hqd, signal_va + SIGNAL_VALUE, true);
		return;
	}
	if (!ev.mailbox)
		return;
	id = le32_to_cpu(ev.event_id);
	if (kfdsim_hqd_write(hqd, le64_to_cpu(ev.mailbox), &id, sizeof(id)))
		return;
	kfdsim_eop_irq(hqd, 0, id);
}
