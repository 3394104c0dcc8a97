# SPDX-License-Identifier: GPL-2.0
"""Manual pages, completion and --help of the operator's tools say the same."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).parent.parent
PAGES = sorted((TOOLS / "man").glob("*.8"))
COMPLETION = TOOLS / "completion" / "gpreempt"


def setUpModule():
    global scratch, programs
    scratch = tempfile.TemporaryDirectory()
    programs = pathlib.Path(scratch.name)
    subprocess.run(["make", "-s", "-C", TOOLS, f"O={programs}", "tools"],
                   check=True)


def tearDownModule():
    scratch.cleanup()


def options(text):
    """--name of each option"""
    return set(re.findall(r"--[a-z][a-z-]*", text))


def helped(tool):
    """The options in the list of --help"""
    text = subprocess.run([programs / tool, "--help"], capture_output=True,
                          text=True, check=True).stdout
    return options("\n".join(line for line in text.splitlines()
                             if re.match(r" +(-.,? )? *--", line)))


class ToolDocs(unittest.TestCase):
    def test_every_tool_has_a_page(self):
        self.assertEqual([page.stem for page in PAGES],
                         sorted(path.name for path in programs.iterdir()))

    def test_pages_have_the_options(self):
        for page in PAGES:
            text = page.read_text().replace("\\-", "-")
            section = text.split("\n.SH OPTIONS\n")[1].split("\n.SH ")[0]
            with self.subTest(page.stem):
                self.assertEqual(options("\n".join(
                    line for line in section.splitlines()
                    if re.match(r"\.B[RI]? +-", line))), helped(page.stem))

    @unittest.skipUnless(shutil.which("groff"), "no groff")
    def test_pages_are_clean(self):
        for page in PAGES:
            run = subprocess.run(["groff", "-man", "-ww", "-z", page],
                                 capture_output=True, text=True, check=True)
            self.assertEqual(run.stderr, "")

    def complete(self, *words):
        """What completing the last of these words offers"""
        script = (f'. {COMPLETION}; compopt() {{ :; }}; COMP_WORDS=("$@"); '
                  'COMP_CWORD=$(($# - 1)); '
                  '_gpreempt "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        run = subprocess.run(["bash", "-c", script, "-", *words],
                             capture_output=True, text=True, check=True,
                             cwd=TOOLS)
        self.assertEqual(run.stderr, "")
        return set(run.stdout.split())

    def test_completion_has_the_options(self):
        for page in PAGES:
            offered = self.complete(page.stem, "--")
            self.assertEqual({word.rstrip("=") for word in offered},
                             helped(page.stem))

    def test_completion_of_values(self):
        self.assertEqual(self.complete("gpreempt-top", "--ba"), {"--batch="})
        self.assertEqual(self.complete("gpreempt-top", "--sysfs", "=", "ma"),
                         {"man"})
        self.assertEqual(self.complete("gpreempt-top", "--batch", "="), set())

    def test_unit_and_pages_name_the_same_paths(self):
        unit = (TOOLS / "systemd" / "gpreempt.service").read_text()
        for path in re.findall(r"=-?/usr/sbin/(\S+)", unit):
            self.assertIn(path, [page.stem for page in PAGES])
        for option in options(" ".join(re.findall(
                r"/usr/sbin/gpreempt-apply (.*)", unit))):
            self.assertIn(option, helped("gpreempt-apply"))


if __name__ == "__main__":
    unittest.main()
