#include "processor/receiver/receiver.h"

#include <absl/strings/escaping.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "config/yaml_reader.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/http/form.h"
#include "processor/receiver/token_log.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::receiver {
namespace {

// Whether it is https://sns.REGION.amazonaws.com/…, or .com.cn, and printable, because it is logged.
bool LeadsToSns(std::string_view link) {
  constexpr std::string_view kBeginning = "https://sns.";
  if (!link.starts_with(kBeginning) || link.size() > 1024) return false;
  const std::string_view host = link.substr(8, std::min(link.find('/', 8), link.size()) - 8);
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  const bool printable = std::all_of(link.begin(), link.end(), [](char c) { return c > ' ' && c < 0x7F; });
  return plain && printable && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"));
}

constexpr std::string_view kType = "SubscriptionConfirmation";

std::optional<std::string> LinkIn(const Json& envelope) {
  if (envelope["Type"].text() != kType) return std::nullopt;
  const std::string_view link = envelope["SubscribeURL"].text();
  return LeadsToSns(link) ? std::optional<std::string>(link) : std::nullopt;
}

// Returns the response to a platform that checks the address. It has what the sender wrote: a browser must not take it
// for a page.
http::Response ChallengeResponse(std::string_view challenge, const Source& source) {
  const webhooks::ChallengeAnswer& answer = source.provider->traits().challenge_answer;
  Result<std::string> text = webhooks::AnswerTo(challenge, answer, source.challenge_secret);
  if (!text.ok()) return {http::kBadRequest, text.status().message() + "\n"};
  http::Response response{http::kOk, *std::move(text)};
  if (!answer.empty()) response.content_type = "application/json";
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return response;
}

// Returns the value of the query parameter; nullopt if the query has none.
std::optional<std::string> ChallengeIn(std::string_view query, const std::string& parameter) {
  if (parameter.empty() || query.empty()) return std::nullopt;
  const auto fields = http::ParseForm(query, "application/x-www-form-urlencoded");
  if (!fields.ok()) return std::nullopt;
  const auto found = std::ranges::find(*fields, parameter, &http::FormField::name);
  return found == fields->end() ? std::nullopt : std::optional(found->value);
}

constexpr std::chrono::seconds kLogInterval{10};
constexpr size_t kMostNamesLogged = 1000;
// A parsed body takes about twenty times its bytes, so larger ones are checked and converted one at a time.
constexpr size_t kLargeBody = 1 << 20;
// The limit of what is stored of one post; of an unreadable body, its beginning.
constexpr size_t kMostKeptOfPost = 1 << 20;
constexpr size_t kMostKeptOfBody = 64 << 10;

std::string UnreadableLine(const Source& source, const webhooks::Post& post, const std::string& why) {
  const std::string_view beginning = post.body.substr(0, kMostKeptOfBody);
  std::string text;
  JsonObject line(&text);
  line.Text("provider", source.provider->name());
  line.Text("reason", "unreadable");
  line.Text("source", source.path);
  line.Time("receivedAt", post.received_at);
  line.Text("detail", why);
  line.Number("bytes", static_cast<int64_t>(post.body.size()));
  line.Text("payload", absl::Base64Escape(absl::string_view(beginning.data(), beginning.size())));
  line.End();
  return text + "\n";
}

}  // namespace

std::optional<uint64_t> LogLimit::Say(const std::string& what, TimePoint now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [said, is_new] = said_.try_emplace(what, Said{now, 0});
  if (is_new) return 0;
  if (now - said->second.at < interval_) {
    ++said->second.unsaid;
    return std::nullopt;
  }
  said->second.at = now;
  return std::exchange(said->second.unsaid, 0);
}

bool LogLimit::SayOnce(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return names_.size() < most_names_ && names_.insert(name).second;
}

std::optional<std::string> ConfirmationLinkOf(const webhooks::Payload& payload) {
  if (payload.fields) return LinkIn(*payload.fields);
  constexpr size_t kMostBytes = 64 << 10;  // such a message has some two thousand
  if (payload.body.size() > kMostBytes || payload.body.find(kType) == std::string_view::npos) return std::nullopt;
  const Result<Json> body = Json::Parse(payload.body);
  return body.ok() ? LinkIn(*body) : std::nullopt;
}

Receiver::Receiver(std::span<const Source> sources, codec::RecordSink* sink, const Clock* clock,
                   ReceiverMetrics* metrics, webhooks::UsedTokens* tokens)
    : sources_(sources),
      tokens_(*tokens),
      sink_(*sink),
      clock_(*clock),
      metrics_(*metrics),
      log_limit_(kLogInterval, kMostNamesLogged) {
  LP_ASSERT(sources.size() == metrics->sources.size());
}

