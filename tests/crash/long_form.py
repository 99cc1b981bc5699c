"""What the long forms of the crash tests share: their command line, and progress that survives a restart."""

import argparse
import hashlib
import json
import os
import sys

from scenario import Tally


def parser_of(description, counted):
    """A command line with a number of what is counted (`--kills`), in rounds from a seed on."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument(f"--{counted}", type=int, help=f"the long form: number of {counted}")
    parser.add_argument("--rounds", type=int, help="the long form: at most this number of rounds")
    parser.add_argument("--resume", help="the long form: where to keep what is done")
    return parser


def fail(seed, folder, failure, tally, again):
    sys.exit(f"seed {seed}: {failure}\n{tally}\nits files are in {folder}; to repeat: --seed {seed}{again}")


class Progress:
    """The progress of a long run, in a file that a restart reads."""

    def __init__(self, path, binary, first_seed):
        self.path = path
        with open(binary, "rb") as file:
            self.program = hashlib.sha256(file.read()).hexdigest()
        self.next_seed, self.tally = first_seed, Tally()
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                kept = json.load(file)
            if kept["program"] == self.program:
                self.next_seed, self.tally = kept["next_seed"], Tally(kept["tally"])
                print(f"{path}: goes on at seed {self.next_seed}: {self.tally}", flush=True)
            else:
                print(f"{path} is of another program: from the beginning", flush=True)

    def round_done(self):
        self.next_seed += 1
        if not self.path:
            return
        os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
        with open(self.path + ".tmp", "w", encoding="utf-8") as file:
            json.dump({"program": self.program, "next_seed": self.next_seed, "tally": self.tally}, file)
        os.replace(self.path + ".tmp", self.path)
