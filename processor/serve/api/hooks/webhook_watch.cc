#include "processor/serve/api/hooks/webhook_watch.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

#include "processor/base/file_modes.h"
#include "processor/base/json.h"
#include "processor/serve/api/request/problem.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kBetweenReads{100};  // the pause between two reads of the run's output
constexpr milliseconds kAtOnce{0};
constexpr milliseconds kBetweenAttempts{1'000};  // to take the lock, and while the run or the database fails
// Another process that has the database open may have changed a webhook. The run collects changes for longer after a
// read.
constexpr milliseconds kBetweenUpdates{5'000};
constexpr seconds kBetweenTrims{10};
// A place without changes is stored that often.
constexpr Millis kBetweenPlaces{10'000};

}  // namespace

void WebhookWatch::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Watch(stop); });
}

void WebhookWatch::Stop() {
  stop_ = true;
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  for (auto& [id, sender] : senders_) sender.second->BeginStop();
  senders_.clear();
}

void WebhookWatch::Ring() {
  const std::lock_guard lock(mutex_);
  rung_ = true;
  changed_.notify_one();
}

void WebhookWatch::NoteChanged(int64_t webhook) {
  const std::lock_guard lock(mutex_);
  changed_webhooks_.insert(webhook);
  changed_.notify_one();
}

Result<access::WebhookStore::Place> WebhookWatch::PlaceNow(const std::string& tenant) {
  if (!parts_.options.changes_file.empty()) return Place{tenant, "", parts_.clock->Now()};
  v1::ReadChanges request;
  *request.add_readers()->mutable_caller() = WholeTenant(tenant);
  LP_ASSIGN_OR_RETURN(const auto answered, parts_.run->Changes(request));
  const auto* pages = std::get_if<v1::ChangePages>(&answered);
  if (pages == nullptr || pages->pages_size() != 1) return Status::Retriable("the run does not tell its changes");
  return Place{tenant, pages->pages(0).next(), parts_.clock->Now()};
}

void WebhookWatch::Watch(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Result<milliseconds> wait = LookOnce();
    if (!wait.ok() && said_ != wait.status().message()) LogFailure(wait.status());
    said_ = wait.ok() ? "" : wait.status().message();
    std::unique_lock lock(mutex_);
    // The bell does not shorten the pause after a failure, or between two reads of a file.
    const bool hears = wait.ok() && *wait == kBetweenUpdates;
    changed_.wait_for(lock, stop, wait.ok() ? *wait : kBetweenAttempts,
                      [&] { return !changed_webhooks_.empty() || (hears && rung_); });
  }
}

Result<milliseconds> WebhookWatch::LookOnce() {
  LP_ASSIGN_OR_RETURN(const bool sends, TakeLock());
  const Time now = parts_.clock->Monotonic();
  std::set<int64_t> changed;
  {
    const std::lock_guard lock(mutex_);
    changed.swap(changed_webhooks_);
    rung_ = false;
  }
  if (!sends) return kBetweenAttempts;
  if (!changed.empty() || now >= next_update_) {
    LP_RETURN_IF_ERROR(UpdateSenders(changed));
    next_update_ = now + kBetweenUpdates;
  }
  const bool has_file = !parts_.options.changes_file.empty();
  LP_ASSIGN_OR_RETURN(const milliseconds wait, has_file ? ReadFile() : ReadRun());
  if (now >= next_trim_) {
    LP_RETURN_IF_ERROR(parts_.options.store->Trim(parts_.clock->Now()));
    next_trim_ = now + kBetweenTrims;
  }
  return wait;
}

Result<bool> WebhookWatch::TakeLock() {
  if (lock_.is_open()) return true;
  FileDescriptor file(open(parts_.options.lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivateFile));
  if (!file.is_open())
    return Status::Retriable(parts_.options.lock_file + " cannot be opened: " + std::strerror(errno));
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
  lock_ = std::move(file);
  return true;
}

Status WebhookWatch::UpdateSenders(const std::set<int64_t>& changed) {
  LP_ASSIGN_OR_RETURN(const std::vector<access::Webhook> webhooks, parts_.options.store->Webhooks(std::nullopt));
  decltype(senders_) kept;
  for (const access::Webhook& webhook : webhooks) {
    auto node = senders_.extract(webhook.id);
    if (!node.empty()) {
      node.mapped().second->Wake(changed.contains(webhook.id));
      kept.insert(std::move(node));
    } else {
      kept.try_emplace(webhook.id, webhook.tenant,
                       std::make_unique<WebhookSender>(&parts_, webhook.tenant, webhook.id));
    }
  }
  for (auto& [id, removed] : senders_) removed.second->BeginStop();
  senders_ = std::move(kept);
  return Status::Ok();
}