const Source* Receiver::Find(std::string_view path) const {
  const auto found = std::ranges::find(sources_, path, &Source::path);
  return found == sources_.end() ? nullptr : &*found;
}

http::HeadDecision Receiver::CheckHead(const http::Request& head) {
  const Source* source = Find(head.path);
  if (source == nullptr) return {.answer = http::Response{http::kNotFound, "no source has this path\n"}};
  if (head.method != "GET" && head.method != "HEAD" && head.method != "POST") {
    http::Response refusal{http::kMethodNotAllowed, "only GET, HEAD and POST\n"};
    refusal.headers.emplace_back("Allow", "GET, HEAD, POST");
    return {.answer = std::move(refusal)};
  }
  if (std::optional<std::string> text = ChallengeIn(head.query, source->provider->traits().challenge_parameter)) {
    return {.answer = ChallengeResponse(*text, *source)};
  }
  // Some providers send GET or HEAD before they accept the address of a webhook.
  if (head.method != "POST") return {.answer = http::Response{}};
  return {.max_body_bytes = source->provider->traits().max_body_bytes};
}

void Receiver::Handle(const http::Request& request, std::function<void(http::Response)> respond) {
  std::vector<webhooks::Header> headers;
  for (const auto& [name, value] : request.headers) headers.push_back({std::string(name), std::string(value)});
  Take(request.path, {request.body, http::HeaderOf(request.headers, "content-type"), headers, clock_.Now()},
       [this, respond = std::move(respond), source = Find(request.path),
        begun = clock_.Monotonic()](const PostResponse& taken) {
         MetricsOf(*source).post_durations.Observe(clock_.Monotonic() - begun);
         if (taken.is_challenge) return respond(ChallengeResponse(taken.text, *source));
         respond({taken.code, taken.text.empty() ? "" : taken.text + "\n"});
       });
}

void Receiver::Take(std::string_view path, const webhooks::Post& post, Responder respond) {
  const Source* source = Find(path);
  LP_ASSERT(source != nullptr);
  MetricsOf(*source).body_bytes += post.body.size();
  // Some signatures are inside the body, so it is parsed before it is authenticated.
  std::unique_lock<std::mutex> one_at_a_time(large_body_, std::defer_lock);
  if (post.body.size() > kLargeBody) one_at_a_time.lock();
  const Result<webhooks::Payload> payload = CheckSignature(*source, post);
  if (!payload.ok()) return Finish(*source, {http::kUnauthorized, payload.status().message()}, respond);
  if (const std::optional<std::string> link = ConfirmationLinkOf(*payload)) {
    telemetry::LogWarning("Amazon SNS asks whether " + source->path +
                              " may get a topic's messages. If the topic is yours, open this link: " + *link,
                          {telemetry::TenantField(source->options.tenant)});
  }
  Result<webhooks::Conversion> converted = source->provider->Convert(*payload, source->options);
  if (!converted.ok()) {
    const std::string& why = converted.status().message();
    return Append(*source, {.quarantine = UnreadableLine(*source, post, why)}, {}, 0, {http::kBadRequest, why},
                  std::move(respond));
  }
  if (!converted->challenge.empty()) {
    return Finish(*source, {http::kOk, std::move(converted->challenge), true}, respond);
  }
  if (payload->token) {
    const Status unused = tokens_.Reserve(*payload->token, post.received_at);
    if (!unused.ok()) {
      const bool for_good = unused.kind() == ErrorKind::kRejected;
      return Finish(*source, {for_good ? http::kUnauthorized : http::kUnavailable, unused.message()}, respond);
    }
  }
  std::vector<codec::Record> records;
  std::ranges::move(converted->commands, std::back_inserter(records));
  std::ranges::move(converted->events, std::back_inserter(records));
  const std::string quarantine = QuarantineOf(*source, post.received_at, converted->skipped);
  std::string answer = "records: " + std::to_string(records.size());
  if (converted->guessed_times > 0) {
    answer += ", with the time of receipt: " + std::to_string(converted->guessed_times);
    LogGuessedTimes(*source, converted->guessed_times);
  }
  Append(*source, {.records = records, .quarantine = quarantine}, payload->token, converted->guessed_times,
         {http::kOk, std::move(answer)}, std::move(respond));
}

// Returns the payload. A refusal has the current secret's reason; the previous secret will be removed soon.
Result<webhooks::Payload> Receiver::CheckSignature(const Source& source, const webhooks::Post& post) {
  if (source.signatures.empty()) return webhooks::WholePayload(post);
  std::optional<Status> refusal;
  for (size_t i = 0; i < source.signatures.size(); ++i) {
    Result<webhooks::Payload> payload = source.signatures[i].check(post, post.received_at);
    if (payload.ok()) {
      ++MetricsOf(source).signed_posts[i];
      return payload;
    }
    if (!refusal) refusal = payload.status();
  }
  return *refusal;
}

