"""A program in its own folder, called and killed at named crash points."""

import os
import signal
import subprocess
import sys


class Program:
    def __init__(self, binary, folder):
        self.binary, self.folder = os.path.abspath(binary), folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def call(self, *arguments, crash_at=None):
        environment = dict(os.environ, **({"LEADPULSE_CRASH_AT": crash_at} if crash_at else {}))
        return subprocess.run([self.binary, *arguments], cwd=self.folder, env=environment, capture_output=True,
                              text=True, check=False)

    def must(self, *arguments):
        result = self.call(*arguments)
        if result.returncode != 0:
            sys.exit(f"{arguments} ended with {result.returncode}: {result.stdout}{result.stderr}")
        return result.stdout

    def killed(self, crash_at, *arguments):
        result = self.call(*arguments, crash_at=crash_at)
        if result.returncode != -signal.SIGKILL:
            sys.exit(f"{crash_at} was never reached; {arguments} ended with {result.returncode}: {result.stderr}")
