"""Programs of others that tests of the API and of the pages use, with their versions: this is the only place that names them.

They come from PyPI, npm and Maven Central, once, into folders below the build.
"""

import fcntl
import os
import pathlib
import subprocess
import sys

from front import BINARY

# By folder. The first is for tests of each run, the others for those of the long run.
PYTHON = {
    "openapi-tools": ("openapi-spec-validator==0.9.0",),
    "judges-tools": ("schemathesis==4.32.5",),
    # The last four are what a client of openapi-generator imports.
    "client-tools": ("openapi-python-client==0.29.1", "mypy==2.4.1", "pydantic==2.14.4", "urllib3==2.8.0", "python-dateutil==2.9.0.post0",
                     "types-python-dateutil==2.9.0.20261116"),
}
NPM = {
    "judges-npm": ("@stoplight/spectral-cli@6.16.3", "@redocly/cli@2.77.0"),
    "client-npm": ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "@hey-api/openapi-ts@0.99.0", "typescript@5.9.3",
                   "@types/node@20.19.25"),
    "validators-npm": ("html-validate@10.9.0", "csstree-validator@4.0.1", "lighthouse@12.8.2"),
}
OPENAPI_GENERATOR = "org.openapitools:openapi-generator-cli:7.25.0"


def folder_of(name, tools, install):
    """Returns the folder, in which it installs the tools unless they are there."""
    folder = os.path.join(os.path.dirname(BINARY), name)
    done = pathlib.Path(folder, "installed")
    with open(folder + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other tests use it at the same time
        if not done.exists() or done.read_text(encoding="utf-8") != "\n".join(tools):
            install(folder, tools)
            done.write_text("\n".join(tools), encoding="utf-8")
    return folder


def install_from_pypi(folder, tools):
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    subprocess.run([os.path.join(folder, "bin/pip"), "install", "--quiet", *tools], check=True)


def install_from_npm(folder, tools):
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *tools], check=True)


def python_tools(name):
    """Returns the folder with the programs of PYTHON."""
    return os.path.join(folder_of(name, PYTHON[name], install_from_pypi), "bin")


def npm_tools(name):
    """Returns the folder with the programs of NPM."""
    return os.path.join(folder_of(name, NPM[name], install_from_npm), "node_modules/.bin")


def install_from_maven(folder, tools):
    subprocess.run(["mvn", "--quiet", "--batch-mode", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy", f"-Dartifact={tools[0]}",
                    f"-DoutputDirectory={folder}"], check=True)


def openapi_generator():
    """Returns the path of the jar."""
    _, name, version = OPENAPI_GENERATOR.split(":")
    return os.path.join(folder_of("openapi-generator", (OPENAPI_GENERATOR,), install_from_maven), f"{name}-{version}.jar")
