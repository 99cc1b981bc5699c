"""The folders of the project and which of them may include which, as the links in their CMakeLists.txt say."""

import re

# The folders without a library of their own that is read here:
TOOLS = "tools"  # may include the whole product
TESTS = "tests"  # may include everything
MODEL = "tests/support/model"  # a second implementation: it shares no code with the product
SCHEMAS = "leadpulse/v1"  # the generated headers, which are the library leadpulse_protos

LIBRARY = re.compile(r"^leadpulse_library\(\s*(\w+)([^)]*)\)", re.MULTILINE)


class Folders:
    """The folders of a tree. A folder of the product is one whose CMakeLists.txt has a leadpulse_library, and may
    include, or declare names of, what this library links by itself. TOOLS, TESTS and MODEL have rules of their own."""

    def __init__(self, root, paths):
        self.links = {}  # folder: the folders that its library links
        self.errors = []  # (path, line, text)
        libraries, found = {"leadpulse_protos": SCHEMAS}, []
        for path in paths:
            folder, _, name = path.rpartition("/")
            if name != "CMakeLists.txt" or lies_in(path, (TOOLS, TESTS)):
                continue
            text = re.sub(r"#.*", "", (root / path).read_text(encoding="utf-8"))
            for library in LIBRARY.finditer(text):
                libraries[library.group(1)] = folder
                _, _, links = library.group(2).partition(" LINKS ")
                found.append((path, text.count("\n", 0, library.start()) + 1, folder, links.split()))
        for path, line, folder, links in found:
            self.links[folder] = []
            for link in links:
                if link in libraries:
                    self.links[folder].append(libraries[link])
                elif link.startswith("leadpulse_"):
                    self.errors.append((path, line, f"links {link}, which no folder of the product has"))
        self.find_cycle()

    def find_cycle(self):
        """Reports a cycle of links, if there is one: CMake would build it."""
        def follow(chain):
            for link in self.links.get(chain[-1], []):
                if link in chain:
                    return chain[chain.index(link):] + [link]
                if link not in done and (cycle := follow(chain + [link])):
                    return cycle
            done.add(chain[-1])
            return None
        done = set()
        for folder in self.links:
            cycle = None if folder in done else follow([folder])
            if cycle:
                self.errors.append((f"{cycle[0]}/CMakeLists.txt", 1, f"the links form a cycle: {' → '.join(cycle)}"))
                return

    def of_path(self, path):
        """The folder that a file belongs to, which is the longest one that contains it; None without one."""
        fitting = [folder for folder in [*self.links, TOOLS, TESTS, MODEL] if path.startswith(folder + "/")]
        return max(fitting, key=len) if fitting else None

    def of_include(self, name):
        """The folder of an included header; None if it is a library's."""
        return SCHEMAS if name.startswith(SCHEMAS + "/") else self.of_path(name)

    def of_namespace(self, name):
        """The folder of a namespace, which has its last name: `codec` is that of schemas/codec. None without one."""
        return next((folder for folder in [*self.links, TOOLS] if folder.rpartition("/")[2] == name), None)

    def may_include(self, folder, target):
        if folder == target or folder == TESTS:
            return True
        if folder == TOOLS:
            return not lies_in(target + "/", [TESTS])
        return target in self.links.get(folder, [])

    def unused(self, used):
        """Yields (path, folder) of each link that is not among the pairs (folder, folder) of `used`."""
        for folder, links in self.links.items():
            for link in links:
                if (folder, link) not in used:
                    yield f"{folder}/CMakeLists.txt", link

    def allowed(self, folder, target):
        """What a folder that may not include `target` may include, in words."""
        if lies_in(target + "/", [TESTS]):
            return "the product does not include tests"
        if folder == MODEL:
            return "it may include nothing but its own headers"
        links = ", ".join(self.links[folder]) or "no other folder"
        return f"its library in {folder}/CMakeLists.txt links {links}"


def lies_in(path, folders):
    return any(path.startswith(folder + "/") for folder in folders)
