#!/usr/bin/env python3
"""Reads the posts in tests/data/webhooks; README.md describes their files.

    tests/webhooks/webhook_posts.py PROVIDER NAME     writes the body of one post to standard output
"""

import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "data/webhooks"
POST = re.compile(rb"^=== post ([^\n]*)\n((?:[^\n]+\n)*)\n(.*?)\n=== becomes$", re.M | re.S)


def bodies(provider):
    """The body of each post of a provider, by name."""
    text = (FOLDER / f"{provider}.posts").read_bytes()
    return {name.decode(): body for name, _, body in POST.findall(text)}


if __name__ == "__main__":
    sys.stdout.buffer.write(bodies(sys.argv[1])[sys.argv[2]])
