"""The programs that the Kafka benchmark measures. Each has its own topics and state for each measurement."""

import json
import shutil
import subprocess
import urllib.error
import urllib.request

from kafka_world import ROOT, Failure, free_port

from broker.java import java_command  # found by kafka_world

COMMIT_MS = 100
CACHE_MIB = 256  # of the Streams applications; Leadpulse divides its usual `memory`
STATUS, SEGMENTS, STATE, DEAD = "lead.status-changes", "lead.segment-changes", "lead.state", "lead.dead-letters"
JOURNAL = "lead.journal"
PROFILES = "lead.profiles"
STREAMS = ROOT / "build/bench/streams"
OUTPUTS = (STATUS, SEGMENTS, STATE, JOURNAL, PROFILES, DEAD)


class Program:
    """A program in one measurement, whose name is the prefix of its topics, group, state and log."""

    def __init__(self, world, measurement, workers, events):
        self.world, self.workers, self.events = world, workers, events
        self.name = f"{measurement}.{self.kind}"
        self.group = self.name
        self.state = world.folder / f"{self.name}-state"
        self.process = None

    def start(self):
        self.process = self.world.start(self.command(), f"{self.name}.log")
        return self.process

    def remove(self):
        """Removes its outputs and its state, to make room on the disk."""
        if self.process is not None:
            self.process.kill()
        self.world.delete(self.outputs() + self.own_topics())
        shutil.rmtree(self.state, ignore_errors=True)

    def own_topics(self):
        """The topics that the program has created itself."""
        return []


class Leadpulse(Program):
    kind = "leadpulse"

    def prepare(self):
        self.http_port = free_port()
        for like in OUTPUTS:
            self.world.create([self.topic(like)], like)
        self.commands = self.topic("lead.commands")
        self.exchange = self.topic("lead.exchange")
        self.world.create([self.commands, self.exchange])

    def topic(self, like):
        return f"{self.name}.{like}"

    def outputs(self):
        return [self.topic(like) for like in OUTPUTS]

    def own_topics(self):
        return [self.commands, self.exchange]

    def answers(self):
        return [self.topic(STATUS)]

    def command(self):
        settings = {
            "kafka": {"bootstrap_servers": self.world.servers, "application": self.group,
                      "topics": {"events": self.events, "commands": self.commands, "status_changes": self.topic(STATUS),
                                 "segment_changes": self.topic(SEGMENTS), "lead_state": self.topic(STATE),
                                 "lead_journal": self.topic(JOURNAL), "lead_profiles": self.topic(PROFILES),
                                 "dead_letters": self.topic(DEAD), "exchange": self.exchange}},
            "state": {"directory": str(self.state), "erasure_secret": "a secret for measuring only"},
            "definitions": {"file": str(ROOT / "tests/bench/kafka_definitions.yaml")},
            "workers": self.workers, "commit_interval": f"{COMMIT_MS}ms",
            "http": {"address": "127.0.0.1", "port": self.http_port}}
        path = self.world.folder / f"{self.name}.yaml"
        path.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")  # JSON is YAML
        return [self.world.build / "leadpulse", "run", "--config", path]

    def is_ready(self):
        """Whether all its partitions are restored."""
        self.process.must_run()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


class Raw(Program):
    """Writes what `like`, Leadpulse in the same measurement, wrote. It needs samples of its records, and the number of
    records of each topic an event."""
    kind = "raw"

    def __init__(self, world, measurement, workers, events, like, written, samples):
        super().__init__(world, measurement, workers, events)
        self.like, self.written, self.samples = like, written, samples

    def prepare(self):
        for like in OUTPUTS:
            self.world.create([f"{self.name}.{like}"], like)

    def outputs(self):
        return [f"{self.name}.{like}" for like in OUTPUTS]

    def answers(self):
        return [f"{self.name}.{STATUS}"]

    def command(self):
        outputs = []
        for like in OUTPUTS:
            source = self.like.topic(like)
            if self.written[source]["records"] > 0:
                outputs += ["--output", f"{self.name}.{like}={source}={self.written[source]['an_event']:.6f}"]
        return [self.world.build / "bench/kafka_raw_bench", "--servers", self.world.servers, "--group", self.group,
                "--topic", self.events, "--samples", self.samples, "--commit-ms", COMMIT_MS, "--threads", self.workers,
                *outputs]


class StreamsApplication(Program):
    """A Kafka Streams application: its main class, its stores, and the output topics by the argument that names them.
    The first output has the answers to clicks."""

    def prepare(self):
        for like in self.sinks.values():
            self.world.create([f"{self.name}.{like}"], like)
        self.state.mkdir(parents=True, exist_ok=True)

    def outputs(self):
        return [f"{self.name}.{like}" for like in self.sinks.values()]

    def answers(self):
        return self.outputs()[:1]

    def own_topics(self):
        return [f"{self.group}-{store}-changelog" for store in self.stores]

    def command(self):
        return [java_command(), "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp",
                f"{STREAMS}/streams-bench.jar:{STREAMS}/lib/*", f"leadpulse.bench.{self.main}",
                f"servers={self.world.servers}", f"application={self.group}", f"input={self.events}",
                *[f"{argument}={topic}" for argument, topic in zip(self.sinks, self.outputs())],
                f"state={self.state}", f"threads={self.workers}", f"commit-ms={COMMIT_MS}",
                f"cache-mib={CACHE_MIB}"]


class Streams(StreamsApplication):
    kind, main, stores, sinks = "streams", "LeadScores", ("scores",), {"output": "scores"}


class SameJob(StreamsApplication):
    kind, main, stores, sinks = "same-job", "LeadViews", ("leads", "timers"), {"status": STATUS, "segments": SEGMENTS}


def build_streams():
    """Builds both with Maven, once, and again if their sources have changed."""
    sources = ROOT / "tests/bench/streams"
    log = ROOT / "build/bench/streams-build.log"
    jar = STREAMS / "streams-bench.jar"
    made_of = [*sources.rglob("*"), *(ROOT / f"schemas/leadpulse/v1/{name}.proto" for name in ("event", "change"))]
    newest = max(path.stat().st_mtime for path in made_of if path.is_file())
    if jar.exists() and jar.stat().st_mtime > newest:
        return
    maven = shutil.which("mvn")
    if maven is None:
        raise Failure("the Kafka Streams applications are built with Maven and there is no `mvn`; `tools/dev setup streams`"
                      " installs it")
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        done = subprocess.run([maven, "-B", "-f", str(sources / "pom.xml"), "package"], stdout=out,
                              stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Failure("the Kafka Streams applications could not be built; they need Maven Central, a JDK 17 and protoc."
                      f" What Maven said: {log}")