std::string Receiver::QuarantineOf(const Source& source, Instant received_at,
                                   const std::vector<webhooks::Skipped>& skipped) {
  SourceMetrics& metrics = MetricsOf(source);
  const std::string_view provider = source.provider->name();
  const webhooks::SkippedOrigin origin{source.path, received_at};
  std::string lines;
  for (const webhooks::Skipped& each : skipped) {
    ++metrics.skipped[static_cast<size_t>(each.reason)];
    if (each.reason == webhooks::SkipReason::kNoEngagement) continue;
    if (lines.size() < kMostKeptOfPost) webhooks::AppendSkippedLine(provider, origin, each, &lines);
    if (each.reason != webhooks::SkipReason::kUnknownName) continue;
    // A name with an @ may be somebody's address.
    const std::string name = each.name.find('@') == std::string::npos ? config::Quoted(each.name) : "with an @";
    if (log_limit_.SayOnce(std::string(provider) + ": " + name)) {
      telemetry::LogWarning("unknown event " + name + " of " + std::string(provider) +
                            ": it is kept, and counted; said once");
    }
  }
  return lines;
}

void Receiver::LogGuessedTimes(const Source& source, size_t guessed_times) {
  const std::string what = "records of " + source.path + " have the time of receipt";
  const std::optional<uint64_t> unsaid = log_limit_.Say(what, clock_.Monotonic());
  if (!unsaid) return;
  telemetry::LogWarning(
      what + ", because theirs is missing or cannot be read: " + std::to_string(guessed_times) + " of a post" +
          (*unsaid > 0 ? "; " + std::to_string(*unsaid) + " more posts since this was said last" : ""),
      {telemetry::TenantField(source.options.tenant)});
}

void Receiver::Append(const Source& source, codec::RecordBatch batch, const std::optional<webhooks::SignedToken>& token,
                      size_t guessed_times, PostResponse good, Responder respond) {
  std::array<uint64_t, kEventTypeCount> events{};
  uint64_t commands = 0;
  for (const codec::Record& record : batch.records) {
    const auto* event = std::get_if<codec::Event>(&record);
    ++(event == nullptr ? commands : events[static_cast<size_t>(event->type)]);
  }
  const std::string token_line = token ? LineOf(*token) : "";
  batch.token = token_line;
  ++metrics_.answers_waiting;
  sink_.Append(batch, [this, &source, events, commands, guessed_times, token, good = std::move(good),
                       respond = std::move(respond)](const codec::Stored& done) {
    --metrics_.answers_waiting;
    if (token) tokens_.Settle(*token, done.ok());
    if (done.ok()) {
      for (size_t i = 0; i < events.size(); ++i) MetricsOf(source).events[i] += events[i];
      MetricsOf(source).commands += commands;
      MetricsOf(source).guessed_times += guessed_times;
      return Finish(source, good, respond);
    }
    LogRefusal(source, http::kUnavailable, done.status().message());
    MetricsOf(source).CountPost(http::kUnavailable);
    respond({http::kUnavailable, "not taken; post it again later"});  // the sender must not see the cause
  });
}

void Receiver::Finish(const Source& source, PostResponse response, const Responder& respond) {
  MetricsOf(source).CountPost(response.code);
  // The error may quote the body, and with it a lead's data.
  const bool quotes = response.code == http::kBadRequest;
  if (response.code != http::kOk)
    LogRefusal(source, response.code, quotes ? "why is in aside/kept.jsonl" : response.text);
  respond(std::move(response));
}

void Receiver::OnRefused(std::string_view path, unsigned int code) {
  const Source* source = Find(path);
  if (source == nullptr) {
    ++metrics_.unknown_paths;
    return;
  }
  MetricsOf(*source).CountPost(code);
  LogRefusal(*source, code, "");
}

void Receiver::LogRefusal(const Source& source, unsigned int code, const std::string& why) {
  const std::string what = "a post to " + source.path + " was answered " + std::to_string(code);
  const std::optional<uint64_t> unsaid = log_limit_.Say(what, clock_.Monotonic());
  if (!unsaid) return;
  telemetry::LogWarning(what + (why.empty() ? "" : ": " + why) +
                            (*unsaid > 0 ? "; " + std::to_string(*unsaid) + " more since this was said last" : ""),
                        {telemetry::TenantField(source.options.tenant), telemetry::ErrorField(why)});
}

}  // namespace leadpulse::receiver
