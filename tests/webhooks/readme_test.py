#!/usr/bin/env python3
"""The pages about email providers: the example's output is as shown, and the table has every event that the program
knows, as have the payloads of the tests.   tests/webhooks/readme_test.py BINARY
"""

import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/house"))

import webhook_posts  # noqa: E402
from page_blocks import block, table  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
SOURCES = ROOT / "processor/webhooks"
NAMES = re.compile(r"constexpr EventName k(?!Bounce)\w+\[\] = \{\n(.*?)\n\};", re.S)
NAME = re.compile(r'\{"([^"]+)", EventType::')


def names_of_providers():
    """Yields each provider's file name and the event names in the file."""
    for source in sorted(SOURCES.glob("*.cc")):
        names = NAME.findall("\n".join(NAMES.findall(source.read_text(encoding="utf-8"))))
        if names:
            yield source.stem.removesuffix("_form").replace("_", "-"), names


def rows():
    """The cells of each row, by provider."""
    by_provider, provider = {}, None
    for cells in table("providers"):
        provider = cells[0].strip("`") or provider
        by_provider.setdefault(provider, []).append(cells[1:])
    return by_provider


class Readme(unittest.TestCase):
    def test_example(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "body.json").write_text(block("webhook"), encoding="utf-8")
            words = shlex.split(block("convert"))
            done = subprocess.run([BINARY, *words[1:]], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, block("converted"))
        self.assertIn("1 skipped", done.stderr)
        self.assertRegex(done.stderr, r"1  no engagement +deferred")

    def test_mappings(self):
        crm = "leadpulse convert --provider generic --mapping crm.yaml --tenant acme crm.json"
        for files, call, shown in (({"post.txt": "mapped form", "form.yaml": "mapping"}, block("map"), "mapped"),
                                   ({"crm.json": "crm post", "crm.yaml": "crm mapping"}, crm, "crm records")):
            with self.subTest(shown), tempfile.TemporaryDirectory() as folder:
                for file, name in files.items():
                    (pathlib.Path(folder) / file).write_text(block(name), encoding="utf-8")
                done = subprocess.run([BINARY, *shlex.split(call)[1:]], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout, block(shown))
                self.assertIn("0 skipped", done.stderr)

    def test_table_has_every_event(self):
        told_of = rows()
        for provider, names in names_of_providers():
            told = re.findall(r"`([^`]+)`", " ".join(cells[0] for cells in told_of[provider]))
            patterns = [re.compile(re.escape(t).replace(r"\*", ".*").replace("…", ".*")) for t in told]
            for name in names:
                with self.subTest(provider=provider, name=name):
                    self.assertTrue(any(p.fullmatch(name) or p.fullmatch(f"activity.{name}") for p in patterns), told)

    def test_every_event_has_a_payload(self):
        for provider, names in names_of_providers():
            posted = webhook_posts.bodies(provider).values()
            texts = "".join(urllib.parse.unquote(body, errors="replace") for body in posted)
            for name in names:
                with self.subTest(provider=provider, name=name):
                    self.assertTrue(re.search(r"(?<!\w)" + re.escape(name) + r"(?!\w)", texts))

    def test_table_has_every_provider(self):
        said = subprocess.run([BINARY, "convert", "--help"], capture_output=True, text=True, check=True).stdout
        known = re.search(r"--provider NAME.*?\{([^}]*)\}", said, re.S).group(1)
        self.assertEqual(sorted(re.split(r"[,\s]+", known.strip())), sorted(rows()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
