#!/bin/bash
# Makes the topics that are missing, with the tools of the image apache/kafka: topics.sh --bootstrap-server HOST:PORT
set -euo pipefail
partitions=${PARTITIONS:-4}
replicas=${REPLICAS:-1}
large=(--config max.message.bytes=8388608)
compacted=(--config cleanup.policy=compact --config delete.retention.ms=604800000 "${large[@]}")

make() {
  local topic=$1 count=$2
  shift 2
  "${KAFKA_TOPICS:-/opt/kafka/bin/kafka-topics.sh}" "${connection[@]}" --create --if-not-exists --topic "$topic" \
    --partitions "$count" --replication-factor "$replicas" "$@"
}

connection=("$@")
make engagement.events "$partitions"
make lead.commands "$partitions"
make lead.exchange "$partitions" "${large[@]}"
make lead.status-changes "$partitions"
make lead.segment-changes "$partitions"
make lead.state "$partitions" "${compacted[@]}"
make lead.journal "$partitions" --config retention.ms=-1 --config retention.bytes=-1 "${large[@]}"
make lead.profiles "$partitions" "${compacted[@]}"
make lead.dead-letters "$partitions" --config max.message.bytes=2097152
make lead.definitions 1 "${compacted[@]}"
