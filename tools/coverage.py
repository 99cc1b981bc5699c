#!/usr/bin/env python3
"""Shows how much of the product the tests run, from the counts that a build with the preset `coverage` left.

    tools/coverage.py     a table with a row a folder, and in build/coverage/: uncovered.txt (the lines that never ran, the
                          branches never taken), index.html with them marked

Branches that only an exception takes are left out: the product throws none, so the compiler's paths for std::bad_alloc
are not its decisions. LP_ASSERT's failing side is left out too, because it cannot be reached.
`tools/dev coverage` builds, runs the tests and then calls this.
"""

import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/coverage"
PRODUCT = ["config/", "processor/", "schemas/codec/", "state/", "processor/archive/", "tools/leadpulse/", "tools/report/",
           "tools/simulate/"]


def gcovr(*arguments):
    filters = [option for folder in PRODUCT for option in ("--filter", str(ROOT / folder))]
    # libFuzzer's and the tests' own sources are not measured.
    command = ["gcovr", "--root", str(ROOT), *filters, "--exclude-throw-branches", "--exclude-unreachable-branches",
               "--exclude-branches-by-pattern", r".*\bLP_ASSERT\(.*", str(BUILD), *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"coverage: gcovr ended with {result.returncode}: {result.stderr[-2000:]}")


def folder_of(path):
    parts = path.split("/")
    return "/".join(parts[:-1])


def ranges(numbers):
    """Returns numbers as text: `3, 5-8`."""
    spans = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


class Count:
    def __init__(self):
        self.lines = self.lines_run = self.branches = self.branches_taken = 0

    def add(self, line):
        self.lines += 1
        self.lines_run += line["count"] > 0
        self.branches += len(line["branches"])
        self.branches_taken += sum(branch["count"] > 0 for branch in line["branches"])

    def row(self, name):
        def share(part, whole):
            return f"{100 * part / whole:6.1f} %" if whole else "       –"
        return (f"{name:<22}{self.lines:>7}{share(self.lines_run, self.lines):>9}"
                f"{self.branches:>10}{share(self.branches_taken, self.branches):>9}")


def summarize(data):
    """Returns the table and the lines of uncovered.txt."""
    folders, uncovered = collections.defaultdict(Count), []
    for file in sorted(data["files"], key=lambda entry: entry["file"]):
        never, half = set(), set()
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            folders[folder_of(file["file"])].add(line)
            folders["all"].add(line)
            if line["count"] == 0:
                never.add(line["line_number"])
            elif any(branch["count"] == 0 for branch in line["branches"]):
                half.add(line["line_number"])
        if never:
            uncovered.append(f"{file['file']}: never run: {ranges(never)}")
        if half:
            uncovered.append(f"{file['file']}: one way only: {ranges(half)}")
    total = folders.pop("all", Count())
    table = [f"{'folder':<22}{'lines':>7}{'run':>9}{'branches':>10}{'taken':>9}"]
    table += [folders[name].row(name) for name in sorted(folders)] + [total.row("all")]
    return table, uncovered


def main():
    BUILD.mkdir(parents=True, exist_ok=True)
    report = BUILD / "coverage.json"
    gcovr("--json", str(report), "--html-details", str(BUILD / "index.html"))
    table, uncovered = summarize(json.loads(report.read_text(encoding="utf-8")))
    (BUILD / "uncovered.txt").write_text("\n".join(uncovered) + "\n", encoding="utf-8")
    print("\n".join(table))
    print(f"What was not run: {(BUILD / 'uncovered.txt').relative_to(ROOT)}, "
          f"{(BUILD / 'index.html').relative_to(ROOT)}; why that is right: tests/HISTORY.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
