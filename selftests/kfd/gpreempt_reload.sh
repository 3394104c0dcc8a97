#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Unloading the module, and removing the GPU, when gpreempt has queues off.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

node=/sys/class/kfd/kfd/topology/nodes/1/gpreempt

# wait_for <command>...: until it succeeds
wait_for()
{
	for _ in $(seq $((200 * ${KSFT_TIME_FACTOR:-1}))); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

stands_still()
{
	cat /proc/[0-9]*/stat 2> /dev/null | grep -q '(gpreempt_lifecy) T'
}

# begin <stage> <state>: a test that has its queues off, and stands still
begin()
{
	KSFT_STAND_STILL=1 ./gpreempt_lifecycle \
		-r "stage.$1.evicted_and_restored" > /tmp/stage.log 2>&1 &
	wait_for stands_still || return 1
	# shellcheck disable=SC2046	# one word for each process
	kill -STOP $(pidof gpreempt_lifecycle)
	[ "$(cat $node/state)" = "$2" ]
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

ended()
{
	! kill -0 "$1" 2> /dev/null
}

gone()
{
	[ ! -e "$1" ]
}

# Nobody has to wait for the processes, nothing is off any more, and the node is
# there until they are gone.
remove()
{
	set -- /sys/bus/pci/drivers/kfdsim/*:01.0
	echo 1 > "$1/remove" &
	remover=$!
	wait_for ended "$remover" && wait "$remover" || return 1
	state=$(cat $node/state)
	echo "# state after the removal: $state"
	[ "$state" = idle ] &&
		[ "$(cat /sys/class/kfd/kfd/proc/*/queues/*/gpreempt/state |
			grep -c 'inversion\|held')" -eq 0 ]
}

# removed <stage> <state>: the GPU is removed, and then the processes are killed
removed()
{
	kfdsim-load || return 1
	begin "$1" "$2" && remove
	removed=$?
	end
	wait_for gone $node
	left=$?
	kfdsim-unload && [ ! -e /dev/kfd ] && [ "$removed" -eq 0 ] &&
		[ "$left" -eq 0 ]
}

ktap_print_header
ktap_set_plan 4
ktap_test_result "preempted" in_stage preempted preempted
ktap_test_result "held" in_stage held held
ktap_test_result "removed, preempted" removed preempted preempted
ktap_test_result "removed, held" removed held held
ktap_finished
