#!/usr/bin/env python3
"""Makes the manual: all pages of the folders as one site with search, in build/manual/site. Every link is checked: its file
and its heading must be there.

    tools/manual.py [--check]     --check: prints only what is wrong, as the test wants it

Needs mkdocs and its theme Material from Debian's packages; `tools/dev manual` is this.
"""

import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/house"))

from page_links import CODE, FENCED, LINK, blanked  # noqa: E402
from project_files import project_files  # noqa: E402

FOLDER = ROOT / "build/manual"
# mkdocs leaves out folders that begin with a dot.
SHOWN = {".github/": "project/"}

# Anchors as GitHub makes them, for which the links are written.
SLUGS = '''
import re

def slugify(text, separator):
    return re.sub(r"[^\\w\\- ]", "", text.strip().lower()).replace(" ", "-")
'''

SETTINGS = {
    "site_name": "Leadpulse", "docs_dir": "pages", "site_dir": "site", "use_directory_urls": False,
    "theme": {"name": "material", "font": False, "icon": {"logo": "material/pulse"},
              "features": ["navigation.top", "search.suggest"],
              "palette": [{"media": f"(prefers-color-scheme: {scheme})", "scheme": name, "primary": "indigo",
                           "toggle": {"icon": "material/brightness-6", "name": f"Switch to the {other} colors"}}
                          for scheme, name, other in (("light", "default", "dark"), ("dark", "slate", "light"))]},
    "plugins": ["search"], "extra_css": ["wide.css"],
}
# Code and tables of the pages are wide.
STYLE = ".md-grid { max-width: 84rem }\n.md-typeset td:first-child code { white-space: nowrap }\n"


def shown_path(path):
    for folder, shown in SHOWN.items():
        if path.startswith(folder):
            return shown + path.removeprefix(folder)
    return path


class Pages:
    """The pages as mkdocs gets them: at their places, with the files that they link."""

    def __init__(self, files):
        self.files = set(files)
        self.pages = [path for path in files if path.endswith(".md")]
        self.linked = set()

    def target(self, page, link):
        """Returns the link from where the page is shown to where its target is."""
        name, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link) or not name:
            return link
        path = os.path.normpath(os.path.join(os.path.dirname(page), name))
        while (ROOT / path).is_dir():  # a folder: its page, or that of the one above
            page_of_folder = os.path.normpath(f"{path}/README.md")
            path = page_of_folder if page_of_folder in self.files else os.path.dirname(path)
        if path in self.files:
            self.linked.add(path)
        target = os.path.relpath(shown_path(path), os.path.dirname(shown_path(page)) or ".")
        return f"{target}#{anchor}" if anchor else target

    def write(self, page, folder):
        text = (ROOT / page).read_text(encoding="utf-8")
        # Marks of examples; without an empty line, what follows would belong to them.
        text = re.sub(r"^( *)<!--.*?-->$", "", text, flags=re.M | re.S)
        shown = blanked(blanked(text, FENCED), CODE)
        for found in reversed(list(LINK.finditer(shown))):
            text = text[:found.start(1)] + self.target(page, found[1]) + text[found.end(1):]
        # Lists and tables begin after an empty line in mkdocs' Markdown.
        lines, fenced, written = text.splitlines(), False, []
        for number, line in enumerate(lines):
            fenced ^= line.lstrip().startswith("```")
            before = lines[number - 1] if number else ""
            begins = re.match(r"(?:[-*] |1\. |\|)", line) and before.strip() and not re.match(r"[-*|] ?|\d+\. |  ", before)
            written += [""] * bool(begins and not fenced) + [line]
        (folder / shown_path(page)).parent.mkdir(parents=True, exist_ok=True)
        (folder / shown_path(page)).write_text("\n".join(written) + "\n", encoding="utf-8")

    def write_all(self, folder):
        for page in self.pages:
            self.write(page, folder)
        for path in self.linked - set(self.pages):
            (folder / shown_path(path)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, folder / shown_path(path))

    def entry(self, page):
        """A page's title without its folder: "The rule language" of "# processor/rules: the rule language"."""
        title = (ROOT / page).read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ")
        short = title.removeprefix(f"{os.path.dirname(page)}: ")
        return {title if short == title else short[0].upper() + short[1:]: shown_path(page)}

    def navigation(self):
        """The chapters are the rows of the first page's table "Where to read on"; then come all other pages, by folder."""
        table = (ROOT / "README.md").read_text(encoding="utf-8").split("## Where to read on", 1)[1]
        chapters, seen = [{"Leadpulse": "README.md"}], {"README.md"}
        for title, cell in re.findall(r"^\| (?!to |-)([^|]+) \| (.+) \|$", table, re.M):
            pages = [os.path.normpath(link.split("#")[0]) for link in LINK.findall(cell)]
            pages = [page for page in dict.fromkeys(pages) if page not in seen]
            seen.update(pages)
            chapters.append({title[0].upper() + title[1:]: [self.entry(page) for page in pages]})
        folders = {}
        for page in self.pages:
            if page not in seen:
                folders.setdefault(shown_path(page).split("/")[0], []).append(self.entry(page))
        return chapters + [{"All other pages": [{folder: pages} for folder, pages in sorted(folders.items())]}]


class Links(html.parser.HTMLParser):
    """The links and anchors of a page of the site."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src"):
                self.links.append(value)
            elif name in ("id", "name"):
                self.anchors.add(value)


def broken_links(site):
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html")) if path.name != "404.html"}
    for path, page in pages.items():
        for link in page.links:
            name, anchor = urllib.parse.urldefrag(link)
            if re.match(r"[a-z]+:|//", link):
                continue
            target = (path.parent / urllib.parse.unquote(name)).resolve() if name else path
            if not target.is_file():
                yield f"{path.relative_to(site)}: links to {link}, which is not there"
            elif anchor and target in pages and urllib.parse.unquote(anchor) not in pages[target].anchors:
                yield f"{path.relative_to(site)}: links to {link}: there is no such heading"


def main(arguments):
    shutil.rmtree(FOLDER, ignore_errors=True)
    pages = Pages(project_files(ROOT))
    pages.write_all(FOLDER / "pages")
    (FOLDER / "pages/wide.css").write_text(STYLE, encoding="utf-8")
    (FOLDER / "slugs.py").write_text(SLUGS, encoding="utf-8")
    extensions = [{"toc": {"slugify": "SLUGIFY", "permalink": True}}, "tables", "pymdownx.superfences", "sane_lists"]
    settings = json.dumps({**SETTINGS, "nav": pages.navigation(), "markdown_extensions": extensions}, indent=1)
    (FOLDER / "mkdocs.yml").write_text(settings.replace('"SLUGIFY"', '!!python/name:slugs.slugify ""'), encoding="utf-8")
    made = subprocess.run(["/usr/bin/python3", "-m", "mkdocs", "build", "--strict", "--quiet", "--config-file", FOLDER / "mkdocs.yml"],
                          env={**os.environ, "PYTHONPATH": str(FOLDER)}, check=False)
    broken = list(broken_links(FOLDER / "site")) if made.returncode == 0 else []
    for line in broken:
        print(line, file=sys.stderr)
    if made.returncode == 0 and not broken and "--check" not in arguments:
        print(f"made {os.path.relpath(FOLDER / 'site')}: {len(pages.pages)} pages. To read it with search: "
              "python3 -m http.server --directory build/manual/site")
    return 1 if made.returncode or broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
