/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: kfdsim tracepoints
 *
 * What the simulated hardware really did, and when: the ground truth that a
 * measurement of the driver is checked against. time_ns is model time, on the
 * clock of ktime_get_ns() (trace_clock "mono"); a record may be written
 * somewhat later. A queue is named by its doorbell, a dwords index in the BAR,
 * which is also in the driver's MQDs and packets.
 *
 * Stable: dispatch_start, dispatch_end, wave_save, wave_restore, hqd_map,
 * hqd_unmap, doorbell, hws_packet, mes_packet. The others are for debugging kfdsim.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kfdsim

#if !defined(KFDSIM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KFDSIM_TRACE_H

#include <linux/tracepoint.h>

#include "kfdsim_hw.h"
#include "kfd_pm4_opcodes.h"

TRACE_DEFINE_ENUM(IT_NOP);
TRACE_DEFINE_ENUM(IT_WRITE_DATA);
TRACE_DEFINE_ENUM(IT_SET_RESOURCES);
TRACE_DEFINE_ENUM(IT_MAP_PROCESS);
TRACE_DEFINE_ENUM(IT_MAP_QUEUES);
TRACE_DEFINE_ENUM(IT_UNMAP_QUEUES);
TRACE_DEFINE_ENUM(IT_QUERY_STATUS);
TRACE_DEFINE_ENUM(IT_RUN_LIST);
TRACE_DEFINE_ENUM(KFDSIM_MES_ADD_QUEUE);
TRACE_DEFINE_ENUM(KFDSIM_MES_REMOVE_QUEUE);
TRACE_DEFINE_ENUM(KFDSIM_MES_SUSPEND);
TRACE_DEFINE_ENUM(KFDSIM_MES_RESUME);
TRACE_DEFINE_ENUM(KFDSIM_MES_MISC);
TRACE_DEFINE_ENUM(KFDSIM_DRAIN);
TRACE_DEFINE_ENUM(KFDSIM_RESET);
TRACE_DEFINE_ENUM(KFDSIM_SAVE);

#define kfdsim_show_opcode(opcode) __print_symbolic(opcode,		\
	{ IT_NOP, "NOP" },						\
	{ IT_WRITE_DATA, "WRITE_DATA" },				\
	{ IT_SET_RESOURCES, "SET_RESOURCES" },				\
	{ IT_MAP_PROCESS, "MAP_PROCESS" },				\
	{ IT_MAP_QUEUES, "MAP_QUEUES" },				\
	{ IT_UNMAP_QUEUES, "UNMAP_QUEUES" },				\
	{ IT_QUERY_STATUS, "QUERY_STATUS" },				\
	{ IT_RUN_LIST, "RUN_LIST" })

#define kfdsim_show_mes_op(op) __print_symbolic(op,			\
	{ KFDSIM_MES_ADD_QUEUE, "ADD_QUEUE" },				\
	{ KFDSIM_MES_REMOVE_QUEUE, "REMOVE_QUEUE" },			\
	{ KFDSIM_MES_SUSPEND, "SUSPEND" },				\
	{ KFDSIM_MES_RESUME, "RESUME" },				\
	{ KFDSIM_MES_MISC, "MISC" })

#define kfdsim_show_dequeue(how) __print_symbolic(how,			\
	{ KFDSIM_DRAIN, "drain" },					\
	{ KFDSIM_RESET, "reset" },					\
	{ KFDSIM_SAVE, "save" })

TRACE_EVENT(doorbell,
	TP_PROTO(const struct kfdsim_hqd *hqd, u64 value, u64 now),
	TP_ARGS(hqd, value, now),
	TP_STRUCT__entry(
		__field(u64, time_ns)
		__field(u64, value)
		__field(u32, gpu)
		__field(u32, pasid)
		__field(u32, doorbell)
	),
	TP_fast_assign(
		__entry->time_ns = now;
		__entry->value = value;
		__entry->gpu = hqd->node->hw->sim->index;
		__entry->pasid = hqd->pasid;
		__entry->doorbell = hqd->doorbell;
	),
	TP_printk("time_ns=%llu gpu=%u pasid=%u doorbell=%u value=%llu",
		  __entry->time_ns, __entry->gpu, __entry->pasid,
		  __entry->doorbell, __entry->value)
);

TRACE_EVENT(hws_packet,
	TP_PROTO(const struct kfdsim_node *node, u32 opcode, u32 dwords,
		 u64 now),
	TP_ARGS(node, opcode, dwords, now),
	TP_STRUCT__entry(
		__field(u64, time_ns)
		__field(u32, gpu)
		__field(u32, node)
		__field(u32, opcode)
		__field(u32, dwords)
	),
	TP_fast_assign(
		__entry->time_ns = now;
		__entry->gpu = node->hw->sim->index;
		__entry->node = node->id;
		__entry->opcode = opcode;
		__entry->dwords = dwords;
	),
	TP_printk("time_ns=%llu gpu=%u node=%u opcode=%s dwords=%u",
		  __entry->time_ns, __entry->gpu, __entry->node,
		  kfdsim_show_opcode(__entry->opcode), __entry->dwords)
);

