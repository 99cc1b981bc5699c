// What is done with a post: is it from who it says, what does it tell, is that durable, what is answered.
//
//   200  its records survive a power cut (or it told nothing that is recorded); how many
//   400  it cannot be read; kept for people. The same again would be no better
//   401  its signature is wrong, or its token was used; counted, not kept: a stranger must not fill the disk
//   503  its records could not be made durable, or another post with its token is being taken; it is to come again, and
//   duplicates are removed by their ids
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/receiver/log_limit.h"
#include "processor/receiver/receiver_metrics.h"
#include "processor/receiver/record_sink.h"
#include "processor/receiver/source.h"
#include "processor/webhooks/provider.h"
#include "processor/webhooks/used_tokens.h"

namespace leadpulse::receiver {

struct PostAnswer {
  unsigned int code = http::kOk;
  std::string text;  // a sentence for the reader of the provider's log
};

class Receiver : public http::Handler {
 public:
  // All outlive this; `metrics` is of as many sources.
  Receiver(std::span<const Source> sources, RecordSink* sink, const Clock* clock, ReceiverMetrics* metrics,
           webhooks::UsedTokens* tokens);

  http::HeadDecision CheckHead(const http::Request& head) override;
  void Handle(const http::Request& request, std::function<void(http::Answer)> answer) override;
  // A complete post to a source's path. Keeps nothing of what `post` shows; calls `answer` once, before it returns or
  // later from any thread.
  void Take(std::string_view path, const webhooks::Post& post, std::function<void(PostAnswer)> answer);
  void OnRefused(std::string_view path, unsigned int code) override;

 private:
  using Answer = std::function<void(PostAnswer)>;

  const Source* Find(std::string_view path) const;
  SourceMetrics& MetricsOf(const Source& source) {
    return metrics_.sources[static_cast<size_t>(&source - &sources_[0])];
  }
  // What the signature covers; of a source without one the whole post. Rejected: none of its secrets proves the post.
  Result<webhooks::Payload> CheckSignature(const Source& source, const webhooks::Post& post);
  void TakeUnreadable(const Source& source, const webhooks::Post& post, const std::string& why, Answer answer);
  // Counts and tells of what was skipped, and gives the lines to keep of it.
  std::string KeptOf(const Source& source, Instant received_at, const std::vector<webhooks::Skipped>& skipped);
  void Append(const Source& source, const Batch& batch, PostAnswer good, Answer answer);
  // Counts and answers.
  void Finish(const Source& source, PostAnswer answer, const Answer& to);
  void LogRefusal(const std::string& path, unsigned int code, const std::string& why);

  const std::span<const Source> sources_;
  webhooks::UsedTokens& tokens_;
  RecordSink& sink_;
  const Clock& clock_;
  ReceiverMetrics& metrics_;
  LogLimit log_limit_;
  std::mutex large_body_;  // held while one is checked and converted
};

}  // namespace leadpulse::receiver
