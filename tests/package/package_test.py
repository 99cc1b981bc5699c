#!/usr/bin/env python3
"""The Debian package, built and installed below a folder: its contents, and what remains when it is removed.

    tests/package/package_test.py --build build/release --cpack cpack
"""

import argparse
import pathlib
import sys
import tempfile
import unittest

import packaged

MODULES = ("package_contents", "package_help", "package_services", "package_life", "package_users")

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cpack", required=True)
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="leadpulse-package-") as scratch:
        packaged.make(options.build.resolve(), options.cpack, pathlib.Path(scratch))
        unittest.main(module=None, argv=[sys.argv[0], *(rest or MODULES)], verbosity=2)
