"""A real Apache Kafka on this machine, for trying Leadpulse and for its tests: one or three brokers in KRaft mode, on
loopback only, everything below one folder. tools/kafka is its command line; tests use the classes.

A cluster is a folder: cluster.json with the ports, and for each broker broker-N with its configuration, data, log and
process id. Brokers outlive the process that started them, until stop.
"""

import base64
import dataclasses
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid

from . import security
from .java import (KafkaError, archive_arguments, class_archive, fetch, java_arguments, java_command,
                   one_at_a_time)

MAIN_CLASS = "kafka.Kafka"
HEAP = {1: "384m", 3: "256m"}  # by the number of brokers
START_SECONDS = 90
STOP_SECONDS = 30
# From a broker's port to its controller's, so that both are known from one number.
CONTROLLER_OFFSET = 1000


def answers(port, timeout=1.0):
    """Whether a broker at the port answers an ApiVersions request, version 0."""
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(struct.pack(">i", len(request)) + request)
            head = connection.recv(8, socket.MSG_WAITALL)
            return len(head) == 8 and struct.unpack(">ii", head)[1] == 1
    except OSError:
        return False


def port_offsets(listeners):
    """Returns what to add to a broker's port for each port that it takes."""
    return [0, CONTROLLER_OFFSET, *(listener.offset for listener in listeners)]


def is_running(thread):
    """Whether the thread, a folder below /proc, has not been stopped and is not gone."""
    try:
        return (thread / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] not in "TtZX"
    except OSError:
        return False


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


# A broker takes its ports seconds after they were chosen. Until this process ends, no other process is given them: each
# port is the name of an abstract socket, which ends with the process.
_told = []


def claim(ports):
    """Whether this process alone has these ports, among all that ask here."""
    claims = [socket.socket(socket.AF_UNIX) for _ in ports]
    try:
        for port, claimed in zip(ports, claims):
            claimed.bind(f"\0leadpulse-broker-port-{port}")
    except OSError:
        for claimed in claims:
            claimed.close()
        return False
    _told.extend(claims)
    return True


def free_port(count=1, listeners=()):
    """Returns the first of `count` ports in a row that are free, as are those of their controllers and secured listeners.
    All are below the ports that the system gives to connections."""
    ports = list(range(19092, 28992, 10))
    random.shuffle(ports)
    for port in ports:
        taken = [p + offset for p in range(port, port + count) for offset in port_offsets(listeners)]
        if all(map(is_free, taken)) and claim(taken):
            return port
    raise KafkaError("no ports are free between 19092 and 28992")


