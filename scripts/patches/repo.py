# SPDX-License-Identifier: GPL-2.0
"""Scratch git repositories: one commit for each topic, patches, git am."""

import os
import pathlib
import re
import subprocess

# nothing of the user's own configuration may change what is written
ENVIRONMENT = {'GIT_CONFIG_GLOBAL': os.devnull, 'GIT_CONFIG_NOSYSTEM': '1',
               'GIT_TERMINAL_PROMPT': '0'}


class GitError(Exception):
    pass


class Repo:
    def __init__(self, path, identity=('nobody', 'nobody@localhost'),
                 date='@0 +0000'):
        self.path = pathlib.Path(path)
        name, email = identity
        self.environment = {
            **{key: value for key, value in os.environ.items()
               if not key.startswith('GIT_')},
            **ENVIRONMENT, 'GIT_AUTHOR_NAME': name, 'GIT_AUTHOR_EMAIL': email,
            'GIT_COMMITTER_NAME': name, 'GIT_COMMITTER_EMAIL': email,
            'GIT_AUTHOR_DATE': date, 'GIT_COMMITTER_DATE': date}

    def git(self, *words, text=None):
        run = subprocess.run(['git', '-C', str(self.path), *words],
                             input=text, env=self.environment, text=True,
                             capture_output=True, check=False)
        if run.returncode:
            raise GitError(f'git {words[0]}: {run.stderr.strip()}'
                           f'{run.stdout.strip()}')
        return run.stdout

    def init(self):
        self.path.mkdir(parents=True, exist_ok=True)
        self.git('init', '-q', '--template=', '-b', 'series')

    def commit(self, message, *options):
        """Commit all that changed; False if nothing did"""
        self.git('add', '-A', '-f')
        if not self.git('status', '--porcelain'):
            return False
        self.git('commit', '-q', *options, '-F', '-', text=message)
        return True

    def tree(self, commit='HEAD'):
        return self.git('rev-parse', f'{commit}^{{tree}}').strip()

    def checkout(self, commit):
        self.git('checkout', '-q', commit)

    def format_patches(self, base, end, directory, cover):
        """Patches from @base to @end, and a cover letter: (subject, text)"""
        self.git('format-patch', '-q', '--cover-letter', '--no-signature',
                 '--zero-commit', '-o', str(directory), f'{base}..{end}')
        letter = next(pathlib.Path(directory).glob('0000-*.patch'))
        text = letter.read_text(encoding='utf-8')
        text = text.replace('*** SUBJECT HERE ***', cover[0])
        text = text.replace('*** BLURB HERE ***', cover[1])
        letter.write_text(text, encoding='utf-8')
        return sorted(path for path in pathlib.Path(directory).glob('*.patch')
                      if path != letter)

    def am(self, patches):
        """Apply patches; the commits, in order"""
        base = self.git('rev-parse', 'HEAD').strip()
        self.git('am', '-q', *map(str, patches))
        return self.git('rev-list', '--reverse', f'{base}..').split()


def identity(top):
    """Name and address of who signs off, from the project's git"""
    found = []
    for key in ('user.name', 'user.email'):
        run = subprocess.run(['git', '-C', str(top), 'config', key],
                             capture_output=True, text=True, check=False)
        value = run.stdout.strip()
        if not value:
            raise GitError(f'git config {key} is not set: patches are signed '
                           'off by somebody')
        found.append(value)
    if not re.match(r'^\S+@\S+$', found[1]):
        raise GitError(f'git config user.email: "{found[1]}" is no address')
    return tuple(found)


def head_date(top):
    """When the project's last commit was made: so do the patches repeat"""
    run = subprocess.run(['git', '-C', str(top), 'log', '-1',
                          '--format=@%ct +0000'], capture_output=True,
                         text=True, check=False)
    return run.stdout.strip() or '@0 +0000'
