"""Requests to a broker that Debian's client cannot send, in Kafka's protocol (kafka.apache.org/protocol): access lists, and
the deletion of records. Kafka's own commands do the same, but each takes seconds of a processor to start."""

import dataclasses
import socket
import struct
import time

from .java import KafkaError

DELETE_RECORDS, DESCRIBE_ACLS, CREATE_ACLS, DELETE_ACLS = 21, 29, 30, 31  # all in their version 1
SECONDS = 30
RESOURCES = {"topic": 2, "group": 3, "cluster": 4, "transactional-id": 5}
PATTERNS = {"literal": 3, "prefixed": 4}
OPERATIONS = {"any": 1, "All": 2, "Read": 3, "Write": 4, "Create": 5, "Alter": 7, "Describe": 8, "ClusterAction": 9,
              "DescribeConfigs": 10, "AlterConfigs": 11, "IdempotentWrite": 12}
PERMISSIONS = {"any": 1, "deny": 2, "allow": 3}
CLUSTER = "kafka-cluster"  # the name of the only resource of its type


@dataclasses.dataclass(frozen=True)
class Acl:
    """An entry of an access list; without principal, permission or operation: all entries that have any."""
    resource: str
    name: str
    principal: str | None = None
    permission: str = "any"
    operation: str = "any"
    pattern: str = "literal"

    def encoded(self):
        return (struct.pack(">b", RESOURCES[self.resource]) + encode(self.name) + struct.pack(">b", PATTERNS[self.pattern]) +
                encode(self.principal) + encode(self.principal and "*") +
                struct.pack(">bb", OPERATIONS[self.operation], PERMISSIONS[self.permission]))


def encode(text):
    """Returns a string of the protocol; None is its null."""
    content = (text or "").encode()
    return struct.pack(">h", -1 if text is None else len(content)) + content


def ask(address, request, body):
    """Sends a request of version 1 to the broker at "host:port", without a login. Returns the response."""
    host, port = address.rsplit(":", 1)
    message = struct.pack(">hhi", request, 1, 0) + encode("leadpulse") + body
    with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
        connection.sendall(struct.pack(">i", len(message)) + message)
        with connection.makefile("rb") as answer:
            [length] = struct.unpack(">i", answer.read(4))
            return answer.read(length)[4:]


def fail_if_refused(what, code):
    if code != 0:
        raise KafkaError(f"the broker refused to {what}: error {code} of its protocol")


def is_listed(address, acl):
    """Whether the broker applies an entry like this."""
    answer = ask(address, DESCRIBE_ACLS, acl.encoded())
    code, length = struct.unpack_from(">hh", answer, 4)
    fail_if_refused(f"describe {acl}", code)
    return struct.unpack_from(">i", answer, 8 + max(length, 0))[0] > 0


def wait_until_listed(address, acl, expected):
    """The broker hears of a change a moment after the answer."""
    deadline = time.monotonic() + SECONDS
    while is_listed(address, acl) != expected:
        if time.monotonic() > deadline:
            raise KafkaError(f"the broker does not apply the change of {acl}")
        time.sleep(0.02)


def create_acls(address, *acls):
    """Creates all at once: one of them may take away the right to create the next."""
    answer = ask(address, CREATE_ACLS, struct.pack(">i", len(acls)) + b"".join(acl.encoded() for acl in acls))
    at = 8
    for acl in acls:
        code, length = struct.unpack_from(">hh", answer, at)
        fail_if_refused(f"create {acl}", code)
        at += 4 + max(length, 0)
    for acl in acls:
        wait_until_listed(address, acl, True)


def delete_acls(address, *acls):
    """Deletes them, and all that are like those that are not complete."""
    for acl in acls:
        answer = ask(address, DELETE_ACLS, struct.pack(">i", 1) + acl.encoded())
        fail_if_refused(f"delete {acl}", struct.unpack_from(">h", answer, 8)[0])
        wait_until_listed(address, acl, False)


def delete_records(address, topic, offsets):
    """Deletes the records of a topic before these offsets, by partition; -1: all. The broker must lead the partitions."""
    partitions = b"".join(struct.pack(">iq", partition, offset) for partition, offset in offsets.items())
    answer = ask(address, DELETE_RECORDS, struct.pack(">i", 1) + encode(topic) + struct.pack(">i", len(offsets)) + partitions +
                 struct.pack(">i", SECONDS * 1000))
    found = len(answer) - 14 * len(offsets)
    for _, _, code in struct.iter_unpack(">iqh", answer[found:]):
        fail_if_refused(f"delete records of {topic}", code)
