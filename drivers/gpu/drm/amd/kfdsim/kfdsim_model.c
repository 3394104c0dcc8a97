// SPDX-License-Identifier: GPL-2.0
/*
 * The one table of the model's parameters: what the simulated GPU is, and how
 * long things take on it. Any figure measured on kfdsim is a consequence of
 * these, and of the driver code that ran.
 *
 * Where a source says "estimate", no published figure exists; the value is of
 * the right order and is meant to be varied.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "kfdsim_model.h"

#define GB_PER_S	1000000000ULL

/* F(field, unit, mi300x, mi308x, source) */
#define KFDSIM_MODEL_TABLE(F)						\
	F(num_xcc, "1", 8, 4, "product brief")				\
	F(num_partitions, "1", 1, 1, "SPX is the default mode")		\
	F(cu_per_xcc, "1", 38, 20, "product brief: 304 and 80 CUs")	\
	F(simd_per_cu, "1", 4, 4, "CDNA3 ISA guide")			\
	F(waves_per_simd, "1", 8, 8, "CDNA3 ISA guide")			\
	F(vram_bytes, "bytes", 192ULL * SZ_1G, 192ULL * SZ_1G,		\
	  "product brief")						\
	F(pipes, "1", 4, 4, "gfx_v9_4_3: MEC pipes")			\
	F(queues_per_pipe, "1", 8, 8, "gfx_v9_4_3: MEC queues")		\
	F(kgd_queues, "1", 8, 8, "amdgpu_gfx: 8 compute rings")		\
	F(sdma_engines, "1", 16, 16, "sdma_v4_4_2: 4 for each AID")	\
	F(sdma_queues_per_engine, "1", 8, 8, "kfd_device: gfx 9.4.3")	\
	F(vram_bandwidth, "bytes/s", 5300 * GB_PER_S, 5300 * GB_PER_S,	\
	  "product brief")						\
	F(sdma_bandwidth, "bytes/s", 50 * GB_PER_S, 50 * GB_PER_S,	\
	  "estimate: one link's worth")					\
	F(gpu_clock_mhz, "MHz", 2100, 2100, "product brief: peak clock")\
	F(doorbell_ns, "ns", 500, 500, "estimate: one PCIe write")	\
	F(packet_ns, "ns", 500, 500, "estimate: CP firmware")		\
	F(dispatch_ns, "ns", 1500, 1500, "estimate: CP, SPI, launch")	\
	F(signal_ns, "ns", 1000, 1000, "estimate: EOP write and fence")	\
	F(barrier_poll_ns, "ns", 2000, 2000, "estimate: first re-read")	\
	F(barrier_poll_max_ns, "ns", 64000, 64000,			\
	  "bound of its doubling: limits simulation cost")		\
	F(hws_packet_ns, "ns", 1000, 1000, "estimate: CP firmware")	\
	F(hws_map_process_ns, "ns", 1000, 1000, "estimate: registers")	\
	F(hws_map_queue_ns, "ns", 2000, 2000, "estimate: MQD load")	\
	F(hws_unmap_queue_ns, "ns", 1000, 1000, "estimate: MQD store")	\
	F(hws_fence_ns, "ns", 500, 500, "estimate: one memory write")	\
	F(trap_ns, "ns", 2000, 2000, "published preemption work: 1-10 us")\
	F(cu_state_bytes, "bytes", 596 * SZ_1K, 596 * SZ_1K,		\
	  "kfd_queue.c: 512 K VGPR, 16 K SGPR, 64 K LDS, 4 K")		\
	F(process_quantum_ns, "ns", 1000000, 1000000,			\
	  "kfd_packet_manager: quantum 10 is 10 ms")

static const struct kfdsim_model presets[] = {
#define F_MI300X(field, unit, a, b, source) .field = (a),
#define F_MI308X(field, unit, a, b, source) .field = (b),
	{ KFDSIM_MODEL_TABLE(F_MI300X) },
	{ KFDSIM_MODEL_TABLE(F_MI308X) },
};

static const char * const preset_names[] = { "mi300x", "mi308x" };

/**
 * kfdsim_model_init() - fill a model from a preset
 * @model: to fill, every field
 * @preset: name of the preset
 *
 * Return: 0, or -EINVAL for an unknown name.
 */
int kfdsim_model_init(struct kfdsim_model *model, const char *preset)
{
	int i = match_string(preset_names, ARRAY_SIZE(preset_names), preset);

	if (i < 0)
		return -EINVAL;
	*model = presets[i];
	return 0;
}

/**
 * kfdsim_model_show() - print every parameter with its unit and its source
 * @m: where to
 * @model: the values in use
 */
void kfdsim_model_show(struct seq_file *m, const struct kfdsim_model *model)
{
#define F_SHOW(field, unit, a, b, source)				\
	seq_printf(m, "%-24s %16llu %-8s %s\n", #field,			\
		   (u64)model->field, unit, source);
	KFDSIM_MODEL_TABLE(F_SHOW)
}
