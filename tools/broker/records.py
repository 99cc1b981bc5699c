"""Records into Leadpulse's topics and out of them: JSON lines as a file has them, each under its lead's key.

Needs confluent_kafka, which Debian installs for the system's own interpreter.
"""

import json
import os
import sys
import time

from .java import KafkaError

EVENTS, COMMANDS = "engagement.events", "lead.commands"


def import_client(script=None):
    """Returns the module confluent_kafka. If this interpreter has none, restarts `script` with the system's."""
    try:
        import confluent_kafka.admin
        return confluent_kafka
    except ImportError:
        system = "/usr/bin/python3"
        if script and os.path.exists(system) and os.path.realpath(sys.executable) != os.path.realpath(system):
            os.execv(system, [system, script, *sys.argv[1:]])
        raise KafkaError("this needs Python's confluent_kafka: `tools/dev setup kafka` installs it") from None


def topic_and_key(line):
    record = json.loads(line)
    topic, body = (EVENTS, record["event"]) if "event" in record else (COMMANDS, record["command"])
    lead = body.get("leadId") or body.get("email", "").strip().lower()
    return topic, body.get("tenantId", "").encode() + b"\0" + lead.encode()


def send(servers, lines, client=None, value_of=lambda line: line.strip().encode()):
    """Sends each line to its topic. Returns how many, once the brokers have all. `client`: more settings of librdkafka,
    for a listener that requires a login. `value_of` makes a record's value from a line; None: it is left out."""
    kafka = import_client()
    producer = kafka.Producer({"bootstrap.servers": servers, "partitioner": "murmur2_random", "linger.ms": 5,
                               "enable.idempotence": True, **(client or {})})
    failed, count = [], 0
    for number, line in enumerate(lines, 1):
        try:
            topic, key = topic_and_key(line)
        except (ValueError, KeyError, AttributeError, TypeError):
            raise KafkaError(f"line {number} is neither an event nor a command: {line.strip()[:80]}") from None
        value = value_of(line)
        while value is not None:
            try:
                producer.produce(topic, value, key,
                                 on_delivery=lambda error, _: error and failed.append(error))
                count += 1
                break
            except BufferError:
                producer.poll(0.1)
    if producer.flush(60) != 0 or failed:
        raise KafkaError(f"not all records came to the brokers: {failed[:3] or 'no answer within a minute'}")
    return count


def ends_of(settings, isolation_level, topic, partitions, seconds=30):
    """Returns where each partition ends for such a reader. For `read_uncommitted` it is after the last record; for
    `read_committed` before the first transaction without a marker, which may come after the commit has been answered.
    A broker that was just away does not know yet who leads a partition. Then the client does not know it either, and
    does not ask again for five minutes. So each attempt has a client of its own. The broker may also be known as the
    leader before it has taken that office itself."""
    kafka = import_client()
    not_yet = (kafka.KafkaError._UNKNOWN_PARTITION, kafka.KafkaError.NOT_LEADER_FOR_PARTITION,
               kafka.KafkaError.LEADER_NOT_AVAILABLE)
    deadline = time.monotonic() + seconds
    while True:
        consumer = kafka.Consumer({"group.id": "leadpulse-ends", **settings, "isolation.level": isolation_level})
        try:
            return {partition: consumer.get_watermark_offsets(kafka.TopicPartition(topic, partition), seconds, False)[1]
                    for partition in partitions}
        except kafka.KafkaException as error:
            if error.args[0].code() not in not_yet or time.monotonic() > deadline:
                raise
        finally:
            consumer.close()
        time.sleep(0.1)


def read(servers, topic, seconds=60, client=None):
    """Returns all committed records of a topic, from its beginning to its end; waits for its open transactions.
    `client` as in send."""
    kafka = import_client()
    settings = {"bootstrap.servers": servers, "group.id": "leadpulse-reader", "enable.auto.commit": False,
                "enable.partition.eof": True, "auto.offset.reset": "earliest", **(client or {})}
    consumer = kafka.Consumer({**settings, "isolation.level": "read_committed"})
    try:
        there = consumer.list_topics(topic, 30).topics[topic]
        if there.error is not None:
            raise KafkaError(f"there is no topic {topic}: {there.error}")
        ends = ends_of(settings, "read_uncommitted", topic, there.partitions)
        consumer.assign([kafka.TopicPartition(topic, p, 0) for p in ends])
        messages, ended, deadline = [], set(), time.monotonic() + seconds
        while len(ended) < len(ends):
            if time.monotonic() > deadline:
                raise KafkaError(f"{topic} could not be read to its end; at the end are {sorted(ended)}")
            for message in consumer.consume(1000, 0.2):
                if message.error() is None:
                    messages.append(message)
                elif message.error().code() == kafka.KafkaError._PARTITION_EOF:
                    if message.offset() >= ends[message.partition()]:
                        ended.add(message.partition())
        return messages
    finally:
        consumer.close()
