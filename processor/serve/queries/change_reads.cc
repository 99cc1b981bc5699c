#include "processor/serve/queries/change_reads.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "processor/base/json_object.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kPositionBytes = 8;
constexpr size_t kTagBytes = 8;

// Masks bytes by XOR with bytes that follow from the tag and the key. Done twice, it restores them.
std::string Masked(const ProcessKey& key, const std::string& tag, std::string bytes) {
  const std::string mask = key.HashOf("mask" + tag);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ mask[i]);
  return bytes;
}

constexpr int kMostReaders = 1'000;
// Bounds an answer: a change has at most some 5 KB, usually 0.3 KB.
constexpr size_t kMostEvents = 10'000;
constexpr size_t kMostEventsOfOne = 1'000;

// Replaces the type of a change that the caller may not see.
constexpr char kLeadGone[] = "LEAD_GONE";

std::string GoneJson(const std::string& tenant, const std::string& lead) {
  std::string json;
  JsonObject gone(&json);
  gone.Text("tenantId", tenant);
  gone.Text("leadId", lead);
  gone.End();
  return json;
}

void ReadOne(const v1::ChangeReader& reader, pipeline::ChangeFeed* feed, const PositionSeal& seal, const Clock& clock,
             v1::ChangePage* page) {
  const pipeline::FeedCaller caller{reader.caller().tenant_id(), AgentOf(reader.caller()), reader.updates()};
  const std::optional<pipeline::FeedPosition> after = seal.Open(reader.after());
  const bool is_unknown = !reader.after().empty() && !after;
  pipeline::FeedPage read = feed->Read(caller, after, kMostEventsOfOne, clock.Monotonic());
  page->set_reset(read.reset || is_unknown);
  page->set_more(read.more);
  page->set_next(seal.Seal(read.next));
  for (pipeline::FeedEvent& event : read.events) {
    v1::ChangeEvent* made = page->add_events();
    made->set_id(seal.Seal(event.position));
    made->set_type(event.json ? std::string(event.type) : kLeadGone);
    made->set_json(event.json ? *std::move(event.json) : GoneJson(caller.tenant, event.lead));
  }
}

}  // namespace

// Returns the sealed position with a synthetic initialization vector, as in RFC 5297: a keyed hash of the position is
// its tag, and its mask comes from the tag, so that no random number is needed and equal positions have equal texts.
std::string PositionSeal::Seal(pipeline::FeedPosition position) const {
  std::string bytes(kPositionBytes, '\0');
  for (size_t i = 0; i < kPositionBytes; ++i) bytes[i] = static_cast<char>(position >> (8 * i));
  const std::string tag = key_.HashOf("tag" + bytes).substr(0, kTagBytes);
  return absl::BytesToHexString(tag + Masked(key_, tag, bytes));
}

std::optional<pipeline::FeedPosition> PositionSeal::Open(const std::string& sealed) const {
  const bool is_hex = sealed.size() == 2 * (kTagBytes + kPositionBytes) &&
                      sealed.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hex) return std::nullopt;
  const std::string both = absl::HexStringToBytes(sealed);
  const std::string tag = both.substr(0, kTagBytes);
  const std::string bytes = Masked(key_, tag, both.substr(kTagBytes));
  if (key_.HashOf("tag" + bytes).substr(0, kTagBytes) != tag) return std::nullopt;
  pipeline::FeedPosition position = 0;
  for (size_t i = 0; i < kPositionBytes; ++i) {
    position |= pipeline::FeedPosition{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return position;
}

Result<v1::ChangePages> PagesOfChanges(const v1::ReadChanges& request, pipeline::ChangeFeed* feed,
                                       const PositionSeal& seal, const Clock& clock) {
  if (request.readers_size() > kMostReaders) return Status::Rejected("more than 1,000 readers");
  v1::ChangePages answer;
  size_t events = 0;
  for (const v1::ChangeReader& reader : request.readers()) {
    if (reader.caller().tenant_id().empty()) return Status::Rejected("caller.tenant_id is missing");
    v1::ChangePage* page = answer.add_pages();
    // The others are read the next time.
    if (events >= kMostEvents && !reader.after().empty()) {
      page->set_next(reader.after());
      page->set_more(true);
      continue;
    }
    ReadOne(reader, feed, seal, clock, page);
    events += static_cast<size_t>(page->events_size());
  }
  return answer;
}

}  // namespace leadpulse::serve
