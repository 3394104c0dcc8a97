// SPDX-License-Identifier: GPL-2.0
/*
 * PM4 packet processor of user queues: memory writes, end-of-pipe events,
 * cache maintenance (which has nothing to maintain). No dispatches: those come
 * as AQL packets.
 */
#include <uapi/linux/kfd_ioctl.h>

#include "kfdsim_hw.h"
#include "kfd_pm4_headers_ai.h"
#include "kfd_pm4_opcodes.h"

#define PM4_MAX_DWORDS	64
/* A NOP of this count has no body */
#define PM4_NOP_ONE	0x3fff

static u64 pm4_va(const struct kfdsim_hqd *hqd, u64 index)
{
	return hqd->ring + (index & (hqd->ring_bytes / 4 - 1)) * 4;
}

/* Read @n dwords at the read index, around the end of the ring if need be */
static int pm4_read(struct kfdsim_hqd *hqd, u32 *buf, unsigned int n)
{
	unsigned int first = min_t(u64, n, hqd->ring_bytes / 4 -
				   (hqd->rptr & (hqd->ring_bytes / 4 - 1)));
	int err = kfdsim_hqd_read(hqd, pm4_va(hqd, hqd->rptr), buf, first * 4);

	if (!err && first < n)
		err = kfdsim_hqd_read(hqd, hqd->ring, buf + first,
				      (n - first) * 4);
	return err;
}

static bool pm4_write_data(struct kfdsim_hqd *hqd, const u32 *p, unsigned int n)
{
	u32 dst = (p[1] >> 8) & 0xf;

	if (n < 5 || (dst != dst_sel___write_data__memory &&
		      dst != dst_sel___write_data__tc_l2))
		return false;
	kfdsim_hqd_write(hqd, (u64)p[3] << 32 | (p[2] & ~3U), p + 4,
			 (n - 4) * 4);
	return true;
}

static bool pm4_release_mem(struct kfdsim_hqd *hqd, const u32 *p,
			    unsigned int n, u64 now)
{
	const struct pm4_mec_release_mem *rm = (const void *)p;
	u64 data, va;
	size_t len;

	if (n != sizeof(*rm) / 4)
		return false;
	va = (u64)rm->address_hi << 32 | (rm->ordinal4 & ~3U);
	data = (u64)rm->data_hi << 32 | rm->data_lo;
	switch (rm->bitfields3.data_sel) {
	case data_sel__mec_release_mem__none:
		len = 0;
		break;
	case data_sel__mec_release_mem__send_32_bit_low:
		len = 4;
		break;
	case data_sel__mec_release_mem__send_64_bit_data:
		len = 8;
		break;
	case data_sel__mec_release_mem__send_gpu_clock_counter:
		data = KFDSIM_GPU_TICKS(now);
		len = 8;
		break;
	default:
		return false;
	}
	if (len && kfdsim_hqd_write(hqd, va, &data, len))
		return true;
	if (rm->bitfields3.int_sel)
		kfdsim_eop_irq(hqd, hqd->target_xcc, rm->int_ctxid);
	return true;
}

static bool pm4_packet(struct kfdsim_hqd *hqd, const u32 *p, unsigned int n,
		       u64 now)
{
	const union PM4_MES_TYPE_3_HEADER h = { .u32All = p[0] };

	switch (h.opcode) {
	case IT_WRITE_DATA:
		return pm4_write_data(hqd, p, n);
	case IT_RELEASE_MEM:
		return pm4_release_mem(hqd, p, n, now);
	case IT_ACQUIRE_MEM:
		return n == 7;
	default:
		return false;
	}
}

/* Look at the packet at the read index */
void kfdsim_pm4_fetch(struct kfdsim_hqd *hqd, u64 now)
{
	struct kfdsim_hw *hw = hqd->node->hw;
	union PM4_MES_TYPE_3_HEADER h;
	u32 packet[PM4_MAX_DWORDS];
	unsigned int n;

	if ((s64)(hqd->wptr - hqd->rptr) <= 0)
		return;
	if (pm4_read(hqd, &h.u32All, 1))
		return;
	n = h.opcode == IT_NOP && h.count == PM4_NOP_ONE ? 1 : h.count + 2;
	if (h.type != PM4_TYPE_3 || n > hqd->wptr - hqd->rptr ||
	    (h.opcode != IT_NOP && n > PM4_MAX_DWORDS)) {
		kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_RESERVED,
				 "malformed PM4");
		return;
	}
	if (h.opcode != IT_NOP) {
		if (pm4_read(hqd, packet, n))
			return;
		now = kfdsim_seen(now);
		if (!pm4_packet(hqd, packet, n, now)) {
			kfdsim_hqd_error(hqd, EC_QUEUE_PACKET_UNSUPPORTED,
					 "unsupported PM4");
			return;
		}
	}
	if (hqd->error)
		return;
	hw->stats.pm4_packets++;
	hqd->rptr += n;
	kfdsim_hqd_report_rptr(hqd);
	kfdsim_hqd_fetch_at(hqd, now + hw->sim->model.packet_ns);
}
