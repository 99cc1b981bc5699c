#include "state/codec/row_fields.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <array>

#include "leadpulse/v1/lead_state.pb.h"

namespace leadpulse::state {
namespace {

using LeadProto = v1::LeadState;
using google::protobuf::internal::WireFormatLite;

// Calls `read`, which reads the value, for the fields with this tag. Returns false if `read` does or if this is not a
// Protobuf message.
template <typename Read>
bool ReadFields(std::string_view message, uint32_t wanted, const Read& read) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(message.data()),
                                            static_cast<int>(message.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (!(tag == wanted ? read(&in) : WireFormatLite::SkipField(&in, tag))) return false;
  }
  return in.ConsumedEntireMessage();
}

}  // namespace

void AppendFieldHead(int number, size_t size, std::string* bytes) {
  namespace io = google::protobuf::io;
  std::array<uint8_t, kMaxFieldHeadBytes> head;
  uint8_t* end = io::CodedOutputStream::WriteTagToArray(static_cast<uint32_t>(number) << 3 | 2, head.data());
  end = io::CodedOutputStream::WriteVarint64ToArray(size, end);
  bytes->append(reinterpret_cast<const char*>(head.data()), static_cast<size_t>(end - head.data()));
}

bool FindNextChange(std::string_view body, Instant* next_change_at) {
  constexpr uint32_t kTag = WireFormatLite::MakeTag(LeadProto::kNextFlipMsFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  return ReadFields(body, kTag, [&](auto* in) {
    uint64_t millis = 0;
    if (!in->ReadVarint64(&millis)) return false;
    *next_change_at = Instant{static_cast<int64_t>(millis)};
    return true;
  });
}

bool FindDeltaEpoch(std::string_view body, uint64_t* epoch) {
  constexpr uint32_t kTag = WireFormatLite::MakeTag(LeadProto::kDeltaEpochFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  return ReadFields(body, kTag, [&](auto* in) { return in->ReadVarint64(epoch); });
}

bool FindIsNoLead(std::string_view body, bool* is_no_lead) {
  constexpr uint32_t kIdentityTag =
      WireFormatLite::MakeTag(LeadProto::kIdentityFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  constexpr uint32_t kIsNoLeadTag =
      WireFormatLite::MakeTag(LeadProto::Identity::kIsNoLeadFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  return ReadFields(body, kIdentityTag, [&](auto* in) {
    uint32_t bytes = 0;
    if (!in->ReadVarint32(&bytes)) return false;
    const auto begin = static_cast<size_t>(in->CurrentPosition());
    if (!in->Skip(static_cast<int>(bytes))) return false;
    return ReadFields(body.substr(begin, bytes), kIsNoLeadTag, [&](auto* identity) {
      uint64_t value = 0;
      if (!identity->ReadVarint64(&value)) return false;
      *is_no_lead = value != 0;
      return true;
    });
  });
}

FoundField FindProfile(std::string_view body) {
  constexpr uint32_t kTag =
      WireFormatLite::MakeTag(LeadProto::kProfileFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  FoundField found;
  size_t count = 0;
  const bool is_message = ReadFields(body, kTag, [&](auto* in) {
    uint32_t bytes = 0;
    if (!in->ReadVarint32(&bytes)) return false;
    const auto begin = static_cast<size_t>(in->CurrentPosition());
    std::string head;
    AppendFieldHead(LeadProto::kProfileFieldNumber, bytes, &head);
    if (!in->Skip(static_cast<int>(bytes)) || !body.substr(0, begin).ends_with(head)) return false;
    found = {body.substr(begin - head.size(), head.size() + bytes), body.substr(begin, bytes)};
    return ++count == 1;
  });
  return is_message ? found : FoundField();
}

}  // namespace leadpulse::state
