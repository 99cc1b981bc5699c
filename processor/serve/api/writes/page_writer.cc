#include "processor/serve/api/writes/page_writer.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <latch>
#include <memory>
#include <thread>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"

namespace leadpulse::serve {
namespace {

// The pause after a question that the run could not wait with.
constexpr std::chrono::milliseconds kBetweenQuestions{10};
constexpr std::chrono::milliseconds kTimeout{1'000};

// The answers of the inbox, which come from its threads.
struct Taken {
  explicit Taken(size_t count) : left(static_cast<std::ptrdiff_t>(count)), at(count, codec::kNowhere) {}

  std::latch left;
  std::vector<codec::Stored> at;  // each is written before it counts down
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
  const auto until = clock_.Monotonic() + kTimeout;
  auto left = std::ranges::count(written, false, &Written::is_settled);
  while (left > 0) {
    LP_ASSIGN_OR_RETURN(const bool is_known, Ask(&written));
    if (!is_known) {
      waiting_.erase(job);
      return Status::Retriable("the run no longer knows what became of a page, which is written again");
    }
    const auto before = std::exchange(left, std::ranges::count(written, false, &Written::is_settled));
    if (left == 0) break;
    if (clock_.Monotonic() >= until) return Status::Retriable("the run has not read the page yet");
    if (left == before) std::this_thread::sleep_for(kBetweenQuestions);
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

Result<bool> PageWriter::Ask(Page* page) {
  std::vector<Written*> asked;
  v1::FindOutcomes question;
  question.set_wait_ms(static_cast<uint32_t>(kTimeout.count()));
  for (Written& each : *page) {
    if (each.is_settled || asked.size() == kMostPositions) continue;
    asked.push_back(&each);
    AskAbout(each.at, &question);
  }
  LP_ASSIGN_OR_RETURN(const auto answered, run_.Outcomes(question));
  const auto* outcomes = std::get_if<v1::RecordOutcomes>(&answered);
  if (outcomes == nullptr || static_cast<size_t>(outcomes->outcomes_size()) != asked.size()) {
    return Status::Retriable("the run does not say what became of a page");
  }
  for (size_t i = 0; i < asked.size(); ++i) {
    const v1::RecordOutcome& outcome = outcomes->outcomes(static_cast<int>(i));
    if (!outcome.unknown().empty()) return false;
    asked[i]->is_settled = outcome.is_read();
    asked[i]->reason = outcome.reason();
  }
  return true;
}

}  // namespace leadpulse::serve
