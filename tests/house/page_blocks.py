"""The example blocks of the pages, so that tests can run them unchanged.

An example is a fenced block, or a table up to an empty line or `<!-- end -->`, after a line `<!-- example: NAME -->`.
A name belongs to one page only. A block that no test runs says why, `<!-- not run: WHAT, WHY -->`, and a picture or a
grammar says `<!-- drawing: OF WHAT -->`. The pages are all *.md files of the project outside of tests/.
"""

import pathlib
import re
import shlex
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from project_files import project_files  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = re.compile(r"<!-- (?:example|not run|drawing): .+ -->")
EXAMPLE = re.compile(r"^ *<!-- example: (.*) -->$", re.M)


def all_pages():
    """The texts of all pages by path."""
    paths = [path for path in project_files(ROOT) if path.endswith(".md") and not path.startswith("tests/")]
    return {path: (ROOT / path).read_text(encoding="utf-8") for path in paths}


PAGES = all_pages()


def page_of(name):
    """The page with the example."""
    found = [path for path, text in PAGES.items() for other in EXAMPLE.findall(text) if other == name]
    if len(found) != 1:
        sys.exit(f"{len(found)} blocks on the pages are marked as example {name} {' '.join(found)}")
    return found[0]


def block(name):
    """The lines of the fenced block after the mark."""
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w*\n(.*?)```", PAGES[page_of(name)], re.S)
    if not found:
        sys.exit(f"{page_of(name)}: the example {name} is no fenced block")
    return found.group(1)


def table(name):
    """The rows of the table after the mark, each a list of cells, without the header."""
    text = PAGES[page_of(name)]
    rows = text.split(f"<!-- example: {name} -->\n", 1)[1].split("<!-- end -->", 1)[0].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().removeprefix("|").removesuffix("|"))]
            for row in rows[2:]]


def commands_of(text):
    """The commands of a block, unchanged, each on as many lines as its quotes and backslashes take."""
    commands, lines = [], []
    for line in text.splitlines():
        lines.append(line)
        try:
            shlex.split("\n".join(lines), comments=True)
        except ValueError:  # within a quote, or after a backslash
            continue
        if not line.endswith("\\"):
            commands.append("\n".join(lines))
            lines = []
    return commands


def fenced_blocks(text):
    """(the line before it, its first line) of each fenced block."""
    lines, opening = text.splitlines(), None
    for number, line in enumerate(lines):
        if not line.lstrip().startswith("```"):
            continue
        if opening is None:
            opening = number
            continue
        yield lines[opening - 1].strip() if opening else "", lines[opening + 1]
        opening = None


def unmarked():
    """The blocks without a mark, by their first lines, and the examples that no test uses."""
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    for path, text in PAGES.items():
        for mark, line in fenced_blocks(text):
            if not MARK.fullmatch(mark):
                yield f"{path}: a block without a mark: {line}"
        for name in EXAMPLE.findall(text):
            page_of(name)  # fails if the name is on several pages
            if f'"{name}"' not in tests:
                yield f"{path}: no test asks for the example {name}"


def count():
    """The number of examples on the pages, of blocks that say why they are not run, and of drawings."""
    texts = "\n".join(PAGES.values())
    return [len(re.findall(rf"^ *<!-- {kind}: .* -->$", texts, re.M)) for kind in ("example", "not run", "drawing")]
