#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# GPUs that come and go while the driver is loaded.

# shellcheck source=/dev/null
. ./ktap_helpers.sh

sim=/sys/kernel/debug/kfdsim
nodes=/sys/class/kfd/kfd/topology/nodes

num_nodes()
{
	set -- $nodes/*
	echo $#
}

# wait_nodes <num>: amdkfd lets go of a GPU some time after its last user
wait_nodes()
{
	for _ in $(seq 100); do
		[ "$(num_nodes)" -ne "$1" ] || return 0
		sleep 0.05
	done
	return 1
}

# del <gpu>: with a process that just ended still on its way out
del()
{
	for _ in $(seq 100); do
		echo "$1" 2> /dev/null > $sim/del_device && return 0
		sleep 0.05
	done
	return 1
}

works()
{
	./kfd_gpus -r gpus.each_works > /tmp/gpus.log 2>&1 || { cat /tmp/gpus.log; return 1; }
}

# Returns what the steps did; the module has to go in any case.
with_module()
{
	kfdsim-load num_gpus=2 "$@" || return 1
	steps
	status=$?
	kfdsim-unload && [ ! -e /dev/kfd ] && return "$status"
}

# gone_and_back <nodes of a GPU>: and the rest is as it was
gone_and_back()
{
	for _ in 1 2 3; do
		del 1 || return 1
		[ "$(num_nodes)" -eq $((1 + $1)) ] || return 1
		echo 1 > $sim/new_device || return 1
		[ "$(num_nodes)" -eq $((1 + 2 * $1)) ] || return 1
		works || return 1
	done
}

# The first one is no different from the others.
both_gone()
{
	del 0 && [ "$(num_nodes)" -eq 2 ] && del 1 && [ "$(num_nodes)" -eq 1 ] &&
		echo 1 > $sim/new_device && echo 0 > $sim/new_device &&
		[ "$(num_nodes)" -eq 3 ] && works
}

# refused <file> <value>
refused()
{
	! echo "$2" 2> /dev/null > "$sim/$1"
}

bad_numbers()
{
	refused new_device 0 && refused new_device 2 && refused del_device 2 &&
		refused del_device -1 && del 1 && refused del_device 1
}

# begin_use: a process with queues on both GPUs, which stands still
begin_use()
{
	./kfd_gpus -r gpus.independent > /tmp/gpus.log 2>&1 &
	for _ in $(seq 100); do
		sleep 0.02
		[ -n "$(ls /sys/class/kfd/kfd/proc/*/queues/ 2> /dev/null)" ] ||
			continue
		# shellcheck disable=SC2046	# one word for each process
		kill -STOP $(pidof kfd_gpus)
		return 0
	done
	return 1
}

end_use()
{
	# shellcheck disable=SC2046	# one word for each process
	kill -KILL $(pidof kfd_gpus)
	wait
}

# amdkfd can't stand it: the simulator must not do that to the machine.
gone_in_use()
{
	begin_use && refused del_device 1
	status=$?
	end_use
	return "$status"
}

remove()
{
	set -- /sys/bus/pci/drivers/kfdsim/*:02.0
	echo 1 > "$1/remove" &
	remover=$!
	for _ in $(seq 100); do
		kill -0 "$remover" 2> /dev/null || { wait "$remover"; return; }
		sleep 0.05
	done
	return 1
}

# The node stays as long as a process has it, nobody else gets in, and who
# removes the GPU need not wait.
removed_in_use()
{
	before=$(num_nodes)
	begin_use && remove && [ "$(num_nodes)" -eq "$before" ] &&
		! (: < /dev/kfd) 2> /dev/null
	status=$?
	end_use
	wait_nodes $(((before - 1) / 2 + 1)) && return "$status"
}

removed_and_rescanned()
{
	remove && wait_nodes 2 && echo 1 > /sys/bus/pci/rescan &&
		[ "$(num_nodes)" -eq 3 ]
}

# run <name> <steps> [<param>...]
run()
{
	name=$1 command=$2
	shift 2
	steps() { $command; }
	ktap_test_result "$name" with_module "$@"
}

ktap_print_header
ktap_set_plan 9
run "gone and back" "gone_and_back 1"
run "gone and back, partitions" "gone_and_back 4" mode=CPX
run "gone and back, MES" "gone_and_back 1" preset=navi31
run "both gone" both_gone
run "bad numbers" bad_numbers
run "not gone in use" gone_in_use
run "removed in use" removed_in_use
run "removed in use, partitions" removed_in_use mode=CPX
run "removed and rescanned" removed_and_rescanned
ktap_finished
