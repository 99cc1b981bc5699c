#include "processor/kafka/changelog.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <xxhash.h>

#include <utility>

#include "leadpulse/v1/changelog.pb.h"
#include "processor/base/assert.h"
#include "state/codec/facts_codec.h"
#include "state/codec/row_fields.h"

namespace leadpulse::kafka {
namespace {

using namespace std::string_view_literals;

// Persisted: never change one. No lead's key begins with NUL, because a tenant's name cannot contain it.
constexpr std::string_view kErasurePrefix = "\0erased\0"sv;
constexpr std::string_view kHiddenPrefix = "\0hidden\0"sv;
constexpr std::string_view kDaysPrefix = "\0days\0"sv;

}  // namespace

Status Damaged(const std::string& what) {
  return Status::Fatal(
      what +
      " is damaged or was written by a later version of this program. Run the version that wrote it. If "
      "it is damaged, another replica may be intact; else start over: another `application`, empty "
      "topics lead.state and lead.journal beside the old ones, an empty state directory.");
}

const std::string_view kPositionKey = "\0position"sv;
const std::string_view kDefinitionsKey = "\0definitions"sv;

ChangelogKind KindOfChangelogKey(std::string_view key) {
  if (key.empty()) return ChangelogKind::kUnknown;
  if (key.front() != '\0') return ChangelogKind::kLead;
  if (key == kPositionKey) return ChangelogKind::kPosition;
  if (key == kDefinitionsKey) return ChangelogKind::kDefinitions;
  if (key.starts_with(kHiddenPrefix)) return ChangelogKind::kHiddenLead;
  if (key.starts_with(kDaysPrefix)) return ChangelogKind::kDayCounts;
  return key.starts_with(kErasurePrefix) ? ChangelogKind::kErasure : ChangelogKind::kUnknown;
}

std::string HiddenLeadKey(std::string_view row_key) { return std::string(kHiddenPrefix) + std::string(row_key); }

std::string_view RowKeyOf(std::string_view key) {
  if (key.starts_with(kHiddenPrefix)) key.remove_prefix(kHiddenPrefix.size());
  LP_ASSERT(!key.empty() && key.front() != '\0');
  return key;
}

std::string ErasureKey(std::string_view key_hash) { return std::string(kErasurePrefix) + std::string(key_hash); }

std::string_view KeyHashOfErasure(std::string_view key) {
  LP_ASSERT(key.starts_with(kErasurePrefix));
  return key.substr(kErasurePrefix.size());
}

std::string DayCountsRecordKey(std::string_view row_key) { return std::string(kDaysPrefix) + std::string(row_key); }

std::string_view DayCountsRowOf(std::string_view key) {
  LP_ASSERT(key.starts_with(kDaysPrefix));
  return key.substr(kDaysPrefix.size());
}

void AddToDigest(std::string_view key, std::optional<std::string_view> value, engine::RecordDigest* digest) {
  ++digest->count;
  const uint64_t key_hash = XXH3_64bits(key.data(), key.size());
  digest->hash_sum += value ? XXH3_64bits_withSeed(value->data(), value->size(), key_hash) : ~key_hash;
}

std::string EncodeLeadRecord(std::string_view stored) {
  std::string record;
  record.reserve(state::kMaxFieldHeadBytes + stored.size());
  state::AppendFieldHead(v1::LeadRecord::kStoredFieldNumber, stored.size(), &record);
  record += stored;
  return record;
}

std::string EncodeErasure(const state::Erasure& erasure) {
  v1::ErasureRecord message;
  message.set_erased_at_ms(erasure.erased_at.millis);
  message.set_last_seq(erasure.last_seq.value);
  message.set_status_facts(state::EncodeFacts(erasure.facts));
  message.set_do_not_contact(erasure.do_not_contact);
  message.set_addresses(state::EncodeErasedAddresses(erasure.address_facts, erasure.identity));
  return message.SerializeAsString();
}

Result<engine::PartitionPosition> DecodePosition(std::string_view bytes) {
  std::optional<engine::PartitionPosition> position = engine::ParsePosition(bytes);
  if (!position) return Damaged("a record of lead.state that says how far a partition has come");
  return std::move(*position);
}

Result<engine::StoredDefinitions> DecodeDefinitions(std::string_view bytes) {
  std::optional<engine::StoredDefinitions> definitions = engine::ParseDefinitions(bytes);
  if (!definitions) return Damaged("a record of lead.state that holds definitions");
  return std::move(*definitions);
}

Result<state::Erasure> DecodeErasure(std::string_view bytes) {
  constexpr const char* kWhat = "a record of lead.state that says who was erased";
  v1::ErasureRecord message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Damaged(kWhat);
  std::optional<state::StatusFacts> facts = state::DecodeFacts(message.status_facts());
  state::Erasure erasure{{message.erased_at_ms()}, {message.last_seq()}};
  if (!facts || !state::DecodeErasedAddresses(message.addresses(), &erasure.address_facts, &erasure.identity))
    return Damaged(kWhat);
  erasure.facts = *std::move(facts);
  erasure.do_not_contact = message.do_not_contact();
  return erasure;
}

Result<std::string_view> StoredLeadIn(std::string_view bytes) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  constexpr uint32_t kWanted =
      WireFormatLite::MakeTag(v1::LeadRecord::kStoredFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  std::string_view stored;
  while (const uint32_t tag = in.ReadTag()) {
    uint32_t size = 0;
    bool read = tag == kWanted ? in.ReadVarint32(&size) : WireFormatLite::SkipField(&in, tag);
    if (read && tag == kWanted) {
      const auto begin = static_cast<size_t>(in.CurrentPosition());
      read = size <= bytes.size() - begin && in.Skip(static_cast<int>(size));
      if (read) stored = bytes.substr(begin, size);
    }
    if (!read) return Damaged("a lead's record of lead.state");
  }
  if (!in.ConsumedEntireMessage()) return Damaged("a lead's record of lead.state");
  return stored;
}

}  // namespace leadpulse::kafka
