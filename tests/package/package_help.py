"""The man pages and completions of the package: they have every command and option of the program."""

import functools
import gzip
import re
import shlex
import subprocess

from packaged import PackageTest, call, must

# Types a line and Tab in a zsh, and prints what it offers.
ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
take() { local line; while zpty -r -t shell line; do print -rn -- $line; done }
zpty -w shell "PS1= PS2=; fpath=($1 \\$fpath); autoload -U compinit; compinit -u -D; zstyle ':completion:*' list-packed no; LISTMAX=0; print begi''n"
for i in {1..300}; do sleep 0.02; said+=$(take); [[ $said == *begin* ]] && break; done
zpty -w -n shell "$2"$'\\t\\t'
said=
for i in {1..150}; do sleep 0.02; said+=$(take); [[ $said == *$3* ]] && break; done
print -r -- $said
zpty -d shell
"""


@functools.lru_cache(maxsize=None)
def help_below(program, path):
    """(path, help) of the command and of all below it."""
    said = must(program, *path, "--help")
    names = re.findall(r"^  ([\w-]+)", said.split("\nSubcommands:\n")[1].split("\n\n")[0], re.M) if "\nSubcommands:\n" in said else []
    return [(path, said)] + [found for name in names for found in help_below(program, (*path, name))]


class Help(PackageTest):
    def commands(self):
        return help_below(self.program, ())

    def options(self, said):
        return re.findall(r"^ +(?:-\w,)?(--[\w-]+)", said.split("\nExample")[0], re.M)

    def page(self, path):
        return gzip.decompress((self.tree / f"usr/share/man/man1/{'-'.join(('leadpulse', *path))}.1.gz").read_bytes()).decode()

    def complete_in_bash(self, line):
        """What bash offers after the line, at a word that is begun or not."""
        script = self.tree / "usr/share/bash-completion/completions/leadpulse"
        words = " ".join(shlex.quote(word) for word in line.split(" "))
        return must("bash", "-c", f"source {script}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _leadpulse; "
                                  'printf "%s\\n" "${COMPREPLY[@]}"', cwd=self.tree).split()

    def test_every_command_has_a_page_with_its_options(self):
        commands = dict(self.commands())
        self.assertGreater(len(commands), 60)
        self.assertEqual(len(list((self.tree / "usr/share/man/man1").iterdir())), len(commands))
        for path, said in commands.items():
            page = self.page(path).replace("\\-", "-")
            written = re.findall(r"^\.TP\n\\fB(?:-\w,)?(--[\w-]+)", page, re.M)
            self.assertEqual(written, self.options(said), path)
            self.assertGreaterEqual(len(written), 1, path)
            for line in said.splitlines():
                if line.startswith("Exit codes: "):
                    self.assertIn(line.removeprefix("Exit codes: ").split(";")[0], page, path)
        self.assertNotIn("NAME=", self.page(("lead", "set")).split("actor")[1].split("\n")[0])  # not who built it

    def test_man_shows_them_without_a_complaint(self):
        for path in ((), ("run",), ("convert",), ("lead", "set")):
            page = self.tree / f"usr/share/man/man1/{'-'.join(('leadpulse', *path))}.1.gz"
            done = call("man", "--warnings", "--encoding=UTF-8", "--local-file", page, environment={"MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
            self.assertEqual((done.returncode, done.stderr), (0, ""), path)
            self.assertIn(f"{'-'.join(('leadpulse', *path))} - ", done.stdout)

    def test_bash_completes_every_command_and_option(self):
        for path, said in self.commands():
            offered = self.complete_in_bash(" ".join(("leadpulse", *path, "")))
            self.assertLessEqual(set(self.options(said)), set(offered), path)
        self.assertEqual(self.complete_in_bash("leadpulse do"), ["doctor"])
        self.assertEqual(self.complete_in_bash("leadpulse serve user a"), ["add"])
        self.assertEqual(self.complete_in_bash("leadpulse run --input x --fol"), ["--follow"])
        self.assertIn("sendgrid", self.complete_in_bash("leadpulse convert --provider s"))
        self.assertEqual(self.complete_in_bash("leadpulse run --state us"), ["usr"])  # a folder here
        self.assertEqual(self.complete_in_bash("leadpulse run --config "), [])  # bash itself completes names of files

    def test_zsh_completes_commands_and_options(self):
        folder = self.tree / "usr/share/zsh/vendor-completions"
        must("zsh", "-n", folder / "_leadpulse")
        text = (folder / "_leadpulse").read_text(encoding="utf-8")
        for path, said in self.commands():
            [case] = re.findall(rf"^    '{' '.join(('leadpulse', *path))}'\) (.*?) ;;$", text, re.M | re.S)
            self.assertEqual(re.findall(r"'\*(--[\w-]+)\[", case), self.options(said), path)
        for line, expected in (("leadpulse do", "doctor"), ("leadpulse state res", "restore"), ("leadpulse run --fol", "--follow"),
                               ("leadpulse serve user ", "password"), ("leadpulse convert --provider send", "sendgrid")):
            done = subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", folder, line, expected], capture_output=True, text=True, check=True,
                                  timeout=60, cwd=self.folder, env={"PATH": "/usr/bin:/bin", "TERM": "dumb", "HOME": str(self.folder)})
            self.assertIn(expected, done.stdout, line)
