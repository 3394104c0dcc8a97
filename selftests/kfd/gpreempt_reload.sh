#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Unloading the module when processes died with queues that gpreempt had off.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

node=/sys/class/kfd/kfd/topology/nodes/1/gpreempt

# begin <stage> <state>: a test that has its queues off, and stands still
begin()
{
	./gpreempt_lifecycle -r "stage.$1.evicted_and_restored" > /tmp/stage.log 2>&1 &
	for _ in $(seq 200); do
		sleep 0.02
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

ktap_print_header
ktap_set_plan 2
ktap_test_result "preempted" in_stage preempted preempted
ktap_test_result "held" in_stage held held
ktap_finished
