"""Kafka's Java programs: its jars, fetched with Maven, an archive of their classes, and how to run one of them."""

import contextlib
import fcntl
import functools
import os
import pathlib
import re
import shutil
import subprocess

POM = pathlib.Path(__file__).resolve().parent / "pom.xml"
# What all clusters have in common: Kafka's jars.
LIBRARIES = POM.parents[2] / "build/kafka"


class KafkaError(Exception):
    """Says what went wrong and what to do, in a sentence or two."""


def kafka_version():
    return re.search(r"<kafka.version>(.+)</kafka.version>", POM.read_text(encoding="utf-8"))[1]


@functools.cache
def java_version(java):
    """Returns what `java -version` says."""
    return subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr


def java_command():
    """Returns the java to run; it must be 17 or newer."""
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    if java is None or not os.access(java, os.X_OK):
        raise KafkaError("Kafka needs Java 17 or newer and there is none; `tools/dev setup kafka` installs it")
    said = java_version(java)
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < 17:
        raise KafkaError(f"Kafka needs Java 17 or newer and {java} is {said.splitlines()[0] if said else 'not to be run'};"
                         " set JAVA_HOME, or let `tools/dev setup kafka` install one")
    return java


def fetch(version=None):
    """Returns the folder of Kafka's jars, of the usual version or another. Maven fetches them the first time: all or none.
    If several processes need them, one fetches them and the others wait."""
    version = version or kafka_version()
    libraries = LIBRARIES / f"lib-{version}"
    if libraries.is_dir():
        return libraries
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaError("Kafka is fetched with Maven and there is no `mvn`; `tools/dev setup kafka` installs it")
    with one_at_a_time():
        if not libraries.is_dir():
            run_maven(maven, version, libraries)
    return libraries


@contextlib.contextmanager
def one_at_a_time():
    """Keeps other processes out that change the folder of all clusters."""
    LIBRARIES.mkdir(parents=True, exist_ok=True)
    with open(LIBRARIES / "fetch.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_maven(maven, version, libraries):
    unfinished = libraries.with_name(f"{libraries.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    log = LIBRARIES / "maven.log"
    with open(log, "wb") as out:
        done = subprocess.run([maven, "-B", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime",
                               f"-Dkafka.version={version}", f"-DoutputDirectory={unfinished}"],
                              stdout=out, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0 or not any(unfinished.glob("kafka_*.jar")):
        raise KafkaError(f"Maven could not fetch Kafka {version}; it needs Maven Central, directly or through"
                         f" the mirror in your settings.xml. What it said: {log}")
    unfinished.rename(libraries)


def class_archive(libraries):
    """Returns the file of the classes of these jars as this Java has loaded them. A program that maps it starts in half the
    processor time; without it, or where it does not fit, it starts as usual."""
    version = re.sub(r"[^\w.+-]+", "-", java_version(java_command()).partition("\n")[0])
    return libraries.with_name(f"{libraries.name}-classes-{version}.jsa")


def java_arguments(libraries, heap):
    """Returns how to run a program of these jars, but for its class."""
    return [java_command(), f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=info", "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS", "-cp", f"{libraries}/*"]


def archive_arguments(libraries, archive=None):
    """Returns what follows java_arguments to read class_archive; to write the classes that the program has loaded when it
    ends, if `archive` names a file for them."""
    archive = f"-XX:ArchiveClassesAtExit={archive}" if archive else f"-XX:SharedArchiveFile={class_archive(libraries)}"
    # Java would say on standard output that an archive does not fit.
    return [archive, "-Xlog:disable"]
