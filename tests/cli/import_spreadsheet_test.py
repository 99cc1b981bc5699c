#!/usr/bin/env python3
"""Exports that LibreOffice opened and saved, imported again.   tests/cli/import_spreadsheet_test.py BINARY

LibreOffice converts the CSV to a workbook and to CSV, as a person does who opens an export and saves it. Nothing may
change. The test needs `soffice` (Debian: libreoffice-calc), and is skipped without it."""

import json
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
# `;`, in German, and numbers, days and truth values are recognised. They are saved as an American would write them.
READING_GERMAN = "CSV:59,34,76,1,,1031,false,true"


@unittest.skipIf(OFFICE is None, "soffice is not installed: apt-get install libreoffice-calc")
class ImportSpreadsheets(CommandLine):
    lead, names = import_exports_test.ImportExports.lead, import_exports_test.ImportExports.names

    def text(self, chance):
        """LibreOffice drops tabs in its own format, and takes `1-` for a number."""
        return import_exports_test.ImportExports.text(self, chance).replace("\t", " ") + "x"

    def convert(self, name, to, reading=READING):
        """Opens a file, and saves it in the folder `converted`. Returns its new name."""
        reading = [f"--infilter={reading}"] if name.endswith(".csv") else []
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
                    self.assertIn("40 rows: 40 right, 0 wrong\nleads: 0 new, 0 changed, 40 unchanged", shown)

    def test_values_that_a_spreadsheet_writes_anew_are_the_same(self):
        """A German file whose numbers, days and truth values are saved in other forms: `1.234,50` as `1234.5`."""
        self.write("d.yaml", "tenants: {acme: {fields: {umsatz: number, seit: day, vip: boolean}, tiers: [{name: all}]}}")
        for seed in range(3):
            chance = random.Random(seed)
            rows = [("last@x.example", "1.234.567,25", "31.12.2025", "WAHR")]
            for number in range(30):
                amount = f"{chance.randrange(2_000_000) / 100:,.2f}".translate(str.maketrans(",.", ".,"))
                day = f"{chance.randrange(1, 29):02}.{chance.randrange(1, 13):02}.{chance.randrange(2001, 2029)}"
                rows.append((f"p{number}@x.example", amount, day, chance.choice(("WAHR", "FALSCH"))))
            self.write("german.csv", "\n".join(map(";".join, [("Email", "Umsatz", "Seit", "VIP"), *rows])) + "\n")
            values = {}
            for name in ("german.csv", self.convert(self.convert("german.csv", "ods", READING_GERMAN), WRITING)):
                said = self.output_of("import", name, "--tenant", "acme", "--definitions", "d.yaml")
                commands = [json.loads(line)["command"] for line in said.splitlines()]
                values[name] = {one["email"]: one["updateProfile"]["set"] for one in commands}
            german, saved = values.values()
            with self.subTest(seed=seed):
                self.assertNotEqual(self.read("german.csv"), self.read("converted/german.csv"))
                self.assertEqual(german["last@x.example"], {"umsatz": 1234567.25, "seit": "2025-12-31", "vip": True})
                self.assertEqual(saved, german)


if __name__ == "__main__":
    unittest.main()
