"""The files of a tree that belong to the project."""

import os
import subprocess


def project_files(root):
    """Relative paths of what git tracks or would track; without git, of everything but build/ and dot folders
    other than .github."""
    try:
        listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
                                 "--exclude-standard"], capture_output=True, check=True).stdout.decode()
        top = subprocess.run(["git", "-C", str(root), "rev-parse", "--show-toplevel"], capture_output=True,
                             check=True).stdout.decode().strip()
        if os.path.realpath(top) == os.path.realpath(root):
            return sorted({path for path in listed.split("\0") if path and (root / path).is_file()})
    except (OSError, subprocess.CalledProcessError):
        pass
    found = []
    for folder, folders, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        folders[:] = [name for name in folders if (not name.startswith(".") or name == ".github")
                      and name != "__pycache__" and not (relative == "." and name == "build")]
        found += [os.path.normpath(os.path.join(relative, name)) for name in files]
    return sorted(found)
