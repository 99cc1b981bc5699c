#include "processor/serve/api/hooks/changes_file.h"

#include <utility>

#include "processor/base/json.h"
#include "processor/base/json_object.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kMostOfBatch = 1'000;
constexpr std::string_view kSource = "source";

// Returns the line as streams have it: offsets and names of files are nobody's business.
std::string WithoutSource(const Json& line) {
  std::string text;
  JsonObject change(&text);
  for (const auto& [name, value] : line.members()) {
    if (name != kSource) value.AppendTo(change.Key(name));
  }
  change.End();
  return text;
}

}  // namespace

Result<std::optional<ChangesFile::Batch>> ChangesFile::Read(const std::optional<delivery::Position>& from,
                                                            const std::atomic<bool>& stop) {
  auto batch = ReadNext(from, stop);
  if (!batch.ok()) file_.reset();
  return batch;
}

Result<std::optional<ChangesFile::Batch>> ChangesFile::ReadNext(const std::optional<delivery::Position>& from,
                                                                const std::atomic<bool>& stop) {
  const bool begins = file_ == nullptr;
  if (begins) file_ = std::make_unique<delivery::CommittedChanges>(path_, from.value_or(delivery::Position()));
  LP_ASSIGN_OR_RETURN(const bool is_there, file_->Look(stop));
  if (!is_there) {
    if (begins) file_.reset();
    return std::optional<Batch>();
  }
  Batch batch;
  while (file_->remaining() > 0 && !stop) {
    LP_ASSIGN_OR_RETURN(const auto text, file_->Next());
    if (begins && !from) continue;
    LP_ASSIGN_OR_RETURN(const Json line, Json::Parse(*text));
    batch.changes[std::string(line["tenantId"].text())].push_back(
        {0, std::string(line["leadId"].text()), std::string(line["kind"].text()), WithoutSource(line)});
    if (++batch.read == kMostOfBatch) break;
  }
  if (stop) return std::optional<Batch>();
  batch.end = file_->position();
  batch.has_more = file_->remaining() > 0;
  return std::optional(std::move(batch));
}

}  // namespace leadpulse::serve
