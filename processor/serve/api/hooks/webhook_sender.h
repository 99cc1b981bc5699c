// Posts the changes of one webhook, one after the other, on a thread of its own: a receiver that is slow or gone holds
// up nobody else.
//
// The next change is posted when the receiver has accepted the one before and that is in the database. So changes come
// in order, and after a kill at most one comes twice, with the same id.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/http/client.h"
#include "processor/serve/access/webhook_store.h"
#include "processor/serve/api/hooks/webhook_schedule.h"
#include "processor/serve/api/request/api_metrics.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

struct WebhookOptions {
  access::WebhookStore* store;  // not owned
  std::string lock_file;        // of the one process that sends
  // Whether posts may go to http:// and to addresses that are not public (http/ip_networks.h).
  bool anywhere = false;
  // The changes.jsonl of the run, to read the changes there; empty: the run's memory is read.
  std::string changes_file = {};
};

// What senders use; all objects outlive them.
struct WebhookParts {
  WebhookOptions options;
  RunClient* run;    // whose changes are followed
  RunClient* reads;  // for the contacts; may answer from a state whose run is stopped
  ApiMetrics* metrics;
  const Clock* clock;
};

// Thread-safe.
class WebhookSender {
 public:
  // Starts the thread. Keeps `parts`, which outlive this.
  WebhookSender(const WebhookParts* parts, std::string tenant, int64_t id);
  // Waits for a running post at most http::kTimeToStop.
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

  // Looks at the webhook now. `tries_again`: does not wait for the next attempt either.
  void Wake(bool tries_again);
  // Ends the thread soon; the destructor waits for it.
  void BeginStop();

 private:
  using Time = std::chrono::steady_clock::time_point;

  void Run();
  // Does one thing, and returns how long there is nothing else to do.
  Result<Millis> Step();
  Status PostAsked(const access::Webhook& webhook, const access::WebhookDelivery& delivery);
  Status PostNext(const access::Webhook& webhook, const access::WebhookChange& change);
  // Returns the body of the change's post. Retriable: no run answers for the contact.
  Result<std::string> BodyOf(const access::Webhook& webhook, const access::WebhookChange& change);
  Result<http::ClientResponse> Post(const access::Webhook& webhook, const access::WebhookChange& change,
                                    const std::string& body);
  // Returns the contact of the change; nullopt: there is none.
  Result<std::optional<v1::LeadAnswer>> ContactOf(const access::Webhook& webhook, const access::WebhookChange& change);

  const WebhookParts& parts_;
  const std::string tenant_;
  const int64_t id_;
  // Used by the thread alone:
  std::mt19937_64 random_{std::random_device()()};
  WebhookSchedule schedule_;
  std::string url_;  // of client_
  std::unique_ptr<http::Client> client_;
  std::optional<Time> next_try_;  // nullopt: the last post was accepted
  std::string said_;              // the last warning

  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  bool is_woken_ = false, tries_again_ = false;
  std::thread thread_;
};

}  // namespace leadpulse::serve
