#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Load and unload, with work in between, and in every shape that the module has.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

# round <param>...: nothing may be left behind by the time that it returns
round()
{
	kfdsim-load "$@" || return 1
	./kfd_ring > /tmp/ring.log 2>&1
	status=$?
	[ "$status" -eq 0 ] || cat /tmp/ring.log
	kfdsim-unload || return 1
	[ ! -e /dev/kfd ] || return 1
	[ ! -e /sys/class/kfd ] || return 1
	return "$status"
}

bad_parameter()
{
	! kfdsim-load "$1" 2> /dev/null && [ ! -e /dev/kfd ]
}

# An open file keeps the module.
in_use()
{
	kfdsim-load || return 1
	exec 3< /dev/kfd
	rmmod kfdsim 2> /dev/null
	kept=$?
	exec 3<&-
	kfdsim-unload && [ "$kept" -ne 0 ]
}

ktap_print_header
ktap_set_plan 11
ktap_test_result "as it comes" round
ktap_test_result "once more" round
ktap_test_result "and again" round
ktap_test_result "mi300x" round preset=mi300x
ktap_test_result "partitions" round mode=CPX
ktap_test_result "two GPUs" round num_gpus=2
ktap_test_result "no hardware scheduler" round sched_policy=2
ktap_test_result "unknown preset refused" bad_parameter preset=mi9000
ktap_test_result "unknown mode refused" bad_parameter mode=DPX
ktap_test_result "no GPUs refused" bad_parameter num_gpus=0
ktap_test_result "in use" in_use
ktap_finished
