// Follows the changes of the tenants that have webhooks into their log (access/webhook_store.h), and keeps a sender for
// each webhook.
//
// The changes come from the run's output, if the front was given that (changes_file.h), or from the run, which keeps
// the latest in memory. The log and the place in those changes are stored together, so a front that was killed goes on
// where it was. If the run does not have what came then any more, it says so, and the webhooks show the gap.
//
// Of several processes with one directory, the one that holds the lock does this.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "processor/serve/access/webhook_store.h"
#include "processor/serve/api/hooks/changes_file.h"
#include "processor/serve/api/hooks/webhook_sender.h"

namespace leadpulse::serve {

// Thread-safe, except Start and Stop.
class WebhookWatch {
 public:
  // Keeps the parts, which must outlive this.
  explicit WebhookWatch(WebhookParts parts) : parts_(std::move(parts)) {}
  ~WebhookWatch() { Stop(); }

  // Begins to follow the run.
  void Start();
  void Stop();
  // Reads the changes now: there are some.
  void Ring();
  // Looks at the webhook at once: it was made, changed or removed, or a post was asked for.
  void NoteChanged(int64_t webhook);
  // Returns where to follow a tenant whose first webhook is made now. Retriable: no run answers.
  Result<access::WebhookStore::Place> PlaceNow(const std::string& tenant);
  const WebhookParts& parts() const { return parts_; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Place = access::WebhookStore::Place;
  using Reading = access::WebhookStore::Reading;

  void Watch(const std::stop_token& stop);
  // Does what is due, and returns when to look again.
  Result<std::chrono::milliseconds> LookOnce();
  // Whether this process sends.
  Result<bool> TakeLock();
  // Starts and ends senders, so that each webhook has one.
  Status UpdateSenders(const std::set<int64_t>& changed);
  // Appends what is new in the memory of the run. Returns when to look again, unless it is rung for.
  Result<std::chrono::milliseconds> ReadRun();
  // Returns what a page has of the changes after a place.
  static Result<Reading> ReadingOf(const v1::ChangePage& page, const Place& place, Instant now);
  // Appends what is new in the run's output. Returns when to look again.
  Result<std::chrono::milliseconds> ReadFile();
  // Begins at the end of the file that is there now.
  Status BeginFileAgain(const std::vector<Place>& places, const Status& why);
  // Appends the readings, and wakes the senders of their tenants.
  Status Append(const std::vector<Reading>& readings);

  const WebhookParts parts_;
  // Used by the thread alone:
  FileDescriptor lock_;
  std::map<int64_t, std::pair<std::string, std::unique_ptr<WebhookSender>>> senders_;  // by webhook, with its tenant
  std::map<std::string, std::string> after_;  // by tenant: where to read on, behind what is stored without changes
  std::unique_ptr<ChangesFile> file_;         // null: not begun
  Time next_update_{}, next_trim_{};
  std::string said_;  // the last warning

  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<int64_t> changed_webhooks_;  // guarded by mutex_, as rung_
  bool rung_ = false;
  std::jthread thread_;
};

}  // namespace leadpulse::serve
