# SPDX-License-Identifier: GPL-2.0
"""checkpatch --strict over a patch"""

import pathlib
import re
import subprocess

# path:line: LEVEL:TYPE: text
MESSAGE = re.compile(r'^(\S+?):(\d+): (?:ERROR|WARNING|CHECK):(\w+): (.*)$',
                     re.M)


class CheckpatchError(Exception):
    pass


def messages(output):
    """[(type, text)] of what checkpatch printed"""
    return [(kind, f'{pathlib.Path(path).name}:{line}: {kind}: {text}')
            for path, line, kind, text in MESSAGE.findall(output)]


def run(script, patch, directory):
    """What checkpatch has to say; it leaves files in @directory"""
    directory = pathlib.Path(directory)
    (directory / 'include').mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        ['perl', str(script), '--no-tree', f'--root={directory}', '--strict',
         '--terse', '--quiet', '--show-types', '--no-summary', str(patch)],
        cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False)
    found = messages(result.stdout)
    if result.returncode and not found:
        raise CheckpatchError(result.stdout.strip() or
                              f'{script} failed and does not say why')
    return found
