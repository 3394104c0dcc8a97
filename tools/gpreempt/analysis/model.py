# SPDX-License-Identifier: GPL-2.0
"""What no scheduler can be faster than, from the simulator's parameters."""

from .results import BadResult


def parse(text):
    """The simulator's model file: lines of name, value, unit, source. What is
    slow motion in it is taken back."""
    units = {}
    model = {}
    for line in text.splitlines():
        name, value, units[name] = line.split(None, 3)[:3]
        model[name] = int(value)
    slow = model["slow_motion"]
    for name, unit in units.items():
        if unit == "ns":
            model[name] //= slow
        elif unit in ("bytes/s", "MHz"):
            model[name] *= slow
    return model


def xccs(model):
    """Of a node"""
    return model["num_xcc"] // model["num_partitions"]


def wave_slots(model):
    """Of a node"""
    return (xccs(model) * model["cu_per_xcc"] * model["simd_per_cu"] *
            model["waves_per_simd"])


def save_ns(model):
    """Time to save every wave of a full GPU of one node: the trap, then all
    registers and LDS at the bandwidth of the memory."""
    try:
        state = (model["cu_state_bytes"] * model["cu_per_xcc"] *
                 model["num_xcc"])
        return model["trap_ns"] + state * 10**9 / model["vram_bandwidth"]
    except KeyError as err:
        raise BadResult(f"the model has no {err}") from None


def worst_us(model, policy):
    """The longest wait with a driver and a firmware that take no time: until
    somebody looks, what has to be confirmed, and the save. None: no bound."""
    if not policy.preempts:
        return None
    wait_us = int(policy.knob("confirm_us", 0))
    if "doorbell" not in policy.knob("triggers", "timer+event+doorbell"):
        if "lc_interval_us" not in dict(policy.knobs):
            return None
        wait_us += int(policy.knob("lc_interval_us"))
    return wait_us + save_ns(model) / 1000


def describe(model, scenario):
    """Lines of text about the bounds of every policy."""
    be_us = int(scenario.be["workgroup_us"]) + int(
        scenario.be["workgroup_step_us"]) * (int(scenario.be["processes"]) - 1)
    lines = [f"Saving every wave of the GPU takes {save_ns(model) / 1000:.1f} "
             f"us: a trap of {model['trap_ns'] / 1000:g} us and "
             f"{model['cu_state_bytes'] // 1024} KiB for each of "
             f"{model['cu_per_xcc'] * model['num_xcc']} CUs at "
             f"{model['vram_bandwidth'] // 10**9} GB/s.",
             "No wait can be promised to be shorter than that and the time "
             "until somebody looks:"]
    for policy in scenario.policies:
        bound = worst_us(model, policy)
        if bound is not None:
            lines.append(f"  {policy.name}: {bound:.1f} us, and what driver "
                         "and firmware take")
        elif policy.be:
            lines.append(f"  {policy.name}: no bound; BE workgroups of up to "
                         f"{be_us} us have to end, and more of them for each "
                         "LC dispatch ahead")
    return "\n".join(lines) + "\n"
