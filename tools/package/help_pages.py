#!/usr/bin/env python3
"""Makes man pages, and completions for bash and zsh, from what `leadpulse COMMAND… --help` prints.

    tools/package/help_pages.py PROGRAM FOLDER     writes below FOLDER/share, when the package is made
"""

import gzip
import pathlib
import re
import subprocess
import sys

from help_text import command_of, walk


def roff(text):
    return re.sub(r"^([.'])", r"\\&\1", text.replace("\\", "\\e").replace("-", "\\-"), flags=re.M)


def text_of_page(text):
    """Paragraphs, and examples as they stand; exit codes have a section of their own."""
    for part in re.split(r"\n\n+", text):
        if part.startswith("Exit codes: "):
            yield f".SH EXIT STATUS\n{roff(part.removeprefix('Exit codes: '))}"
        elif re.match(r"Examples?:\n|Begin with:\n", part):
            heading, body = part.split("\n", 1)
            yield f".SH {heading.rstrip(':').upper()}\n.nf\n{roff(body)}\n.fi"
        elif part:
            yield f".PP\n.nf\n{roff(part)}\n.fi" if "\n  " in part or part.startswith(" ") else f".PP\n{roff(part)}"


def man_page(command, version):
    name = "-".join(command.path)
    lines = [f'.TH {name.upper()} 1 "" "{version}" "Leadpulse"\n.ad l', f".SH NAME\n{roff(name)} \\- {roff(command.summary)}",
             f".SH SYNOPSIS\n{roff(command.usage)}"]
    for section in ("Positionals", "Options"):
        if command.entries[section]:
            lines.append(f".SH {'ARGUMENTS' if section == 'Positionals' else 'OPTIONS'}")
            lines += [f".TP\n\\fB{roff(written)}\\fR\n{roff(meaning)}" for written, meaning in command.entries[section]]
    if command.commands:
        lines.append(".SH COMMANDS")
        lines += [f".TP\n\\fB{roff('-'.join(below.path))}\\fR(1)\n{roff(below.summary)}" for below in command.commands]
    described = "\n".join(text_of_page(command.text))
    if described.startswith(".PP"):
        lines.append(".SH DESCRIPTION")
    parent = f"\\fB{roff('-'.join(command.path[:-1]))}\\fR(1), " if len(command.path) > 1 else ""
    return "\n".join([*lines, described, f".SH SEE ALSO\n{parent}the pages in /usr/share/doc/leadpulse", ""])


def case_of(commands, body):
    return "\n".join(f"    '{command.name}') {body(command)} ;;" for command in commands)


def bash(commands):
    paths = "|".join(f"'{command.name}'" for command in commands[1:])
    options = [option for command in commands for option in command.options()]
    folders = {name for name, value, _, _ in options if value == "DIR"}
    chosen = {name: choices for name, _, choices, _ in options if choices}
    others = {name for name, value, _, _ in options if value} - folders - set(chosen)
    choices = "\n".join(f"  {name}) words='{' '.join(chosen[name])}' ;;" for name in sorted(chosen))
    words = case_of(commands, lambda command: "words='" + " ".join(
        [below.path[-1] for below in command.commands] + [name for name, *_ in command.options()]) + "'")
    return f"""# Completions of leadpulse for bash, made from --help.
_leadpulse() {{
  local command=leadpulse current=${{COMP_WORDS[COMP_CWORD]}} words='' word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$command $word" in
    {paths}) command+=" $word" ;;
    esac
  done
  case "$command" in
{words}
  esac
  COMPREPLY=()
  case "${{COMP_WORDS[COMP_CWORD - 1]}}" in
  {"|".join(sorted(folders))}) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
  {"|".join(sorted(others))}) return ;;  # names of files
{choices}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o bashdefault -o default -F _leadpulse leadpulse
"""


def zsh(commands):
    def quoted(text):
        return "'" + text.replace("'", "'\\''") + "'"

    def option(name, value, choices, meaning):
        meaning = re.sub(r"([\[\]:\\])", r"\\\1", meaning)
        values = f"({' '.join(choices)})" if choices else "_files -/" if value == "DIR" else "_files"
        action = f":{value}:{values}" if value else ""
        return quoted(f"*{name}[{meaning}]{action}")

    def specifications(command):
        below = " ".join(quoted(f"{one.path[-1]}:{one.summary}") for one in command.commands)
        return f"commands=({below})\n      options=({' '.join(option(*of) for of in command.options())})"

    paths = "|".join(f"'{command.name}'" for command in commands[1:])
    return f"""#compdef leadpulse
# Completions of leadpulse for zsh, made from --help.
_leadpulse() {{
  local command=leadpulse word state
  local -a commands options
  for word in ${{words[2,CURRENT-1]}}; do
    case "$command $word" in
    {paths}) command+=" $word" ;;
    esac
  done
  case $command in
{case_of(commands, specifications)}
  esac
  _arguments -s : $options '*: :->other' && return
  if [[ $state == other ]]; then
    if (( $#commands )); then _describe command commands; else _files; fi
  fi
}}
_leadpulse "$@"
"""


def main(program, folder):
    version = " ".join(subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[:2])
    commands = list(walk(command_of(program, ["leadpulse"])))
    made = {"bash-completion/completions/leadpulse": bash(commands), "zsh/vendor-completions/_leadpulse": zsh(commands),
            **{f"man/man1/{'-'.join(command.path)}.1.gz": man_page(command, version) for command in commands}}
    for name, text in made.items():
        path = pathlib.Path(folder) / "share" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


if __name__ == "__main__":
    main(*sys.argv[1:])