Result<milliseconds> WebhookWatch::ReadRun() {
  LP_ASSIGN_OR_RETURN(const std::vector<Place> places, parts_.options.store->Places());
  if (places.empty()) return kBetweenUpdates;
  v1::ReadChanges request;
  for (const Place& place : places) {
    v1::ChangeReader* reader = request.add_readers();
    *reader->mutable_caller() = WholeTenant(place.tenant);
    const auto later = after_.find(place.tenant);
    reader->set_after(later == after_.end() ? place.after : later->second);
  }
  const auto answered = parts_.run->Changes(request);
  const v1::ChangePages* pages = AnswerIn(answered);
  if (pages == nullptr || pages->pages_size() != request.readers_size()) return kBetweenAttempts;
  after_.clear();
  std::vector<Reading> readings;
  bool has_more = false;
  for (size_t i = 0; i < places.size(); ++i) {
    const v1::ChangePage& page = pages->pages(static_cast<int>(i));
    LP_ASSIGN_OR_RETURN(Reading reading, ReadingOf(page, places[i], parts_.clock->Now()));
    has_more = has_more || page.more();
    const bool is_due = reading.place.read - places[i].read >= kBetweenPlaces;
    if (reading.gap || !reading.changes.empty() || is_due) {
      readings.push_back(std::move(reading));
    } else {
      after_[places[i].tenant] = page.next();
    }
  }
  LP_RETURN_IF_ERROR(Append(readings));
  return has_more ? kAtOnce : kBetweenUpdates;
}

Result<WebhookWatch::Reading> WebhookWatch::ReadingOf(const v1::ChangePage& page, const Place& place, Instant now) {
  Reading reading{{place.tenant, page.next(), now}, {}};
  if (page.reset()) reading.gap = {place.read, now};
  for (const v1::ChangeEvent& event : page.events()) {
    LP_ASSIGN_OR_RETURN(const Json line, Json::Parse(event.json()));
    reading.changes.push_back({0, std::string(line["leadId"].text()), event.type(), event.json()});
  }
  return reading;
}

Result<milliseconds> WebhookWatch::ReadFile() {
  LP_ASSIGN_OR_RETURN(const std::vector<Place> places, parts_.options.store->Places());
  if (places.empty()) {
    file_.reset();
    return kBetweenReads;
  }
  // All places that were stored after a batch are the same. A new tenant begins with the next batch.
  std::optional<delivery::Position> from;
  for (const Place& place : places) from = from ? from : delivery::DecodePosition(place.after);
  const bool begins = !from;
  if (file_ == nullptr) file_ = std::make_unique<ChangesFile>(parts_.options.changes_file);
  auto batch = file_->Read(from, stop_);
  if (!batch.ok() && batch.status().kind() == ErrorKind::kRejected && from) {
    LP_RETURN_IF_ERROR(BeginFileAgain(places, batch.status()));
    return kBetweenReads;
  }
  if (!batch.ok()) return batch.status();
  if (!*batch) return kBetweenReads;
  const Instant now = parts_.clock->Now();
  const std::string end = delivery::EncodePosition((*batch)->end);
  std::vector<Reading> readings;
  bool is_due = (*batch)->read > 0;
  for (const Place& place : places) {
    is_due = is_due || place.after.empty() || now - place.read >= kBetweenPlaces;
    readings.push_back({{place.tenant, end, now}, std::move((*batch)->changes[place.tenant])});
    if (begins) readings.back().gap = {place.read, now};
  }
  const Status appended = is_due ? Append(readings) : Status::Ok();
  if (!appended.ok()) file_.reset();  // reads the batch again
  LP_RETURN_IF_ERROR(appended);
  return (*batch)->has_more ? kAtOnce : kBetweenReads;
}

Status WebhookWatch::BeginFileAgain(const std::vector<Place>& places, const Status& why) {
  telemetry::LogWarning("webhooks begin again at the end: " + why.message());
  file_.reset();
  std::vector<Reading> readings;
  const Instant now = parts_.clock->Now();
  for (const Place& place : places) {
    readings.push_back({{place.tenant, "", now}, {}, access::WebhookGap{place.read, now}});
  }
  return Append(readings);
}

Status WebhookWatch::Append(const std::vector<Reading>& readings) {
  if (readings.empty()) return Status::Ok();
  LP_RETURN_IF_ERROR(parts_.options.store->Append(readings));
  for (const Reading& reading : readings) {
    const std::string& tenant = reading.place.tenant;
    if (reading.gap) {
      telemetry::LogWarning("changes between " + FormatRfc3339(reading.gap->from) + " and " +
                            FormatRfc3339(reading.gap->until) + " may be missing in the webhooks of " + tenant);
    }
    if (reading.changes.empty()) continue;
    for (const auto& [id, sender] : senders_) {
      if (sender.first == tenant) sender.second->Wake(/*tries_again=*/false);
    }
  }
  return Status::Ok();
}

}  // namespace leadpulse::serve