TRACE_EVENT(mes_packet,
	TP_PROTO(const struct kfdsim_node *node,
		 const struct kfdsim_mes_packet *p, u64 now),
	TP_ARGS(node, p, now),
	TP_STRUCT__entry(
		__field(u64, time_ns)
		__field(u32, gpu)
		__field(u32, node)
		__field(u32, op)
		__field(u32, doorbell)
	),
	TP_fast_assign(
		__entry->time_ns = now;
		__entry->gpu = node->hw->sim->index;
		__entry->node = node->id;
		__entry->op = p->op;
		__entry->doorbell = p->doorbell;
	),
	TP_printk("time_ns=%llu gpu=%u node=%u op=%s doorbell=%u",
		  __entry->time_ns, __entry->gpu, __entry->node,
		  kfdsim_show_mes_op(__entry->op), __entry->doorbell)
);

TRACE_EVENT(hqd_map,
	TP_PROTO(const struct kfdsim_hqd *hqd, u64 now),
	TP_ARGS(hqd, now),
	TP_STRUCT__entry(
		__field(u64, time_ns)
		__field(u64, rptr)
		__field(u64, wptr)
		__field(u32, gpu)
		__field(u32, node)
		__field(u32, pasid)
		__field(u32, vmid)
		__field(u32, doorbell)
		__field(u32, pipe)
		__field(u32, queue)
		__field(u32, priority)
		__field(bool, sdma)
	),
	TP_fast_assign(
		__entry->time_ns = now;
		__entry->rptr = hqd->rptr;
		__entry->wptr = hqd->wptr;
		__entry->gpu = hqd->node->hw->sim->index;
		__entry->node = hqd->node->id;
		__entry->pasid = hqd->pasid;
		__entry->vmid = hqd->vmid;
		__entry->doorbell = hqd->doorbell;
		__entry->pipe = hqd->pipe;
		__entry->queue = hqd->queue;
		__entry->priority = hqd->priority;
		__entry->sdma = hqd->sdma;
	),
	TP_printk("time_ns=%llu gpu=%u node=%u pasid=%u vmid=%u doorbell=%u sdma=%u pipe=%u queue=%u priority=%u rptr=%llu wptr=%llu",
		  __entry->time_ns, __entry->gpu, __entry->node,
		  __entry->pasid, __entry->vmid, __entry->doorbell,
		  __entry->sdma, __entry->pipe, __entry->queue,
		  __entry->priority, __entry->rptr, __entry->wptr)
);

TRACE_EVENT(hqd_unmap,
	TP_PROTO(const struct kfdsim_hqd *hqd, u64 now),
	TP_ARGS(hqd, now),
	TP_STRUCT__entry(
		__field(u64, time_ns)
		__field(u64, rptr)
		__field(u64, wptr)
		__field(u64, bytes)
		__field(u32, gpu)
		__field(u32, node)
		__field(u32, pasid)
		__field(u32, doorbell)
		__field(u32, how)
		__field(u32, waves)
	),
	TP_fast_assign(
		__entry->time_ns = now;
		__entry->rptr = hqd->rptr;
		__entry->wptr = hqd->wptr;
		__entry->bytes = hqd->saved_bytes;
		__entry->gpu = hqd->node->hw->sim->index;
		__entry->node = hqd->node->id;
		__entry->pasid = hqd->pasid;
		__entry->doorbell = hqd->doorbell;
		__entry->how = hqd->how;
		__entry->waves = hqd->saved_waves;
	),
	TP_printk("time_ns=%llu gpu=%u node=%u pasid=%u doorbell=%u how=%s waves=%u bytes=%llu rptr=%llu wptr=%llu",
		  __entry->time_ns, __entry->gpu, __entry->node,
		  __entry->pasid, __entry->doorbell,
		  kfdsim_show_dequeue(__entry->how), __entry->waves,
		  __entry->bytes, __entry->rptr, __entry->wptr)
);

TRACE_EVENT(dispatch_start,
	TP_PROTO(const struct kfdsim_dispatch *d, u64 now),
	TP_ARGS(d, now),
	TP_STRUCT__entry(
		__field(u64, time_ns)
		__field(u64, start_ns)
		__field(u64, packet)
		__field(u32, gpu)
		__field(u32, pasid)
		__field(u32, doorbell)
		__field(u32, workgroups)
	),
	TP_fast_assign(
		__entry->time_ns = now;
		__entry->start_ns = d->start_ns;
		__entry->packet = d->packet_id;
		__entry->gpu = d->hqd->node->hw->sim->index;
		__entry->pasid = d->hqd->pasid;
		__entry->doorbell = d->hqd->doorbell;
		__entry->workgroups = d->total;
	),
	TP_printk("time_ns=%llu gpu=%u pasid=%u doorbell=%u packet=%llu workgroups=%u start_ns=%llu",
		  __entry->time_ns, __entry->gpu, __entry->pasid,
		  __entry->doorbell, __entry->packet, __entry->workgroups,
		  __entry->start_ns)
);

