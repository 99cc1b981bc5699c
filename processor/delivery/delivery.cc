#include "processor/delivery/delivery.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

#include "processor/base/crash_point.h"
#include "processor/base/text.h"
#include "processor/delivery/committed_changes.h"
#include "processor/delivery/signature.h"
#include "processor/telemetry/logging.h"
#include "schemas/codec/change_line_reader.h"

namespace leadpulse::delivery {
namespace {

// Posts one batch until the receiver takes or refuses it. One thread.
class BatchSender {
 public:
  // Keeps both arguments, which outlive it.
  BatchSender(const DeliveryOptions& options, const DeliveryEnvironment& environment)
      : options_(options), environment_(environment), backoff_(options.backoff, environment.random) {}

  // Returns the receiver's answer, which is kDelivered or kRefused; nullopt if stopped before. Rejected: the address
  // can never be posted to.
  Result<std::optional<http::ClientResponse>> Send(std::string_view body);

 private:
  std::vector<std::string> Headers(std::string_view body) const;
  void WaitBeforeNext(const Result<http::ClientResponse>& response);

  const DeliveryOptions& options_;
  const DeliveryEnvironment& environment_;
  Backoff backoff_;
};

Result<std::optional<http::ClientResponse>> BatchSender::Send(std::string_view body) {
  backoff_.Reset();
  while (!*environment_.stop) {
    const auto begun = environment_.clock->Monotonic();
    Result<http::ClientResponse> response = environment_.client->Post(body, Headers(body));
    environment_.metrics->post_durations.Observe(environment_.clock->Monotonic() - begun);
    if (!response.ok() && response.status().kind() != ErrorKind::kRetriable) return response.status();
    const Verdict verdict = response.ok() ? Judge(response->status) : Verdict::kAgain;
    if (verdict == Verdict::kNotReceiver) {
      return Status::Rejected(options_.address + " answered " + std::to_string(response->status) +
                              ", which is not what a receiver says; redirects are not followed, so give the address "
                              "that takes the posts");
    }
    environment_.metrics->is_failing = verdict == Verdict::kAgain;
    if (verdict != Verdict::kAgain) return std::optional(*std::move(response));
    ++environment_.metrics->failed_posts;
    WaitBeforeNext(response);
  }
  return std::optional<http::ClientResponse>();
}

// Returns the headers with this post's time, because a receiver may refuse an old signature.
std::vector<std::string> BatchSender::Headers(std::string_view body) const {
  std::vector<std::string> headers = SignatureHeaders(options_.secrets, environment_.clock->Now(), body);
  headers.insert(headers.begin(), options_.headers.begin(), options_.headers.end());
  headers.insert(headers.begin(), "Content-Type: application/json");
  return headers;
}

void BatchSender::WaitBeforeNext(const Result<http::ClientResponse>& response) {
  if (*environment_.stop) return;
  std::optional<Millis> asked_for;
  if (response.ok() && response->retry_after.has_value()) {
    asked_for = ParseRetryAfter(*response->retry_after, environment_.clock->Now());
  }
  const Millis wait = backoff_.Next(asked_for);
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", static_cast<double>(wait.count()) / 1000);
  const std::string why =
      response.ok() ? options_.address + " answered " + std::to_string(response->status) : response.status().message();
  telemetry::LogWarning(
      why + "; the batch is posted again in " + seconds + " s" + (asked_for.has_value() ? ", as it asks for" : ""),
      {telemetry::ErrorField(why)});
  environment_.pause(wait);
}

// The limit of a body, without its last change.
constexpr size_t kMaxBodyBytes = 1 << 20;
// Read at most before the position is saved, if the filter leaves much out.
constexpr uint64_t kMaxBatchScan = 8 << 20;
// The pause between two looks, which may delay a change.
constexpr Millis kLook{50};
// The published length may be half written when it is read.
constexpr int kFirstLooks = 20;
constexpr std::chrono::minutes kReportEvery{1};

struct PostBatch {
  std::string body;  // a JSON array of the lines as they stand
  size_t changes = 0;
  uint64_t left_out = 0;
  CommittedChanges::ResumePoint begin;
  Position end;
};

class Delivery {
 public:
  Delivery(const DeliveryOptions& options, const DeliveryEnvironment& environment)
      : options_(options),
        environment_(environment),
        metrics_(*environment.metrics),
        changes_(options.changes, environment.position->position()),
        sender_(options, environment),
        batch_limit_(options.batch),
        reported_at_(environment.clock->Monotonic()) {}

