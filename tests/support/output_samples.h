// Random changes and dead letters, and the Protobuf library's encoding of them.
#pragma once

#include "leadpulse/v1/change.pb.h"
#include "leadpulse/v1/dead_letter.pb.h"
#include "schemas/codec/records.h"
#include "tests/support/record_samples.h"

namespace leadpulse::codec {

inline v1::Change MessageOf(const Change& change) {
  v1::Change message;
  message.set_tenant_id(change.key.tenant);
  message.set_lead_id(change.key.lead);
  message.set_seq(change.seq.value);
  message.mutable_at()->set_seconds(change.at.millis / 1000);
  message.mutable_at()->set_nanos(static_cast<int32_t>(change.at.millis % 1000) * 1'000'000);
  message.set_kind(static_cast<v1::Change::Kind>(change.kind));
  message.set_name(change.name);
  message.set_from(change.from);
  message.set_to(change.to);
  message.mutable_cause()->set_kind(static_cast<v1::Cause::Kind>(change.cause.kind));
  message.mutable_cause()->set_id(change.cause.id);
  message.set_backfill(change.backfill);
  for (const std::string& name : change.updated) message.add_updated(name);
  if (change.source) {
    message.mutable_source()->set_topic(change.source->topic);
    message.mutable_source()->set_partition(change.source->partition);
    message.mutable_source()->set_offset(change.source->offset);
  }
  return message;
}

inline Change RandomChange(RandomRecords& random) {
  const auto text = [&] { return random.OneIn(3) ? random.Text() : "plain"; };
  Change change;
  change.key = {"acme", text()};
  change.seq.value = random.OneIn(10) ? ~uint64_t{0} : random.Below(1000);
  change.at.millis = static_cast<int64_t>(random.Below(2'000'000'000) * (random.OneIn(2) ? 1000 : 977));
  change.kind = static_cast<ChangeKind>(1 + random.Below(9));
  change.name = text();
  change.from = text();
  change.to = text();
  change.cause = {static_cast<CauseKind>(1 + random.Below(4)), text()};
  change.backfill = random.OneIn(2);
  for (size_t i = random.Below(3); i > 0; --i) change.updated.push_back(text());
  if (random.OneIn(2)) {
    change.source =
        SourcePosition{text(), static_cast<int32_t>(random.Below(3)), static_cast<int64_t>(random.Below(3)), 9};
  }
  return change;
}

inline v1::DeadLetter MessageOf(const DeadLetter& letter) {
  v1::DeadLetter message;
  message.mutable_source()->set_topic(letter.source.topic);
  message.mutable_source()->set_partition(letter.source.partition);
  message.mutable_source()->set_offset(letter.source.offset);
  message.set_reason(static_cast<v1::DeadLetter::Reason>(letter.reason));
  message.set_detail(letter.detail);
  message.set_payload(letter.payload);
  if (letter.full_size) message.set_size(*letter.full_size);
  return message;
}

inline DeadLetter RandomDeadLetter(RandomRecords& random) {
  DeadLetter letter;
  letter.source = {random.Text(), static_cast<int32_t>(random.Below(3)), static_cast<int64_t>(random.Below(3)), 9};
  letter.reason = static_cast<Reason>(1 + random.Below(kReasonCount - 1));
  letter.detail = random.Text();
  for (uint64_t i = random.Below(40); i > 0; --i) letter.payload += static_cast<char>(random.Below(256));
  if (random.OneIn(3)) letter.full_size = 1 + random.Below(5'000'000'000);
  return letter;
}

}  // namespace leadpulse::codec
