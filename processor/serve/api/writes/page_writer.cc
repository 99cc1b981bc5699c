#include "processor/serve/api/writes/page_writer.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <latch>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"

namespace leadpulse::serve {
namespace {

constexpr std::chrono::milliseconds kTimeout{1'000};

// The answers of the inbox, which come from its threads.
struct Taken {
  explicit Taken(size_t count) : left(static_cast<std::ptrdiff_t>(count)), at(count, codec::kNowhere) {}

  std::latch left;
  std::vector<codec::Stored> at;  // each is written before it counts down
};

// The outcomes of records, which come from the threads of the watch; nullopt: not known yet.
struct Told {
  explicit Told(size_t count) : left(static_cast<std::ptrdiff_t>(count)), outcomes(count) {}

  std::latch left;
  std::vector<std::optional<v1::RecordOutcome>> outcomes;  // each is written before it counts down
};

}  // namespace

Result<std::vector<std::string>> PageWriter::Write(const std::string& job, const std::vector<codec::Record>& page) {
  if (inbox_check_.IsFollowed() != true) {
    return Status::Retriable(std::string("the run does not read what this front writes; ") + kFollowTheInbox);
  }
  if (!waiting_.contains(job)) {
    LP_ASSIGN_OR_RETURN(waiting_[job], Append(page));
  }
  Page& written = waiting_[job];
  LP_ASSERT(written.size() == page.size());
  if (!AwaitOutcomes(&written)) {
    waiting_.erase(job);
    return Status::Retriable("the run no longer knows what became of a page, which is written again");
  }
  if (!std::ranges::all_of(written, &Written::is_settled)) {
    return Status::Retriable("the run has not read the page yet");
  }
  std::vector<std::string> reasons;
  for (Written& each : written) reasons.push_back(std::move(each.reason));
  waiting_.erase(job);
  return reasons;
}

Result<PageWriter::Page> PageWriter::Append(const std::vector<codec::Record>& records) {
  const auto taken = std::make_shared<Taken>(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    inbox_.Append({.records = {&records[i], 1}}, [taken, i](const codec::Stored& at) {
      taken->at[i] = at;
      taken->left.count_down();
    });
  }
  taken->left.wait();
  CrashPoint("job_page_written");
  Page page;
  for (size_t i = 0; i < records.size(); ++i) {
    const codec::Stored& at = taken->at[i];
    Written& written = page.emplace_back();
    if (!at.ok() && at.status().kind() == ErrorKind::kRejected) {
      written.is_settled = true;
      written.reason = "too_large";
      continue;
    }
    if (!at.ok()) return Status::Retriable("a page was not taken: " + at.status().message());
    written.at = *at;
    // Brokers do not say the offset of a record that an earlier try has written, and a live run reports nothing about
    // events.
    written.is_settled = at->offset < 0 || (std::holds_alternative<codec::Event>(records[i]) && !IsFolder(at->topic));
  }
  return page;
}

bool PageWriter::AwaitOutcomes(Page* page) {
  std::vector<Written*> asked;
  for (Written& each : *page) {
    if (!each.is_settled) asked.push_back(&each);
  }
  const auto told = std::make_shared<Told>(asked.size());
  const auto until = clock_.Monotonic() + kTimeout;
  for (size_t i = 0; i < asked.size(); ++i) {
    watch_.Add(asked[i]->at, until, [told, i](const std::optional<v1::RecordOutcome>& outcome) {
      told->outcomes[i] = outcome;
      told->left.count_down();
    });
  }
  told->left.wait();
  for (size_t i = 0; i < asked.size(); ++i) {
    const std::optional<v1::RecordOutcome>& outcome = told->outcomes[i];
    if (!outcome) continue;
    if (!outcome->unknown().empty()) return false;
    asked[i]->is_settled = outcome->is_read();
    asked[i]->reason = outcome->reason();
  }
  return true;
}

}  // namespace leadpulse::serve
