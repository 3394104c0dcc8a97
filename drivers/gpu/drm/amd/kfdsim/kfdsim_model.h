/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KFDSIM_MODEL_H
#define KFDSIM_MODEL_H

#include <linux/types.h>

#define KFDSIM_MAX_SLOW		100

/**
 * struct kfdsim_model - every parameter of the simulated GPU
 *
 * The table in kfdsim_model.c gives each its default per preset, its unit and
 * where the figure comes from; Documentation/gpu/amdgpu/kfdsim.rst prints it.
 *
 * @gc_version: graphics core, major * 10000 + minor * 100 + revision
 * @num_xcc: compute dies (XCC) in the device
 * @num_partitions: KFD nodes in the device: 1 is SPX, @num_xcc is CPX
 * @cu_per_xcc: compute units of one XCC
 * @se_per_xcc: shader engines of one XCC
 * @sa_per_se: shader arrays of one shader engine
 * @simd_per_cu: SIMDs of one compute unit
 * @waves_per_simd: wave slots of one SIMD
 * @wave_lanes: lanes of a wave, unless the kernel says how many waves it has
 * @vram_bytes: size of local memory
 * @pipes: MEC pipes; the HQDs of KFD are pipes x queues_per_pipe less the
 *	slots in @kgd_queues
 * @queues_per_pipe: HQDs of one pipe
 * @kgd_queues: HQDs of the first pipes that the graphics driver keeps
 * @sdma_engines: SDMA engines in the device
 * @sdma_queues_per_engine: RLC queues of one engine
 * @vram_bandwidth: bytes/s of the whole device
 * @sdma_bandwidth: bytes/s of one SDMA engine
 * @gpu_clock_mhz: clock that the CP's grace period counts (in 1000s)
 * @doorbell_ns: from the store to the packet processor
 * @packet_ns: to decode one packet of a user queue
 * @dispatch_ns: from a decoded dispatch to its first wave
 * @signal_ns: from the last wave to the completion signal
 * @barrier_poll_ns: from a barrier packet's first look at an unsatisfied
 *	dependency to its second; doubles from then on
 * @barrier_poll_max_ns: where that doubling stops
 * @hws_packet_ns: to fetch and decode one HIQ packet, runlist entry or MES
 *	packet
 * @hws_map_process_ns: to program a VMID
 * @hws_map_queue_ns: to load an HQD from its MQD
 * @hws_unmap_queue_ns: to take one idle HQD off
 * @hws_fence_ns: to write a fence
 * @trap_ns: for a running wave to reach its save or restore code
 * @cu_state_bytes: registers and LDS of one compute unit
 * @interference_pct: by how many percent waves would be slower if those of other
 *	processes held the whole GPU, see kfdsim_interference.c
 * @slow_motion: by how much all times here are longer than those of the chip
 * @process_quantum_ns: ns of one unit of MAP_PROCESS's process_quantum
 */
struct kfdsim_model {
	u32 gc_version;
	u32 num_xcc;
	u32 num_partitions;
	u32 cu_per_xcc;
	u32 se_per_xcc;
	u32 sa_per_se;
	u32 simd_per_cu;
	u32 waves_per_simd;
	u32 wave_lanes;
	u64 vram_bytes;
	u32 pipes;
	u32 queues_per_pipe;
	u32 kgd_queues;
	u32 sdma_engines;
	u32 sdma_queues_per_engine;
	u64 vram_bandwidth;
	u64 sdma_bandwidth;
	u32 gpu_clock_mhz;
	u32 doorbell_ns;
	u32 packet_ns;
	u32 dispatch_ns;
	u32 signal_ns;
	u32 barrier_poll_ns;
	u32 barrier_poll_max_ns;
	u32 hws_packet_ns;
	u32 hws_map_process_ns;
	u32 hws_map_queue_ns;
	u32 hws_unmap_queue_ns;
	u32 hws_fence_ns;
	u32 trap_ns;
	u32 cu_state_bytes;
	u32 interference_pct;
	u32 slow_motion;
	u32 process_quantum_ns;
};

/*
 * From generation 11 on the scheduler in firmware is MES, which is told of
 * each queue; before that it is HWS, which is told of all of them in a runlist.
 */
static inline bool kfdsim_model_has_mes(const struct kfdsim_model *model)
{
	return model->gc_version >= 110000;
}

/*
 * Fill @model from the named preset ("mi300x", "mi308x", "navi31").
 * Return: 0, or -EINVAL for an unknown name.
 */
int kfdsim_model_init(struct kfdsim_model *model, const char *preset);

/*
 * Set a parameter that is not a fact of the chip, before kfdsim_model_slow_down().
 * Return: 0, -ENOENT for an unknown name or a fact, or -ERANGE.
 */
int kfdsim_model_set(struct kfdsim_model *model, const char *name, u64 value);

/* Let everything take @factor times as long, 1 to KFDSIM_MAX_SLOW. */
void kfdsim_model_slow_down(struct kfdsim_model *model, u32 factor);

struct seq_file;
/* Print every parameter, one a line: name, value, unit, source. */
void kfdsim_model_show(struct seq_file *m, const struct kfdsim_model *model);

#endif
