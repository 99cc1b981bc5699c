// The front's inbox: the position of a write, and whether the run reads it.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/runs/run_client.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

// Whether an inbox is a folder. It is named by the absolute path of its folder, or by the topic of commands.
bool IsFolder(std::string_view inbox);

// Returns the text that is sealed in the header Leadpulse-Position and the parameter `after`: `000001.jsonl:1234` in a
// folder, `lead.commands/3/1234` in a topic.
std::string PositionText(const access::RecordPosition& at);
// Reads a position; nullopt if it is none of this inbox.
std::optional<codec::SourcePosition> ReadPosition(const std::string& inbox, std::string_view text);

codec::SourcePosition SourceOf(const access::RecordPosition& at);

// The most positions in one query (processor/serve/queries).
inline constexpr size_t kMostPositions = 1'000;
// Adds a record to the question, by its position.
void AskAbout(const codec::SourcePosition& at, v1::FindOutcomes* question);

// The advice if no run reads the inbox.
inline constexpr char kFollowTheInbox[] =
    "start the run with one more --input, the front's inbox, or give the front the settings of a live run";

// The check whether the run reads the inbox: a write that no run reads must not be confirmed. Thread-safe.
class InboxCheck {
 public:
  // Keeps the arguments, which must outlive this.
  InboxCheck(std::string inbox, RunClient* run, const Clock* clock)
      : inbox_(std::move(inbox)), run_(*run), clock_(*clock) {}

  // Whether the run follows the inbox; nullopt if no run answers. Asks again after ten seconds, or if the last answer
  // was not yes.
  std::optional<bool> IsFollowed();

 private:
  const std::string inbox_;
  RunClient& run_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> followed_at_;  // guarded by mutex_
};

}  // namespace leadpulse::serve
