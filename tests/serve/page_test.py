#!/usr/bin/env python3
"""The commands on the page of the API do what the page says.   tests/serve/page_test.py BINARY"""

import os
import re
import subprocess
import unittest

from front import BINARY, TIMEOUT, ROOT, FrontCase

PAGE = os.path.join(ROOT, "processor/serve/api/README.md")


class Page(FrontCase):
    def start_run(self):
        self.run_process = self.begin("run", "--follow", "--input", "front/inbox", "--state", "state", "--output", "out")

    def output_in_shell(self, script, **variables):
        return subprocess.run(["bash", "-c", script], cwd=self.folder, env={**os.environ, **variables}, check=True,
                              stdout=subprocess.PIPE, text=True, timeout=TIMEOUT).stdout

    def test_each_line(self):
        with open(PAGE, encoding="utf-8") as file:
            first, second, *_ = re.findall(r"^```\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
        # The test starts these processes itself: the page has the same commands, with another port.
        for arguments in ("serve init --data front --tenant acme --admin kim",
                          "run --follow --input front/inbox --state state --output out",
                          "serve --data front --state state"):
            self.assertIn("leadpulse " + arguments + "\n", first)
        self.start([])
        lines = second.strip().split("\n")
        self.assertEqual(len(lines), 7)
        [make_token] = [line for line in first.split("\n") if line.startswith("TOKEN=")]
        token = self.output_in_shell(make_token.replace("leadpulse", BINARY, 1) + '\necho -n "$TOKEN"')
        for line in lines:
            command, expected = line.rsplit("  # ", 1)
            script = f"{command} -s -o answer -w '%{{http_code}}'".replace(":8080", f":{self.port}")
            if "--max-time" in command:  # a stream has no end, so curl gives up
                script += " || test $? = 28"
            said = self.output_in_shell(script, TOKEN=token)
            self.assertEqual(said, expected, (command, self.read("answer")))
        self.assertTrue(self.read("answer").startswith("retry: "), "the last line is the stream")


if __name__ == "__main__":
    unittest.main()
