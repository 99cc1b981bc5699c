#!/usr/bin/env python3
"""A broker that tests use one after the other.   tests/kafka/shared_broker.py FOLDER

ctest starts it in the folder before the first of these tests, and names the folder to them in LEADPULSE_BROKER. It ends
with ctest, whichever way that ends.
"""

import os
import pathlib
import select
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from broker.cluster import Cluster, free_port  # noqa: E402
from broker.java import KafkaError  # noqa: E402

SHARED = os.environ.get("LEADPULSE_BROKER")
EMPTY_SECONDS = 60


def start_one(folder):
    cluster = Cluster(folder)
    cluster.make(1, free_port())
    try:
        cluster.start()
    except KafkaError:
        cluster.stop(10)
        raise
    return cluster


def use_broker(folder):
    """Returns a cluster of one broker without topics: the shared one, or else a new one in the folder."""
    return emptied(Cluster(SHARED)) if SHARED else start_one(folder)


def leave(cluster):
    """Stops the cluster, unless others use it."""
    if not SHARED or cluster.folder != pathlib.Path(SHARED).resolve():
        cluster.stop(10)


def emptied(cluster):
    """Deletes the topics, and with them the offsets of groups, once the members of all groups are gone: they stay for their
    session. Nothing that was set on the broker stays."""
    from confluent_kafka.admin import AdminClient, ConfigResource
    if not cluster.is_running():
        raise KafkaError(f"no broker runs in {cluster.folder}: start tests/kafka/shared_broker.py, or unset LEADPULSE_BROKER")
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap_servers()})

    def topics():
        return [topic for topic in admin.list_topics(timeout=10).topics if not topic.startswith("__")]

    def wait_until(what, holds):
        deadline = time.monotonic() + EMPTY_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise KafkaError(f"{what} of the shared broker are still there after {EMPTY_SECONDS} s")
            time.sleep(0.1)

    wait_until("members of groups", lambda: all(group.state in ("Empty", "Dead") for group in admin.list_groups(timeout=10)))
    left = topics()
    changes = admin.delete_topics(left, operation_timeout=30) if left else {}
    changes |= admin.alter_configs([ConfigResource(ConfigResource.Type.BROKER, "1", set_config={})])
    for change in changes.values():
        change.result(30)
    wait_until("topics", lambda: not topics())
    return cluster


def main(folder):
    """Starts the broker, and leaves a process behind that stops it when the caller is gone."""
    caller = os.pidfd_open(os.getppid())
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    cluster = start_one(folder)
    if os.fork():
        return
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # ctest waits until nobody has the output
        os.dup2(nothing, stream)
    select.select([caller], [], [])
    cluster.stop(10)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
