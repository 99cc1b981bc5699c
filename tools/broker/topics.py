"""The topics that Leadpulse reads and writes, as tools/kafka creates them."""

import concurrent.futures
import dataclasses

from .cluster import KafkaError

TOPIC_COMMAND = "org.apache.kafka.tools.TopicCommand"
DAY_MS = 24 * 3600 * 1000


@dataclasses.dataclass
class Topic:
    name: str
    settings: dict
    one_partition: bool = False


COMPACTED = {"cleanup.policy": "compact", "delete.retention.ms": 7 * DAY_MS}
# A lead with a full journal and many properties may take megabytes.
LARGE = {"max.message.bytes": 8 << 20}
# A record of 1 MiB in base64, with the JSON around it.
DEAD_LETTERS = {"max.message.bytes": 2 << 20}
TOPICS = [
    Topic("engagement.events", {}),
    Topic("lead.commands", {}),
    # Messages between leads of one address; a mailbox may pass on a whole journal.
    Topic("lead.exchange", LARGE),
    Topic("lead.status-changes", {}),
    Topic("lead.segment-changes", {}),
    # Product and changelog: the last record of each lead, from which a lost state is rebuilt.
    Topic("lead.state", COMPACTED | LARGE),
    Topic("lead.dead-letters", DEAD_LETTERS),
    Topic("lead.definitions", COMPACTED | LARGE, one_partition=True),
]


def create_topics(cluster, partitions):
    """Creates the topics that are missing and leaves the others as they are. Returns a line for each."""
    if partitions < 1:
        raise KafkaError("a topic has at least one partition")
    there = set(cluster.run_tool(TOPIC_COMMAND, ["--list"]).split())
    replicas = str(len(cluster.brokers))

    def create(topic):
        if topic.name in there:
            return f"{topic.name}: is there already"
        count = 1 if topic.one_partition else partitions
        settings = [part for name, value in topic.settings.items() for part in ("--config", f"{name}={value}")]
        # If a broker is slow, its client asks again, and the first request may have been executed.
        cluster.run_tool(TOPIC_COMMAND, ["--create", "--if-not-exists", "--topic", topic.name, "--partitions",
                                         str(count), "--replication-factor", replicas, *settings])
        compacted = ", compacted" if "cleanup.policy" in topic.settings else ""
        return f"{topic.name}: created, {count} partition{'s' if count > 1 else ''}{compacted}"

    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        return "\n".join(pool.map(create, TOPICS))


def describe_topics(cluster):
    """Returns one line for each topic: partitions, replicas, settings."""
    said = cluster.run_tool(TOPIC_COMMAND, ["--describe", "--exclude-internal"])
    lines = []
    for line in said.splitlines():
        if not line.startswith("Topic:"):
            continue  # a partition
        fields = dict(part.strip().split(": ", 1) for part in line.split("\t") if ": " in part)
        lines.append(f"{fields['Topic']:24}  {fields['PartitionCount']:>3} partitions  "
                     f"{fields['ReplicationFactor']} replicas  {fields.get('Configs', '').rstrip()}".rstrip())
    return "\n".join(sorted(lines)) if lines else "no topics; `tools/kafka topics` creates Leadpulse's"
