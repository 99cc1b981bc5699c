#!/usr/bin/env python3
"""Exports that LibreOffice opened and saved, imported again.   tests/cli/import_spreadsheet_test.py BINARY

LibreOffice converts the CSV to a workbook and to CSV, as a person does who opens an export and saves it. Nothing may
change. The test needs `soffice` (Debian: libreoffice-calc), and is skipped without it."""

import os
import random
import shutil
import subprocess
import unittest

import import_exports_test
from command_line import CommandLine

OFFICE = shutil.which("soffice")
# The settings of its dialog: `,`, `"` and UTF-8. Cells are saved as they are shown.
READING, WRITING = "CSV:44,34,76,1", "csv:Text - txt - csv (StarCalc):44,34,76"


@unittest.skipIf(OFFICE is None, "soffice is not installed: apt-get install libreoffice-calc")
class ImportSpreadsheets(CommandLine):
    lead, names = import_exports_test.ImportExports.lead, import_exports_test.ImportExports.names

    def text(self, chance):
        """LibreOffice drops tabs in its own format, and takes `1-` for a number."""
        return import_exports_test.ImportExports.text(self, chance).replace("\t", " ") + "x"

    def convert(self, name, to):
        """Opens a file, and saves it in the folder `converted`. Returns its new name."""
        reading = [f"--infilter={READING}"] if name.endswith(".csv") else []
        subprocess.run([OFFICE, f"-env:UserInstallation=file://{self.path('office')}", "--headless", *reading, "--convert-to", to,
                        "--outdir", self.path("converted"), self.path(name)], check=True, capture_output=True, timeout=300)
        stem = os.path.splitext(os.path.basename(name))[0]
        return os.path.join("converted", f"{stem}.{to.partition(':')[0]}")

    def test_what_a_spreadsheet_saves_is_as_it_was(self):
        self.write("d.yaml", import_exports_test.DEFINITIONS)
        for seed in range(2):
            chance = random.Random(seed)
            self.write_records("a.jsonl", [record for number in range(40) for record in self.lead(number, chance)])
            state = f"state{seed}"
            self.output_of("run", "--input", "a.jsonl", "--definitions", "d.yaml", "--state", state, "--output", f"out{seed}", "--quiet")
            self.write("all.csv", self.output_of("leads", "--state", state, "--tenant", "acme", "--format", "csv", "--all"))
            for through in (WRITING, "xlsx", "ods"):
                with self.subTest(seed=seed, through=through):
                    saved = self.convert("all.csv", through)
                    if through != WRITING:
                        saved = self.convert(saved, WRITING)
                    shown = self.output_of("import", saved, "--tenant", "acme", "--definitions", "d.yaml", "--preview", "--state", state)
                    self.assertIn("40 rows: 40 right, 0 wrong\nleads: 0 new, 0 changed, 40 unchanged",
                                  shown[shown.index("The first rows"):])


if __name__ == "__main__":
    unittest.main()
