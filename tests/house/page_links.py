"""Links between pages: the target of a relative link in a Markdown page must exist, and so must its heading."""

import functools
import os
import re

FENCED = re.compile(r"^( *)```.*?^ *```$", re.M | re.S)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]+)\)")
NAMED = re.compile(r'<a (?:id|name)="([^"]+)">')
HEADING = re.compile(r"^#{1,6} +(.*?)(?: +#+)? *$", re.M)


def blanked(text, pattern):
    """Replaces what the pattern finds by blanks, so that lines can still be counted."""
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def anchors(text):
    """The anchors of a page's headings, as GitHub makes them, and its explicit anchors."""
    text = FENCED.sub("", text)
    found = set(NAMED.findall(text))
    for heading in HEADING.findall(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        beginning, number = name, 0
        while name in found:
            number += 1
            name = f"{beginning}-{number}"
        found.add(name)
    return found


@functools.lru_cache(maxsize=None)
def anchors_of(path):
    with open(path, encoding="utf-8") as file:
        return anchors(file.read())


def broken_links(root, path, text):
    """(line, error) of each broken link of the page at `path`."""
    shown = blanked(blanked(text, FENCED), CODE)
    for found in LINK.finditer(shown):
        link = found.group(1)
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = os.path.join(root, os.path.dirname(path), name) if name else os.path.join(root, path)
        line = text.count("\n", 0, found.start()) + 1
        if not os.path.exists(target):
            yield line, f"links to {link}, which is not there"
        elif anchor and (not target.endswith(".md") or anchor not in anchors_of(os.path.realpath(target))):
            yield line, f"links to {link}: {name or 'this page'} has no such heading"