@dataclasses.dataclass
class Broker:
    folder: pathlib.Path
    number: int  # from 1
    port: int
    controller_port: int

    @property
    def log(self):
        return self.folder / "broker.log"

    @property
    def configuration(self):
        return self.folder / "server.properties"

    def process_id(self):
        """Returns the id of the broker's process; None if it does not run. Another process may have that number by now."""
        try:
            process = int((self.folder / "pid").read_text(encoding="ascii"))
            command = pathlib.Path(f"/proc/{process}/cmdline").read_bytes()
            state = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except (OSError, ValueError):
            return None
        if state == "Z":
            return None
        # A process that is just becoming another program, as java does when it starts, has no arguments.
        return process if not command or str(self.configuration).encode() in command.split(b"\0") else None

    def start(self, libraries, heap, archive=None, more=()):
        """Returns at once; wait_until_ready waits. `archive` as in archive_arguments; `more` arguments for Java."""
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                [*java_arguments(libraries, heap), *archive_arguments(libraries, archive), *more, MAIN_CLASS,
                 str(self.configuration)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True)
        (self.folder / "pid").write_text(str(process.pid), encoding="ascii")
        return process

    def signal(self, number):
        """Sends the signal. After SIGSTOP, waits until no thread runs: on a busy machine some answer for a while."""
        process = self.process_id()
        if process is None:
            return
        os.kill(process, number)
        while number == signal.SIGSTOP and any(is_running(thread) for thread in pathlib.Path(f"/proc/{process}/task").glob("*")):
            time.sleep(0.01)

    def last_words(self):
        """Returns the log's last lines about errors, or else its last lines."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        trouble = [line for line in lines[-400:] if " ERROR " in line or "Exception" in line or " FATAL " in line]
        return "\n".join((trouble or lines)[-5:])


class Cluster:
    """The cluster in a folder, running or not."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.brokers, self.listeners, self.version = [], [], None
        try:
            made = json.loads((self.folder / "cluster.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        for number, port in enumerate(made["ports"], 1):
            self.brokers.append(Broker(self.folder / f"broker-{number}", number, port, port + CONTROLLER_OFFSET))
        self.listeners = [security.Listener(**listener) for listener in made.get("listeners", [])]
        self.version = made.get("version")

    @property
    def heap(self):
        return HEAP[len(self.brokers)]

    @property
    def certificates(self):
        """The folder of the certificates that secured listeners and their clients have."""
        return self.folder / security.FOLDER

    def bootstrap_servers(self, listener=None):
        """Returns the address of the plaintext listener, or of a secured one."""
        offset = listener.offset if listener else 0
        return ",".join(f"127.0.0.1:{broker.port + offset}" for broker in self.brokers)

    def running(self):
        """Returns the brokers whose processes run."""
        return [broker for broker in self.brokers if broker.process_id() is not None]

    def is_running(self):
        return bool(self.running())

    def make(self, brokers, port, listeners=(), version=None):
        """Creates an empty cluster that does not run yet; what was here before is removed. `listeners`: secured ones,
        beside the plaintext one. `version`: another Kafka than the usual one."""
        if self.is_running():
            raise KafkaError(f"a cluster runs at {self.bootstrap_servers()}; stop it first (tools/kafka stop)")
        ports = [port + i for i in range(brokers)]
        for taken in (p + offset for offset in port_offsets(listeners) for p in ports):
            if not is_free(taken):
                raise KafkaError(f"port {taken} on 127.0.0.1 is taken by another program; choose others with --port N"
                                 f" (N, one more for each further broker, and the same plus"
                                 f" {' and '.join(str(offset) for offset in port_offsets(listeners)[1:])})")
        if listeners and shutil.which("openssl") is None:
            raise KafkaError("certificates are made with `openssl` and there is none; `tools/dev setup kafka` installs it")
        java_command()  # says that there is none before anything is fetched
        libraries = fetch(version)
        if version is None:
            archive_classes(libraries)
        self.lay_out(libraries, ports, listeners, version)

    def lay_out(self, libraries, ports, listeners=(), version=None):
        """Writes the files of a cluster whose brokers have these ports; what was here before is removed."""
        for old in self.folder.glob("broker-*"):
            shutil.rmtree(old)
        made = {"ports": ports, "listeners": [dataclasses.asdict(listener) for listener in listeners],
                "version": version}
        (self.folder / "cluster.json").write_text(json.dumps(made) + "\n", encoding="utf-8")
        self.__init__(self.folder)
        if listeners:
            security.make_certificates(self.certificates, listeners)
        identity = new_cluster_id()
        for broker in self.brokers:
            broker.folder.mkdir(parents=True)
            broker.configuration.write_text(self.configuration_of(broker), encoding="utf-8")
            self.format(broker, libraries, identity)

    def configuration_of(self, broker):
        count = len(self.brokers)
        in_sync = 2 if count == 3 else 1
        voters = ",".join(f"{b.number}@127.0.0.1:{b.controller_port}" for b in self.brokers)
        # Name, port and protocol of each listener for clients.
        listeners = [("PLAINTEXT", broker.port, "PLAINTEXT")]
        listeners += [(each.name.upper(), broker.port + each.offset, each.protocol) for each in self.listeners]
        advertised = ",".join(f"{name}://127.0.0.1:{port}" for name, port, _ in listeners)
        settings = {
            "process.roles": "broker,controller",
            "node.id": broker.number,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"{advertised},CONTROLLER://127.0.0.1:{broker.controller_port}",
            "advertised.listeners": advertised,
            "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, _, protocol in listeners) +
                                              ",CONTROLLER:PLAINTEXT",
            "log.dirs": broker.folder / "data",
            "auto.create.topics.enable": "false",
            "default.replication.factor": count,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": count,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": count,
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.num.partitions": 4,
            "group.initial.rebalance.delay.ms": 0,
            "num.network.threads": 2,
            "num.io.threads": 2,
            "log.cleaner.dedupe.buffer.size": 16 << 20,
            # A killed broker is noticed within seconds.
            "broker.session.timeout.ms": 3000,
            "broker.heartbeat.interval.ms": 500,
            "controller.quorum.election.timeout.ms": 500,
            "controller.quorum.fetch.timeout.ms": 1000,
            "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
        }
        for listener in self.listeners:
            settings |= security.broker_settings(listener, self.certificates) | security.authorizer_settings()
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    def java_arguments(self):
        return security.broker_arguments(self.certificates) if self.listeners else []

    def format(self, broker, libraries, identity):
        """Makes the broker's empty data folder, as kafka-storage does."""
        users = security.format_arguments() if self.listeners else []
        done = subprocess.run([*java_arguments(libraries, "128m"), *archive_arguments(libraries),
                               "kafka.tools.StorageTool", "format", "-t", identity, "-c", str(broker.configuration),
                               *users],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise KafkaError(f"broker {broker.number} could not make its data folder:\n{done.stdout}{done.stderr}")

    def start(self):
        """Starts the brokers that do not run, and waits until all answer."""
        libraries = fetch(self.version)
        for broker in self.brokers:
            if broker.process_id() is None:
                broker.start(libraries, self.heap, more=self.java_arguments())
        self.wait_until_ready()

    def wait_until_ready(self, seconds=START_SECONDS):
        deadline = time.monotonic() + seconds
        waiting = list(self.brokers)
        while waiting:
            broker = waiting[0]
            if broker.process_id() is None:
                raise KafkaError(f"broker {broker.number} ended; its log is {broker.log}\n{broker.last_words()}")
            if answers(broker.port):
                waiting.pop(0)
            elif time.monotonic() > deadline:
                raise KafkaError(f"broker {broker.number} does not answer at port {broker.port} after {seconds} s;"
                                 f" its log is {broker.log}\n{broker.last_words()}")
            else:
                time.sleep(0.1)

    def stop(self, seconds=STOP_SECONDS):
        """Stops all brokers; kills those that take longer. Returns the numbers of the killed ones."""
        for broker in self.brokers:
            broker.signal(signal.SIGCONT)
            broker.signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        killed = []
        for broker in self.brokers:
            while broker.process_id() is not None and time.monotonic() < deadline:
                time.sleep(0.05)
            if broker.process_id() is not None:
                broker.signal(signal.SIGKILL)
                killed.append(broker.number)
            (broker.folder / "pid").unlink(missing_ok=True)
        return killed

    def run_tool(self, tool, arguments):
        """Runs one of Kafka's command-line tools, by its class. Returns what it printed."""
        libraries = fetch(self.version)
        done = subprocess.run([*java_arguments(libraries, "128m"), *archive_arguments(libraries), tool,
                               "--bootstrap-server", self.bootstrap_servers(), *arguments],
                              capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise KafkaError(f"{tool.rpartition('.')[2]} {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


def archive_classes(libraries):
    """Writes the archive of Kafka's classes, from a broker that starts and stops, unless it is there. Where Java cannot
    write one, there is none."""
    archive = class_archive(libraries)
    if archive.exists():
        return
    with one_at_a_time(), tempfile.TemporaryDirectory(prefix="leadpulse-classes-") as scratch:
        if archive.exists():
            return
        unfinished = archive.with_suffix(".unfinished")
        cluster = Cluster(scratch)
        cluster.lay_out(libraries, [free_port()])
        cluster.brokers[0].start(libraries, cluster.heap, unfinished)
        try:
            cluster.wait_until_ready()
        finally:
            killed = cluster.stop()
        if not killed and unfinished.exists():
            unfinished.rename(archive)


def new_cluster_id():
    """Returns an id for a cluster: 22 characters of base 64 for URLs, without padding. It does not begin with a dash,
    which would be read as an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