  Result<DeliverySummary> Run() {
    LP_RETURN_IF_ERROR(options_.once ? RunOnce() : Follow());
    if (options_.once && !stopping() && MayFindNone() && metrics_.left_out > 0) {
      return Status::Rejected("none of the " + std::to_string(metrics_.left_out) + " changes is of tenant " +
                              Join(options_.filter.tenants, " or ") +
                              ", so the position stays where it was; is --tenant spelled right?");
    }
    // Also if the filter skipped all the remaining changes.
    LP_RETURN_IF_ERROR(SavePosition());
    return Summary();
  }

 private:
  bool stopping() const { return *environment_.stop; }
  // Whether all changes so far, from the first one on, are of other tenants. Perhaps a name is mistyped: another
  // delivery with the same position would miss them.
  bool MayFindNone() const { return environment_.position->position().offset == 0 && !options_.filter.tenants.empty(); }

  Status RunOnce() {
    for (int look = 0; look < kFirstLooks && !stopping(); ++look) {
      LP_ASSIGN_OR_RETURN(bool published, changes_.Look(*environment_.stop));
      metrics_.has_changes = published;
      if (published) return DeliverProven();
      environment_.pause(kLook);
    }
    if (stopping()) return Status::Ok();
    return Status::Rejected("changes " + options_.changes + " or " + options_.changes +
                            ".committed is missing or empty, so nothing is known to be committed; give the "
                            "changes.jsonl of a run, and start that once with this version of the program");
  }

  Status Follow() {
    while (!stopping()) {
      LP_ASSIGN_OR_RETURN(bool published, changes_.Look(*environment_.stop));
      metrics_.has_changes = published;
      LP_RETURN_IF_ERROR(DeliverProven());
      Report();
      if (!stopping()) environment_.pause(kLook);
    }
    return Status::Ok();
  }

  Status DeliverProven() {
    metrics_.waiting_bytes = changes_.remaining();
    while (changes_.remaining() > 0 && !stopping()) {
      LP_ASSIGN_OR_RETURN(PostBatch batch, Collect());
      if (batch.changes > 0) {
        LP_RETURN_IF_ERROR(DeliverBatch(batch));
      } else {
        metrics_.left_out += batch.left_out;
      }
      metrics_.waiting_bytes = changes_.remaining();
      Report();
    }
    if (changes_.remaining() == 0) metrics_.oldest_waiting = Instant::Never().millis;
    return Status::Ok();
  }

  Result<PostBatch> Collect() {
    PostBatch batch{"[", 0, 0, changes_.resume_point(), {}};
    while (batch.changes < batch_limit_ && batch.body.size() < kMaxBodyBytes &&
           changes_.offset() - batch.begin.position.offset < kMaxBatchScan) {
      LP_ASSIGN_OR_RETURN(std::optional<std::string_view> line, changes_.Next());
      if (!line.has_value()) break;
      Result<bool> selected = options_.filter.Selects(*line);
      if (!selected.ok()) return BadLine(selected.status());
      if (!*selected) {
        ++batch.left_out;
        continue;
      }
      if (batch.changes == 0) NoteOldest(*line);
      if (batch.changes++ > 0) batch.body += ',';
      batch.body += *line;
    }
    batch.body += ']';
    batch.end = changes_.position();
    // If the filter skips everything, do not sync at each commit.
    const uint64_t unsaved = batch.end.offset - environment_.position->position().offset;
    const bool must_save = batch.changes == 0 && unsaved >= kMaxBatchScan && !MayFindNone();
    if (must_save) LP_RETURN_IF_ERROR(SavePosition());
    return batch;
  }

  // Notes when the first change of a batch happened.
  void NoteOldest(std::string_view line) {
    const Result<codec::Change> change = reader_.Read(line);
    if (change.ok()) metrics_.oldest_waiting = change->at.millis;
  }

  Status BadLine(const Status& why) const {
    return Status::Rejected("changes " + options_.changes + " line " + std::to_string(changes_.position().lines) + " " +
                            why.message());
  }

  Status DeliverBatch(const PostBatch& batch) {
    LP_ASSIGN_OR_RETURN(std::optional<http::ClientResponse> response, sender_.Send(batch.body));
    if (!response.has_value()) {  // stopped
      changes_.ReturnTo(batch.begin);
      return Status::Ok();
    }
    if (Judge(response->status) == Verdict::kRefused) return Refused(batch, *response);
    CrashPoint("after_acknowledged");
    metrics_.delivered += batch.changes;
    metrics_.left_out += batch.left_out;
    ++metrics_.delivered_posts;
    batch_limit_ = std::min(batch_limit_ * 2, options_.batch);
    return SavePosition();
  }

