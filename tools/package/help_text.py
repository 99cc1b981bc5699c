"""The commands of the program with their options, as `leadpulse COMMAND… --help` prints them."""

import dataclasses
import os
import pwd
import re
import subprocess

OPTION = re.compile(r"(?:-\w,)?(--[\w-]+)(?: (?!Excludes:|Needs:|REQUIRED)([^ =:]+))?")  # its name, and its value's


@dataclasses.dataclass
class Command:
    path: list            # ["leadpulse", "serve", "user"]
    usage: str
    summary: str
    entries: dict         # of "Options", "Positionals": [(how it is written, what it means)]
    commands: list        # the Commands below it
    text: str             # what stands below the lists

    @property
    def name(self):
        return " ".join(self.path)

    def options(self):
        """(name, what its value is or "", the values that there are, description) of each option."""
        for written, meaning in self.entries["Options"]:
            found = OPTION.match(written)
            choices = re.search(r"\{([^}]*)\}", written)
            yield found[1], found[2] or "", choices[1].split(",") if choices else [], meaning


def entry_of(lines):
    """Takes the entry at the beginning of the lines. What a long one means begins in the next line."""
    line = lines.pop(0)
    column = len(line) - len(line.lstrip()) + 28
    short = line[column - 2:column] == "  "
    meaning = [line[column:]] if short else []
    while lines and lines[0].startswith(" " * column):
        meaning.append(lines.pop(0))
    return (line[:column] if short else line).strip(), " ".join(map(str.strip, meaning))


def command_of(program, path):
    """Returns the command with all below it."""
    said = subprocess.run([program, *path[1:], "--help"], capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
    # The default of --actor is whoever builds the package.
    own = f"NAME={pwd.getpwuid(os.getuid()).pw_name} "
    lines = said.replace(f"--actor {own}", "--actor NAME".ljust(len(own) + 8)).splitlines()
    summary, usage = lines.pop(0), lines.pop(0).removeprefix("Usage: ")
    entries, names, section = {"Options": [], "Positionals": []}, [], ""
    while lines:
        line = lines[0]
        heading = re.fullmatch(r" *(Positionals|Options|Subcommands):", line)
        if heading:
            section = heading[1]
        elif section and re.match(r" +(?:-|\w)", line):
            entry = entry_of(lines)
            names.append(entry[0]) if section == "Subcommands" else entries[section].append(entry)
            continue
        elif line.strip() and not re.match(r"\[| +\[", line):
            break
        lines.pop(0)
    below = [command_of(program, [*path, name]) for name in names]
    return Command(path, usage, summary, entries, below, "\n".join(lines).strip("\n"))


def walk(command):
    yield command
    for below in command.commands:
        yield from walk(below)
