// Handles a post: checks its signature, converts it to records, makes them durable, and answers.
//
//   200  its records survive a power cut, or it contains none; the text has their number, or is the challenge of a post
//        that only checks the address
//   400  it cannot be read; stored for people. Posting it again would not help
//   401  its signature is wrong, or its token was used; counted, not stored, so that a stranger cannot fill the disk
//   503  its records could not be made durable, or another post with its token is being handled. The sender must post
//        it again; duplicates are removed by their ids
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/receiver/receiver_metrics.h"
#include "processor/receiver/source.h"
#include "processor/webhooks/provider.h"
#include "processor/webhooks/used_tokens.h"
#include "schemas/codec/record_sink.h"

namespace leadpulse::receiver {

// Limits log lines that strangers can cause: the same line is logged once in an interval, with the number of times.
// Thread-safe.
class LogLimit {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  LogLimit(std::chrono::seconds interval, size_t most_names) : interval_(interval), most_names_(most_names) {}

  // Returns nullopt if `what` was logged less than the interval ago; else how often it was suppressed since. `what`
  // must come from a bounded set.
  std::optional<uint64_t> Say(const std::string& what, TimePoint now);
  // Whether this name comes for the first time. False also after the first `most_names` names.
  bool SayOnce(const std::string& name);

 private:
  struct Said {
    TimePoint at;
    uint64_t unsaid = 0;
  };

  const std::chrono::seconds interval_;
  const size_t most_names_;
  std::mutex mutex_;
  std::map<std::string, Said> said_;
  std::set<std::string> names_;
};

// Returns the link that Amazon SNS asks each new receiver of a topic's messages to open first. This program only logs
// it: an operator knows whether the topic is theirs. nullopt if the post has no such request, or the link does not lead
// to SNS. https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
std::optional<std::string> ConfirmationLinkOf(const webhooks::Payload& payload);

struct PostResponse {
  unsigned int code = http::kOk;
  std::string text;           // a sentence for readers of the provider's log
  bool is_challenge = false;  // the text is the sender's own, and sent as it is
};

class Receiver : public http::Handler {
 public:
  using Responder = std::function<void(PostResponse)>;

  // Keeps the arguments, which must outlive this. `metrics` has one entry for each source.
  Receiver(std::span<const Source> sources, codec::RecordSink* sink, const Clock* clock, ReceiverMetrics* metrics,
           webhooks::UsedTokens* tokens);

  http::HeadDecision CheckHead(const http::Request& head) override;
  void Handle(const http::Request& request, std::function<void(http::Response)> respond) override;
  // Handles a complete post to a source's path. Keeps no view of `post`; calls `respond` once, before it returns or
  // later from any thread.
  void Take(std::string_view path, const webhooks::Post& post, Responder respond);
  void OnRefused(std::string_view path, unsigned int code) override;

 private:
  const Source* Find(std::string_view path) const;
  SourceMetrics& MetricsOf(const Source& source) {
    return metrics_.sources[static_cast<size_t>(&source - &sources_[0])];
  }
  // Returns the signed content; for a source without signatures, the whole post. Rejected: no secret fits.
  Result<webhooks::Payload> CheckSignature(const Source& source, const webhooks::Post& post);
  // Counts and logs skipped events, and returns the lines to store of them.
  std::string QuarantineOf(const Source& source, Instant received_at, const std::vector<webhooks::Skipped>& skipped);
  // Stores the batch, and answers. `token`: used up once the batch is durable. `guessed_times`: how many of its records
  // have the time of receipt for want of their own.
  void Append(const Source& source, codec::RecordBatch batch, const std::optional<webhooks::SignedToken>& token,
              size_t guessed_times, PostResponse good, Responder respond);
  // Logs that a post's records have the time of receipt.
  void LogGuessedTimes(const Source& source, size_t guessed_times);
  // Counts and answers.
  void Finish(const Source& source, PostResponse response, const Responder& respond);
  void LogRefusal(const Source& source, unsigned int code, const std::string& why);

  const std::span<const Source> sources_;
  webhooks::UsedTokens& tokens_;
  codec::RecordSink& sink_;
  const Clock& clock_;
  ReceiverMetrics& metrics_;
  LogLimit log_limit_;
  std::mutex large_body_;  // held while a large body is checked and converted
};

}  // namespace leadpulse::receiver
