"""The topics that Leadpulse reads and writes, as tools/kafka creates them."""

import dataclasses
import time

from .java import KafkaError
from .records import import_client

TOPIC_SECONDS = 60
TRY_SECONDS = 10
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
    # The last row of each lead, from which a lost state is rebuilt.
    Topic("lead.state", COMPACTED | LARGE),
    # What changed since, until lead.state has it; the run deletes what is no longer needed.
    Topic("lead.journal", {"retention.ms": -1, "retention.bytes": -1} | LARGE),
    # The product's: the leads as they are.
    Topic("lead.profiles", COMPACTED | LARGE),
    Topic("lead.dead-letters", DEAD_LETTERS),
    Topic("lead.definitions", COMPACTED | LARGE, one_partition=True),
]


def new_topics(partitions, replicas=1):
    """Returns the topics as an AdminClient creates them."""
    new_topic = import_client().admin.NewTopic
    return [new_topic(topic.name, 1 if topic.one_partition else partitions, replicas,
                      config={name: str(value) for name, value in topic.settings.items()}) for topic in TOPICS]


def admin_of(broker):
    """Returns an AdminClient that first knows this broker only. Keep it until its answers are there."""
    return import_client().admin.AdminClient({"bootstrap.servers": f"127.0.0.1:{broker.port}"})


def create_topics(cluster, partitions):
    """Creates the topics that are missing and leaves the others as they are. Returns a line for each."""
    if partitions < 1:
        raise KafkaError("a topic has at least one partition")
    kafka = import_client()
    deadline = time.monotonic() + TOPIC_SECONDS
    lines = {}
    while len(lines) < len(TOPICS):
        # A client that was told of a controller which is not up yet waits for that one: each try has a new client.
        admin = admin_of(cluster.running()[0])
        created = admin.create_topics(new_topics(partitions, len(cluster.brokers)), request_timeout=TRY_SECONDS)
        for topic in TOPICS:
            try:
                created[topic.name].result()
                count = 1 if topic.one_partition else partitions
                compacted = ", compacted" if "cleanup.policy" in topic.settings else ""
                lines[topic.name] = f"{topic.name}: created, {count} partition{'s' if count > 1 else ''}{compacted}"
            except kafka.KafkaException as error:
                code = error.args[0].code()
                may_try = code == kafka.KafkaError._TIMED_OUT and time.monotonic() < deadline
                if code == kafka.KafkaError.TOPIC_ALREADY_EXISTS:
                    lines.setdefault(topic.name, f"{topic.name}: is there already")
                elif not may_try:
                    raise KafkaError(f"{topic.name} cannot be created: {error.args[0].str()}") from None
    for broker in cluster.running():
        wait_until_known(broker)
    return "\n".join(lines[topic.name] for topic in TOPICS)


def wait_until_known(broker):
    """Waits until the broker knows all topics: it hears of a new one a moment after the answer to its creation."""
    deadline = time.monotonic() + TOPIC_SECONDS
    # A new client asks the one broker that it was given.
    while missing := {topic.name for topic in TOPICS} - set(admin_of(broker).list_topics(timeout=TOPIC_SECONDS).topics):
        if time.monotonic() > deadline:
            raise KafkaError(f"broker {broker.number} does not know {', '.join(sorted(missing))}; its log is {broker.log}")
        time.sleep(0.02)


def describe_topics(cluster):
    """Returns one line for each topic: partitions, replicas, settings."""
    said = cluster.run_tool("org.apache.kafka.tools.TopicCommand", ["--describe", "--exclude-internal"])
    lines = []
    for line in said.splitlines():
        if not line.startswith("Topic:"):
            continue  # a partition
        fields = dict(part.strip().split(": ", 1) for part in line.split("\t") if ": " in part)
        lines.append(f"{fields['Topic']:24}  {fields['PartitionCount']:>3} partitions  "
                     f"{fields['ReplicationFactor']} replicas  {fields.get('Configs', '').rstrip()}".rstrip())
    return "\n".join(sorted(lines)) if lines else "no topics; `tools/kafka topics` creates Leadpulse's"
