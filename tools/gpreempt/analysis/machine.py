# SPDX-License-Identifier: GPL-2.0
"""The virtual machine that a tool measures in."""

import os
import pathlib
import shutil
import subprocess

from .results import BadResult

HERE = pathlib.Path(__file__).resolve().parent.parent
TOP = HERE.parent.parent
# what the scripts that run in the machine share
COMMON = HERE / "vm-common"


def wait_for(words, **output):
    """As subprocess.run(); returns status and seconds of CPU time."""
    with subprocess.Popen(words, **output) as process:
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime


def boot(collect, script, program, command, options=(), plan=None, log=None):
    """
    Run @command in a machine.

    @collect: the directory, made anew, for what it leaves in its /out
    @script: that of this project's vm-* which @command calls
    @program: what @script calls
    @options: more of scripts/vm's
    @plan: text of a file /tools/plan, or None
    @log: the name of a file in @collect for what it prints; None: the terminal

    Returns seconds of CPU time that it took; BadResult if it failed.
    """
    shutil.rmtree(collect, ignore_errors=True)
    collect.mkdir(parents=True)
    tools = [program, HERE / script, COMMON]
    if plan is not None:
        tools.append(collect / "plan")
        tools[-1].write_text(plan)
    words = [TOP / "scripts" / "vm", "--mode", "run", "--collect", collect,
             *options]
    for tool in tools:
        words += ["--add", f"{tool}:tools/{tool.name}"]
    words += ["--cmd", command]
    if log:
        words.append("--quiet")
        with open(collect / log, "w", encoding="utf-8") as file:
            status, cpu_s = wait_for(words, stdout=file, stderr=file)
    else:
        status, cpu_s = wait_for(words)
    if status:
        raise BadResult(f"the virtual machine's status is {status}, "
                        f"see {collect}")
    return cpu_s
