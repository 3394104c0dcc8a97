// SPDX-License-Identifier: GPL-2.0
/*
 * The interface of amdgpu_mes.h, as far as amdkfd uses it: requests go to the
 * simulated firmware, which answers them as it would packets in its ring.
 */
#include "amdgpu_mes.h"
#include "kfdsim_host.h"
#include "mes_v11_api_def.h"

/* Firmware as of 2024: what amdkfd asks for is in it */
#define KFDSIM_MES_FEATURE	1
#define KFDSIM_MES_API		20
#define KFDSIM_MES_FW		0x6e

#define KFDSIM_MES_QUANTUM_NS	100	/* unit of a quantum */
#define KFDSIM_MES_DOORBELLS	1024	/* of a process */

static int kfdsim_mes_submit(struct amdgpu_mes *mes,
			     const struct kfdsim_mes_packet *p, const char *what)
{
	struct amdgpu_device *adev = mes->adev;
	int ret = kfdsim_hw_mes_submit(kfdsim_from_adev(adev), p);

	if (ret == -ETIMEDOUT)
		dev_err(adev->dev, "MES failed to respond to %s\n", what);
	return ret;
}

static int kfdsim_mes_add_hw_queue(struct amdgpu_mes *mes,
				   struct mes_add_queue_input *input)
{
	const struct kfdsim_mes_packet p = {
		.op = KFDSIM_MES_ADD_QUEUE,
		.gang = input->gang_context_addr,
		.doorbell = input->doorbell_offset,
		.pasid = input->process_id,
		.page_table_base = input->page_table_base_addr,
		.gang_quantum_ns = input->gang_quantum * KFDSIM_MES_QUANTUM_NS,
		.mqd = input->mqd_addr,
		.wptr_va = input->wptr_addr,
		.wptr = input->wptr_mc_addr,
		.sdma = input->queue_type == MES_QUEUE_TYPE_SDMA,
		.tba = input->tba_addr,
		.tma = input->tma_addr,
	};

	return kfdsim_mes_submit(mes, &p, "ADD_QUEUE");
}

static int kfdsim_mes_remove_hw_queue(struct amdgpu_mes *mes,
				      struct mes_remove_queue_input *input)
{
	const struct kfdsim_mes_packet p = {
		.op = KFDSIM_MES_REMOVE_QUEUE,
		.gang = input->gang_context_addr,
		.doorbell = input->doorbell_offset,
	};

	return kfdsim_mes_submit(mes, &p, "REMOVE_QUEUE");
}

static int kfdsim_mes_suspend_gang(struct amdgpu_mes *mes,
				   struct mes_suspend_gang_input *input)
{
	const struct kfdsim_mes_packet p = {
		.op = KFDSIM_MES_SUSPEND,
		.all = input->suspend_all_gangs,
		.gang = input->gang_context_addr,
	};

	return kfdsim_mes_submit(mes, &p, "SUSPEND");
}

static int kfdsim_mes_resume_gang(struct amdgpu_mes *mes,
				  struct mes_resume_gang_input *input)
{
	const struct kfdsim_mes_packet p = {
		.op = KFDSIM_MES_RESUME,
		.all = input->resume_all_gangs,
		.gang = input->gang_context_addr,
	};

	return kfdsim_mes_submit(mes, &p, "RESUME");
}

/* Simulated waves never trap: the debugger's settings have no effect */
static int kfdsim_mes_misc_op(struct amdgpu_mes *mes,
			      struct mes_misc_op_input *input)
{
	const struct kfdsim_mes_packet p = { .op = KFDSIM_MES_MISC };

	if (input->op != MES_MISC_OP_SET_SHADER_DEBUGGER)
		return -EINVAL;
	return kfdsim_mes_submit(mes, &p, "SET_SHADER_DEBUGGER");
}

static const struct amdgpu_mes_funcs kfdsim_mes_funcs = {
	.add_hw_queue = kfdsim_mes_add_hw_queue,
	.remove_hw_queue = kfdsim_mes_remove_hw_queue,
	.suspend_gang = kfdsim_mes_suspend_gang,
	.resume_gang = kfdsim_mes_resume_gang,
	.misc_op = kfdsim_mes_misc_op,
};

