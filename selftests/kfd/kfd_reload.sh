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

# An open file keeps the module, also when its process has no queues.
in_use()
{
	kfdsim-load || return 1
	# shellcheck disable=SC2217	# it is there to have the file open
	sleep 1000 < /dev/kfd &
	holder=$!
	sleep 1
	rmmod kfdsim 2> /dev/null
	kept=$?
	kill "$holder"
	wait "$holder" 2> /dev/null
	kfdsim-unload && [ "$kept" -ne 0 ]
}

# A process that has closed its file does not, as long as it may live. Were
# unloading to wait for it, this would see that after some seconds, and end it.
closed_and_alive()
{
	kfdsim-load || return 1
	# shellcheck disable=SC2016	# the inner shell's own number
	sh -c 'exec 3< /dev/kfd; exec 3<&-; kill -STOP $$' &
	holder=$!
	sleep 1
	kfdsim-unload &
	unload=$!
	for _ in 1 2 3 4 5; do
		sleep 1
		kill -0 "$unload" 2> /dev/null || break
	done
	kill -0 "$unload" 2> /dev/null
	waits=$?
	kill -KILL "$holder"
	wait "$unload" && [ "$waits" -ne 0 ]
}

ktap_print_header
ktap_set_plan 12
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
ktap_test_result "closed, and the process lives" closed_and_alive
ktap_finished
