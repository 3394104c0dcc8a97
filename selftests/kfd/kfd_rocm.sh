#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The distribution's unmodified ROCm runtime on the driver. It has to take the
# GPU for a chip that it knows, and one with a single XCC.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

export HSA_OVERRIDE_GFX_VERSION=9.0.10

rocm_info()
{
	rocminfo > /out/rocminfo.txt 2>&1 &&
		grep -q 'Device Type: *GPU' /out/rocminfo.txt &&
		grep -q 'HSA System Attributes' /out/rocminfo.txt
}

# set_enable <0|1>: on every node
set_enable()
{
	for enable in /sys/class/kfd/kfd/topology/nodes/*/gpreempt/enable; do
		echo "$1" > "$enable" || return 1
	done
}

# doorbells: noticed, on all nodes
doorbells()
{
	cat /sys/class/kfd/kfd/topology/nodes/*/gpreempt/stats/doorbells |
		awk '{ sum += $1 } END { print sum }'
}

# ROCr has the pointers of a queue in memory of the program. They have to be
# seen all the same, or no program on it would ever make another one give way.
watched()
{
	before=$(doorbells)
	set_enable 1 || return 1
	./hsa_queues &
	program=$!
	while kill -0 $program 2> /dev/null; do
		cat /sys/class/kfd/kfd/proc/*/queues/*/gpreempt/state 2> /dev/null
		sleep 0.005
	done | sort | uniq -c > /tmp/states
	wait $program
	status=$?
	set_enable 0
	sed 's/^/# /' /tmp/states
	echo "# $(($(doorbells) - before)) doorbells noticed"
	[ "$status" = 0 ] && grep -q active /tmp/states &&
		! grep -q unwatchable /tmp/states &&
		[ "$(doorbells)" -gt "$before" ]
}

# unknown_chip: ROCr would take the first GPU for one that is built otherwise
unknown_chip()
{
	for node in /sys/class/kfd/kfd/topology/nodes/*/properties; do
		awk '$1 == "gfx_target_version" { version = $2 }
			$1 == "num_xcc" { xccs = $2 }
			END { if (!version) exit 1
			      exit version >= 90000 && version < 100000 && xccs == 1 }' \
			"$node" && return 0
	done
	return 1
}

ktap_print_header
if ! command -v rocminfo > /dev/null || ! [ -x hsa_queues ] ||
	! [ -d /sys/module/kfdsim ]; then
	ktap_skip_all "no ROCm runtime here, or no kfdsim"
	exit "$KSFT_SKIP"
fi
if unknown_chip; then
	ktap_skip_all "the ROCm runtime runs on a gfx9 with one XCC for each node"
	exit "$KSFT_SKIP"
fi
ktap_set_plan 5
ktap_test_result "rocminfo" rocm_info
ktap_test_result "queues, barriers, kernels and signals" ./hsa_queues
ktap_test_result "once more" ./hsa_queues
ktap_test_result "its queues are watched" watched
ktap_test_result "rocminfo afterwards" rocm_info
ktap_finished
