#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Unloading the module, and unbinding the GPU, with queues held off by gpreempt.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

node=/sys/class/kfd/kfd/topology/nodes/1/gpreempt

# begin <stage> <state>: a test that has its queues off, and stands still
begin()
{
	./gpreempt_lifecycle -r "stage.$1.nothing_else" > /tmp/stage.log 2>&1 &
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		sleep 0.1
		[ "$(cat $node/state)" = "$2" ] || continue
		# shellcheck disable=SC2046	# one word for each process
		kill -STOP $(pidof gpreempt_lifecycle)
		[ "$(cat $node/state)" = "$2" ]
		return
	done
	return 1
}

end()
{
	# shellcheck disable=SC2046	# one word for each process
	kill -KILL $(pidof gpreempt_lifecycle)
	wait
}

# in_stage <stage> <state>: all of its processes are killed, and the module goes
in_stage()
{
	kfdsim-load || return 1
	begin "$1" "$2"
	begun=$?
	end
	kfdsim-unload && [ ! -e /dev/kfd ] && [ "$begun" -eq 0 ]
}

# Removing the GPU waits for its processes, and then ends.
unbind()
{
	kfdsim-load || return 1
	begin preempted preempted
	begun=$?
	device=$(basename /sys/bus/pci/drivers/kfdsim/1*)
	echo "$device" > /sys/bus/pci/drivers/kfdsim/unbind &
	writer=$!
	sleep 1
	end
	wait "$writer"
	[ ! -e "/sys/bus/pci/drivers/kfdsim/$device" ]
	gone=$?
	kfdsim-unload && [ "$begun" -eq 0 ] && [ "$gone" -eq 0 ]
}

ktap_print_header
ktap_set_plan 4
ktap_test_result "unload, preempted" in_stage preempted preempted
ktap_test_result "unload, held" in_stage held held
ktap_test_result "unload, throttled" in_stage throttled idle
ktap_test_result "unbind, preempted" unbind
ktap_finished