/* Without MES there is nothing to suspend, and amdgpu calls that success */
int amdgpu_mes_suspend(struct amdgpu_device *adev)
{
	struct mes_suspend_gang_input input = { .suspend_all_gangs = true };
	int ret;

	if (!adev->enable_mes)
		return 0;
	amdgpu_mes_lock(&adev->mes);
	ret = adev->mes.funcs->suspend_gang(&adev->mes, &input);
	amdgpu_mes_unlock(&adev->mes);
	return ret;
}

int amdgpu_mes_resume(struct amdgpu_device *adev)
{
	struct mes_resume_gang_input input = { .resume_all_gangs = true };
	int ret;

	if (!adev->enable_mes)
		return 0;
	amdgpu_mes_lock(&adev->mes);
	ret = adev->mes.funcs->resume_gang(&adev->mes, &input);
	amdgpu_mes_unlock(&adev->mes);
	return ret;
}

int amdgpu_mes_doorbell_process_slice(struct amdgpu_device *adev)
{
	return PAGE_ALIGN(KFDSIM_MES_DOORBELLS * sizeof(u64));
}

static int kfdsim_mes_shader_debugger(struct amdgpu_device *adev,
				      struct mes_misc_op_input *input)
{
	int ret;

	if (!adev->enable_mes)
		return -EINVAL;
	input->op = MES_MISC_OP_SET_SHADER_DEBUGGER;
	amdgpu_mes_lock(&adev->mes);
	ret = adev->mes.funcs->misc_op(&adev->mes, input);
	amdgpu_mes_unlock(&adev->mes);
	return ret;
}

int amdgpu_mes_set_shader_debugger(struct amdgpu_device *adev,
				   u64 process_context_addr,
				   u32 spi_gdbg_per_vmid_cntl,
				   const u32 *tcp_watch_cntl,
				   u32 flags, bool trap_en)
{
	struct mes_misc_op_input input = {};

	if (!process_context_addr)
		return -EINVAL;
	input.set_shader_debugger.process_context_addr = process_context_addr;
	input.set_shader_debugger.flags.u32all = flags;
	input.set_shader_debugger.spi_gdbg_per_vmid_cntl =
		spi_gdbg_per_vmid_cntl;
	memcpy(input.set_shader_debugger.tcp_watch_cntl, tcp_watch_cntl,
	       sizeof(input.set_shader_debugger.tcp_watch_cntl));
	input.set_shader_debugger.trap_en = trap_en;
	return kfdsim_mes_shader_debugger(adev, &input);
}

int amdgpu_mes_flush_shader_debugger(struct amdgpu_device *adev,
				     u64 process_context_addr)
{
	struct mes_misc_op_input input = {};

	input.set_shader_debugger.process_context_addr = process_context_addr;
	input.set_shader_debugger.flags.process_ctx_flush = true;
	return kfdsim_mes_shader_debugger(adev, &input);
}

/**
 * kfdsim_mes_host_init - make adev->mes what amdkfd expects
 * @sim: a GPU of a kind that has MES
 */
void kfdsim_mes_host_init(struct kfdsim *sim)
{
	struct amdgpu_mes *mes = &sim->adev->mes;

	sim->adev->enable_mes = true;
	sim->adev->enable_mes_kiq = true;
	mes->adev = sim->adev;
	mutex_init(&mes->mutex_hidden);
	mes->funcs = &kfdsim_mes_funcs;
	mes->sched_version =
		KFDSIM_MES_FEATURE << AMDGPU_MES_FEAT_VERSION_SHIFT |
		KFDSIM_MES_API << AMDGPU_MES_API_VERSION_SHIFT | KFDSIM_MES_FW;
	mes->kiq_version = mes->sched_version;
}

/**
 * kfdsim_mes_host_fini - undo kfdsim_mes_host_init()
 * @sim: the GPU
 */
void kfdsim_mes_host_fini(struct kfdsim *sim)
{
	mutex_destroy(&sim->adev->mes.mutex_hidden);
}