  // Divides a refused batch in halves until one change is left, so that the others are delivered, in order.
  Status Refused(const PostBatch& batch, const http::ClientResponse& response) {
    ++metrics_.refused_posts;
    telemetry::LogDebug(options_.address + " answered " + std::to_string(response.status) + ": " + response.beginning);
    if (environment_.refused == nullptr) {
      return Status::Rejected(
          options_.address + " answered " + std::to_string(response.status) + " to the changes of the lines " +
          std::to_string(batch.begin.position.lines + 1) + " to " + std::to_string(batch.end.lines) +
          " and so refuses them; everything before is delivered. Mend the receiver and start again (--log-level debug "
          "shows the answer), or set aside what is refused (--on-refusal skip --set-aside FILE)");
    }
    if (batch.changes > 1) {
      batch_limit_ = batch.changes / 2;
      changes_.ReturnTo(batch.begin);
      return Status::Ok();
    }
    LP_RETURN_IF_ERROR(environment_.refused->Append(environment_.clock->Now(), response, batch.body));
    const std::string why = options_.address + " answered " + std::to_string(response.status);
    telemetry::LogWarning(why + " to the change of line " + std::to_string(batch.end.lines) + ", which is set aside",
                          {telemetry::ErrorField(why)});
    ++metrics_.set_aside;
    metrics_.left_out += batch.left_out;
    return SavePosition();
  }

  Status SavePosition() {
    const Position position = changes_.position();
    if (position.offset == environment_.position->position().offset) return Status::Ok();
    return environment_.position->Save(position);
  }

  DeliverySummary Summary() const {
    return {metrics_.delivered, metrics_.delivered_posts, metrics_.failed_posts, metrics_.set_aside, metrics_.left_out};
  }

  void Report() {
    const auto now = environment_.clock->Monotonic();
    if (now - reported_at_ < kReportEvery) return;
    const DeliverySummary total = Summary();
    if (!metrics_.has_changes) {
      telemetry::LogInfo("waiting for a run that writes " + options_.changes);
    } else {
      telemetry::LogInfo("delivered " + std::to_string(total.delivered - reported_.delivered) + " changes in " +
                         std::to_string(total.posts - reported_.posts) + " posts in the last minute, " +
                         std::to_string(total.failed - reported_.failed) + " tries failed, " +
                         std::to_string(total.refused - reported_.refused) + " changes were set aside; " +
                         std::to_string(changes_.remaining()) + " bytes wait");
    }
    reported_ = total;
    reported_at_ = now;
  }

  const DeliveryOptions& options_;
  const DeliveryEnvironment& environment_;
  DeliveryMetrics& metrics_;
  CommittedChanges changes_;
  BatchSender sender_;
  codec::ChangeLineReader reader_;
  size_t batch_limit_;  // less than options_.batch while one that is refused is halved
  DeliverySummary reported_;
  std::chrono::steady_clock::time_point reported_at_;
};

}  // namespace

Verdict Judge(int status) {
  if (status >= 200 && status < 300) return Verdict::kDelivered;
  if (http::MayAnswerLater(status) || status < 200) return Verdict::kAgain;
  return status >= 400 && status < 500 ? Verdict::kRefused : Verdict::kNotReceiver;
}

std::optional<Millis> ParseRetryAfter(std::string_view text, Instant now) {
  if (const auto seconds = ParseInteger<int64_t>(text); seconds && *seconds >= 0) {
    return Millis{std::min<int64_t>(*seconds, kLongestRetryAfter.count()) * 1000};
  }
  const std::string ended(text);  // with a NUL, and as long as what points into it
  std::tm date{};                 // as `Sun, 06 Nov 1994 08:49:37 GMT`; the program sets no locale
  const char* rest = strptime(ended.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  return std::max(Instant{int64_t{timegm(&date)} * 1000} - now, Millis{0});
}

Millis Backoff::Next(std::optional<Millis> asked_for) {
  const Millis half = next_ / 2;
  const Millis wait = half + Millis{static_cast<int64_t>(random_() * static_cast<double>((next_ - half).count()))};
  next_ = std::min(next_ * 2, options_.longest);
  if (asked_for.has_value()) return std::clamp(*asked_for, options_.first / 2, kLongestRetryAfter);
  return wait;
}

Result<bool> ChangeFilter::Selects(std::string_view line) const {
  if (kinds.empty() && tenants.empty() && !skip_backfill) return true;
  thread_local codec::ChangeLineReader reader;
  const Result<codec::ChangeLabels> change = reader.ReadLabels(line);
  if (!change.ok()) return Status::Rejected("is not a change: no JSON object");
  if (!kinds.empty() && !kinds.contains(change->kind)) return false;
  if (!tenants.empty() && !tenants.contains(change->tenant)) return false;
  return !skip_backfill || (!change->backfill && change->cause != "DEFINITIONS");
}

Result<DeliverySummary> Deliver(const DeliveryOptions& options, const DeliveryEnvironment& environment) {
  return Delivery(options, environment).Run();
}

}  // namespace leadpulse::delivery
