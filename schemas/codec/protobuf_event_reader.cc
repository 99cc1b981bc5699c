#include "schemas/codec/protobuf_event_reader.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "leadpulse/v1/input.pb.h"
#include "processor/base/text.h"
#include "processor/base/varint.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::codec {
namespace {

using Wire = v1::EngagementEvent;

// Nine bytes hold 63 bits. Only negative numbers need the tenth, and no usual event has one.
constexpr int kMaxVarintBytes = 9;

constexpr uint32_t VarintTag(int field) { return static_cast<uint32_t>(field) << 3; }
constexpr uint32_t DoubleTag(int field) { return VarintTag(field) | 1; }
constexpr uint32_t BytesTag(int field) { return VarintTag(field) | 2; }

// A reader of a message from its front. Every call returns false if something else, or nothing more, follows.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool AtEnd() const { return at_ == end_; }

  bool Varint(uint64_t* value) {
    if (at_ != end_ && static_cast<int8_t>(*at_) >= 0) [[likely]] {
      *value = static_cast<uint8_t>(*at_++);
      return true;
    }
    const char* const begin = at_;
    if (ReadVarint(&at_, end_, value) != VarintOutcome::kRead) return false;
    return at_ - begin <= kMaxVarintBytes && at_[-1] != 0;  // 0: it is longer than necessary
  }
  bool Tag(uint64_t expected) {
    uint64_t tag;
    return Varint(&tag) && tag == expected;
  }
  bool Bytes(std::string_view* value) {
    uint64_t length;
    if (!Varint(&length) || length > static_cast<uint64_t>(end_ - at_)) return false;
    *value = {at_, static_cast<size_t>(length)};
    at_ += length;
    return true;
  }
  bool Text(std::string_view* value) { return Bytes(value) && IsUtf8(*value); }
  bool Bool(bool* value) {
    uint64_t number;
    if (!Varint(&number)) return false;
    *value = number != 0;
    return true;
  }
  bool Enum(RawEnum* value) {
    uint64_t number;
    if (!Varint(&number)) return false;
    value->number = static_cast<int32_t>(number);
    return true;
  }
  bool Double(double* value) {
    static_assert(std::endian::native == std::endian::little);
    if (static_cast<size_t>(end_ - at_) < sizeof *value) return false;
    std::memcpy(value, at_, sizeof *value);
    at_ += sizeof *value;
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

// Reads a time. Returns false for a second one: the library would merge the two.
bool ReadTime(WireReader* reader, RawTime* time) {
  std::string_view bytes;
  if (time->sent || !reader->Bytes(&bytes)) return false;
  uint64_t seconds = 0, nanos = 0;
  WireReader inner(bytes);
  while (!inner.AtEnd()) {
    uint64_t tag;
    if (!inner.Varint(&tag)) return false;
    uint64_t* const field = tag == VarintTag(google::protobuf::Timestamp::kSecondsFieldNumber) ? &seconds
                            : tag == VarintTag(google::protobuf::Timestamp::kNanosFieldNumber) ? &nanos
                                                                                               : nullptr;
    if (field == nullptr || !inner.Varint(field)) return false;
  }
  time->sent = true;
  time->instant = InstantOf(static_cast<int64_t>(seconds), static_cast<int32_t>(nanos));
  return true;
}

// Reads one scalar, or null.
bool ReadValue(std::string_view bytes, Value* value) {
  using Field = google::protobuf::Value;
  WireReader reader(bytes);
  uint64_t tag, null;
  std::string_view text;
  double number;
  bool flag;
  if (!reader.Varint(&tag)) return false;
  if (tag == BytesTag(Field::kStringValueFieldNumber) && reader.Text(&text)) {
    *value = std::string(text);
  } else if (tag == DoubleTag(Field::kNumberValueFieldNumber) && reader.Double(&number) && std::isfinite(number)) {
    *value = Number(number);
  } else if (tag == VarintTag(Field::kBoolValueFieldNumber) && reader.Bool(&flag)) {
    *value = flag;
  } else if (tag != VarintTag(Field::kNullValueFieldNumber) || !reader.Varint(&null)) {
    return false;
  }
  return reader.AtEnd();
}

// Reads an entry of the map of a Struct.
bool ReadEntry(std::string_view bytes, NamedValues* values) {
  constexpr int kKey = 1, kValue = 2;
  WireReader reader(bytes);
  std::string_view name, value;
  if (!reader.Tag(BytesTag(kKey)) || !reader.Text(&name) || !reader.Tag(BytesTag(kValue)) || !reader.Bytes(&value)) {
    return false;
  }
  auto& [kept_name, kept_value] = values->emplace_back();
  kept_name = name;
  return ReadValue(value, &kept_value) && reader.AtEnd();
}

// Reads properties, sorted by name together with those of an earlier struct: the library merges the two. It keeps the
// last of equal names, so equal names are left to it.
bool ReadProperties(WireReader* reader, NamedValues* values) {
  std::string_view bytes, entry;
  if (!reader->Bytes(&bytes)) return false;
  WireReader inner(bytes);
  while (!inner.AtEnd()) {
    if (!inner.Tag(BytesTag(google::protobuf::Struct::kFieldsFieldNumber)) || !inner.Bytes(&entry)) return false;
    if (!ReadEntry(entry, values)) return false;
  }
  std::sort(values->begin(), values->end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  return std::adjacent_find(values->begin(), values->end(), same_name) == values->end();
}

bool ReadField(uint64_t tag, WireReader* reader, RawEvent* event) {
  switch (tag) {
    case BytesTag(Wire::kTenantIdFieldNumber):
      return reader->Text(&event->tenant_id);
    case BytesTag(Wire::kLeadIdFieldNumber):
      return reader->Text(&event->lead_id);
    case BytesTag(Wire::kEmailFieldNumber):
      return reader->Text(&event->email);
    case BytesTag(Wire::kEventIdFieldNumber):
      return reader->Text(&event->event_id);
    case VarintTag(Wire::kTypeFieldNumber):
      return reader->Enum(&event->type);
    case BytesTag(Wire::kOccurredAtFieldNumber):
      return ReadTime(reader, &event->occurred_at);
    case BytesTag(Wire::kCampaignIdFieldNumber):
      return reader->Text(&event->campaign_id);
    case BytesTag(Wire::kMessageIdFieldNumber):
      return reader->Text(&event->message_id);
    case BytesTag(Wire::kNameFieldNumber):
      return reader->Text(&event->name);
    case BytesTag(Wire::kPropertiesFieldNumber):
      return ReadProperties(reader, &event->properties);
    case BytesTag(Wire::kUrlFieldNumber):
      return reader->Text(&event->url);
    case BytesTag(Wire::kSourceFieldNumber):
      return reader->Text(&event->source);
    case BytesTag(Wire::kUserAgentFieldNumber):
      return reader->Text(&event->user_agent);
    case VarintTag(Wire::kBounceKindFieldNumber):
      return reader->Enum(&event->bounce_kind);
    case VarintTag(Wire::kMachineFieldNumber):
      return reader->Bool(&event->machine);
    case VarintTag(Wire::kBackfillFieldNumber):
      return reader->Bool(&event->backfill);
    case BytesTag(Wire::kRetractsFieldNumber):
      return reader->Text(&event->retracts);
    case BytesTag(Wire::kTopicFieldNumber):
      return reader->Text(&event->topic);
    default:
      return false;
  }
}

}  // namespace

std::optional<std::string_view> OnlyEventIn(std::string_view record) {
  WireReader reader(record);
  std::string_view event;
  const bool only = reader.Tag(BytesTag(v1::InputRecord::kEventFieldNumber)) && reader.Bytes(&event) && reader.AtEnd();
  return only ? std::optional(event) : std::nullopt;
}

bool ReadUsualEvent(std::string_view message, RawEvent* event) {
  WireReader reader(message);
  while (!reader.AtEnd()) {
    uint64_t tag;
    if (!reader.Varint(&tag) || !ReadField(tag, &reader, event)) return false;
  }
  return true;
}

}  // namespace leadpulse::codec
