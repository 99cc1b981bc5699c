"""The pages of a live process for operators: /healthz, /readyz, and /metrics, read as Prometheus reads it."""

import pathlib
import re
import urllib.error
import urllib.request

METRICS = pathlib.Path(__file__).resolve().parents[2] / "processor/kafka/METRICS.md"


class Pages:
    def __init__(self, port):
        self.port = port

    def settings(self):
        """The group `http` of a process's settings."""
        return {"address": "127.0.0.1", "port": self.port}

    def get(self, path):
        """Returns (status, text), or None if it does not serve yet."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=100) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, OSError):
            return None

    def samples(self):
        """Returns (name, value) of each line, whatever its labels."""
        answer = self.get("/metrics")
        if answer is None:
            return []
        found = [re.fullmatch(r"([a-z]\w*)(?:\{.*\})? (\S+)", line) for line in answer[1].splitlines()
                 if not line.startswith("#")]
        return [(match[1], float(match[2])) for match in found]

    def metric(self, name):
        """The sum over all workers and partitions."""
        return sum(value for other, value in self.samples() if other == f"leadpulse_{name}")

    def names(self):
        return set(re.findall(r"(?m)^# TYPE (\w+) ", self.get("/metrics")[1]))


def names_on_page():
    """The metrics of a run on Kafka, as their page lists them."""
    of_runs = METRICS.read_text(encoding="utf-8").split("## The receiver")[0]
    return set(re.findall(r"^\| `(\w+)` \|", of_runs, re.MULTILINE))
