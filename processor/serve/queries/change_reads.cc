#include "processor/serve/queries/change_reads.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/queries/process_key.h"

namespace leadpulse::serve {
namespace {

constexpr int kMostReaders = 1'000;
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

void ReadOne(const v1::ChangeReader& reader, pipeline::ChangeFeed* feed, const FeedPositions& positions,
             const Clock& clock, v1::ChangePage* page) {
  const pipeline::FeedCaller caller{reader.caller().tenant_id(), AgentOf(reader.caller()), reader.updates(),
                                    reader.touches()};
  const std::optional<pipeline::FeedPosition> after = positions.Read(reader.after());
  const bool is_unknown = !reader.after().empty() && !after;
  pipeline::FeedPage read = feed->Read(caller, after, kMostEventsOfOne, clock.Monotonic());
  page->set_reset(read.reset || is_unknown);
  page->set_more(read.more);
  page->set_next(positions.Write(read.next));
  for (pipeline::FeedEvent& event : read.events) {
    v1::ChangeEvent* made = page->add_events();
    made->set_id(positions.Write(event.position));
    made->set_type(event.json ? std::string(event.type) : kLeadGone);
    made->set_json(event.json ? *std::move(event.json) : GoneJson(caller.tenant, event.lead));
  }
}

}  // namespace

std::string FeedPositions::ProcessName() {
  constexpr size_t kNameBytes = 8;
  return absl::BytesToHexString(ProcessKey().HashOf("feed").substr(0, kNameBytes)) + ".";
}

std::optional<pipeline::FeedPosition> FeedPositions::Read(std::string_view text) const {
  if (!text.starts_with(process_)) return std::nullopt;
  return ParseInteger<pipeline::FeedPosition>(text.substr(process_.size()));
}

Result<v1::ChangePages> PagesOfChanges(const v1::ReadChanges& request, pipeline::ChangeFeed* feed,
                                       const FeedPositions& positions, const Clock& clock) {
  if (request.readers_size() > kMostReaders) return Status::Rejected("more than 1,000 readers");
  v1::ChangePages answer;
  size_t bytes = 0;
  for (const v1::ChangeReader& reader : request.readers()) {
    if (reader.caller().tenant_id().empty()) return Status::Rejected("caller.tenant_id is missing");
    v1::ChangePage* page = answer.add_pages();
    // The others are read the next time.
    if (bytes > kPageBytes && !reader.after().empty()) {
      page->set_next(reader.after());
      page->set_more(true);
      continue;
    }
    ReadOne(reader, feed, positions, clock, page);
    bytes += page->ByteSizeLong();
  }
  return answer;
}

}  // namespace leadpulse::serve
