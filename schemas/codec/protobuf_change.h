// Changes as Protobuf messages.
#pragma once

#include "leadpulse/v1/change.pb.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

// The place of a record in a message that has topic, partition and offset.
template <typename Message>
void SetSource(const SourcePosition& source, Message* out) {
  out->set_topic(source.topic);
  out->set_partition(source.partition);
  out->set_offset(source.offset);
}

// Sets every field of a new or cleared message.
void SetChange(const Change& change, v1::Change* out);

}  // namespace leadpulse::codec
