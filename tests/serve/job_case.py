"""A front with its run, for tests of jobs."""

import json
import os
import subprocess
import time

from front import API, BINARY, TIMEOUT, FrontCase, contact

DEFINITIONS = """
tenants:
  acme:
    tiers: [{name: all}]
    topics: [{id: news, name: Monthly news}]
"""
LEADS = [f"lead-{number:04}" for number in range(1200)]


def many(leads, agent=""):
    return [record for lead in leads for record in contact(lead, agent, city="Bern")]


class JobCase(FrontCase):
    definitions = DEFINITIONS
    timeout = 2 * TIMEOUT

    def start_with(self, *records):
        self.start(list(records))

    def post(self, path, body, token=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask_within_limits(API + path, token, "POST", named, json.dumps(body))

    def bulk(self, token=None, headers=(), **body):
        return self.post("bulk", body, token, **dict(headers))

    def begin_bulk(self, **body):
        status, job, answer = self.bulk(**body)
        self.assertEqual((status, answer.getheader("Location")), (202, f"{API}jobs/{job['id']}"), job)
        return job

    def job(self, job):
        return self.ask(f"{API}jobs/{job['id']}")[1]

    def finished(self, job):
        self.wait_until(lambda: self.job(job).get("state") not in ("pending", "running", "uploaded", None))
        return self.job(job)

    def kill_in_turn(self, times, pause):
        """Kills the front and the run in turn, and starts each again at once."""
        for number in range(times):
            time.sleep(pause)
            if number % 2 == 0:
                self.kill(self.front)
                self.start_front()
            else:
                self.kill(self.run_process)
                self.start_run()

    # The crash point at which the next front is killed (processor/base/crash_point.h).
    front_dies_at = ""

    def begin(self, *arguments):
        if arguments[0] != "serve" or not self.front_dies_at:
            return super().begin(*arguments)
        environment = dict(os.environ, LEADPULSE_CRASH_AT=self.front_dies_at)
        process = subprocess.Popen([BINARY, *arguments], cwd=self.folder, stderr=subprocess.PIPE, text=True,
                                   env=environment)
        self.addCleanup(self.end, process)
        return process