TRACE_EVENT(dispatch_end,
	TP_PROTO(const struct kfdsim_dispatch *d, u64 end_ns, u64 now),
	TP_ARGS(d, end_ns, now),
	TP_STRUCT__entry(
		__field(u64, time_ns)
		__field(u64, start_ns)
		__field(u64, end_ns)
		__field(u64, packet)
		__field(u32, gpu)
		__field(u32, pasid)
		__field(u32, doorbell)
		__field(u32, workgroups)
	),
	TP_fast_assign(
		__entry->time_ns = now;
		__entry->start_ns = d->start_ns;
		__entry->end_ns = end_ns;
		__entry->packet = d->packet_id;
		__entry->gpu = d->hqd->node->hw->sim->index;
		__entry->pasid = d->hqd->pasid;
		__entry->doorbell = d->hqd->doorbell;
		__entry->workgroups = d->total;
	),
	TP_printk("time_ns=%llu gpu=%u pasid=%u doorbell=%u packet=%llu workgroups=%u start_ns=%llu end_ns=%llu",
		  __entry->time_ns, __entry->gpu, __entry->pasid,
		  __entry->doorbell, __entry->packet, __entry->workgroups,
		  __entry->start_ns, __entry->end_ns)
);

DECLARE_EVENT_CLASS(kfdsim_wave_swap,
	TP_PROTO(const struct kfdsim_hqd *hqd, unsigned int xcc, u32 waves,
		 u64 bytes, u64 duration_ns, u64 now),
	TP_ARGS(hqd, xcc, waves, bytes, duration_ns, now),
	TP_STRUCT__entry(
		__field(u64, time_ns)
		__field(u64, bytes)
		__field(u64, duration_ns)
		__field(u32, gpu)
		__field(u32, pasid)
		__field(u32, doorbell)
		__field(u32, xcc)
		__field(u32, waves)
	),
	TP_fast_assign(
		__entry->time_ns = now;
		__entry->bytes = bytes;
		__entry->duration_ns = duration_ns;
		__entry->gpu = hqd->node->hw->sim->index;
		__entry->pasid = hqd->pasid;
		__entry->doorbell = hqd->doorbell;
		__entry->xcc = hqd->node->first_xcc + xcc;
		__entry->waves = waves;
	),
	TP_printk("time_ns=%llu gpu=%u pasid=%u doorbell=%u xcc=%u waves=%u bytes=%llu duration_ns=%llu",
		  __entry->time_ns, __entry->gpu, __entry->pasid,
		  __entry->doorbell, __entry->xcc, __entry->waves,
		  __entry->bytes, __entry->duration_ns)
);

DEFINE_EVENT(kfdsim_wave_swap, wave_save,
	TP_PROTO(const struct kfdsim_hqd *hqd, unsigned int xcc, u32 waves,
		 u64 bytes, u64 duration_ns, u64 now),
	TP_ARGS(hqd, xcc, waves, bytes, duration_ns, now)
);

DEFINE_EVENT(kfdsim_wave_swap, wave_restore,
	TP_PROTO(const struct kfdsim_hqd *hqd, unsigned int xcc, u32 waves,
		 u64 bytes, u64 duration_ns, u64 now),
	TP_ARGS(hqd, xcc, waves, bytes, duration_ns, now)
);

DECLARE_EVENT_CLASS(kfdsim_queue_trouble,
	TP_PROTO(const struct kfdsim_hqd *hqd, unsigned int code, u64 now),
	TP_ARGS(hqd, code, now),
	TP_STRUCT__entry(
		__field(u64, time_ns)
		__field(u64, packet)
		__field(u32, gpu)
		__field(u32, pasid)
		__field(u32, doorbell)
		__field(u32, code)
	),
	TP_fast_assign(
		__entry->time_ns = now;
		__entry->packet = hqd->rptr;
		__entry->gpu = hqd->node->hw->sim->index;
		__entry->pasid = hqd->pasid;
		__entry->doorbell = hqd->doorbell;
		__entry->code = code;
	),
	TP_printk("time_ns=%llu gpu=%u pasid=%u doorbell=%u packet=%llu code=%u",
		  __entry->time_ns, __entry->gpu, __entry->pasid,
		  __entry->doorbell, __entry->packet, __entry->code)
);

/* The packet processor stopped; @code is an EC_QUEUE_* of kfd_ioctl.h */
DEFINE_EVENT(kfdsim_queue_trouble, queue_error,
	TP_PROTO(const struct kfdsim_hqd *hqd, unsigned int code, u64 now),
	TP_ARGS(hqd, code, now)
);

/* The MQD of XCC @code disagrees with the master's */
DEFINE_EVENT(kfdsim_queue_trouble, mqd_mismatch,
	TP_PROTO(const struct kfdsim_hqd *hqd, unsigned int code, u64 now),
	TP_ARGS(hqd, code, now)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE kfdsim_trace
#include <trace/define_trace.h>
