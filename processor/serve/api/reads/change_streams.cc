#include "processor/serve/api/reads/change_streams.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <variant>

#include "processor/base/text.h"
#include "processor/serve/api/request/member_names.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A person with several windows of one page, and a program with several readers, need fewer.
constexpr size_t kMostOfOne = 16;
// A quarter of what one query takes, and half of the server's connections.
constexpr size_t kMost = 256;
constexpr int64_t kRetryAfter = 15;  // seconds, in which a client that is gone is noticed

constexpr milliseconds kUntilCaughtUp{50};  // while a client is behind
constexpr milliseconds kBetweenTries{500};  // while no run answers
// Proxies close connections that are silent for a minute. The run collects changes for as long after a read.
constexpr seconds kBetweenChecks{15};
// A stream is behind while more than this waits for its client. It gets no more until then, and is cut if it stays
// behind.
constexpr size_t kBehindBytes = 256 << 10;
constexpr seconds kMostBehind{10};
// A page of changes with the longest texts fits behind that.
constexpr size_t kMostWaiting = 16 << 20;

// How long a browser waits before it connects again.
constexpr std::string_view kBeginning = "retry: 2000\n\n";

void AppendEvent(std::string_view id, std::string_view type, std::string_view json, std::string* text) {
  AppendParts({"id: ", id, "\nevent: ", type, "\ndata: ", WithSnakeNames(json), "\n\n"}, text);
}

http::Response TooManyStreams(std::string_view of_whom) {
  return TooManyRequests("too many streams are open " + std::string(of_whom) + "; close one, or try again",
                         kRetryAfter);
}

// Streams with the same key get the same page.
using ReaderKey = std::tuple<std::string, bool, std::string, std::string, bool>;
ReaderKey KeyOf(const v1::ChangeReader& reader) {
  const v1::Caller& caller = reader.caller();
  return {caller.tenant_id(), caller.has_agent_id(), caller.agent_id(), reader.after(), reader.updates()};
}

}  // namespace

ChangeStreams::ChangeStreams(RunClient* run, const Continuations* continuations, Authenticate authenticate,
                             ApiMetrics* metrics, const Clock* clock)
    : run_(*run),
      continuations_(*continuations),
      authenticate_(std::move(authenticate)),
      metrics_(*metrics),
      clock_(*clock) {
  thread_ = std::thread([this] { Run(); });
}

http::Response ChangeStreams::Open(const ApiRequest& request, const access::Principal& principal) {
  if (auto problem = TakeSlot(principal)) return std::move(*problem);
  Stream stream;
  *stream.reader.mutable_caller() = CallerFor(principal);
  stream.reader.set_after(request.last_event_id);
  const bool is_told = request.Parameter("touched") != "false";
  stream.reader.set_updates(is_told);
  stream.reader.set_touches(is_told);
  v1::ReadChanges query;
  *query.add_readers() = stream.reader;
  const auto answered = run_.Changes(query);
  const v1::ChangePages* pages = AnswerIn(answered);
  if (pages == nullptr || pages->pages_size() != 1) {
    ReturnSlot(principal);
    return answered.ok() ? Unavailable() : RunFailed(answered.status());
  }
  const v1::ChangePage& page = pages->pages(0);
  stream.credentials = request.credentials;
  stream.principal = principal;
  stream.reader.set_after(page.next());
  stream.out = std::make_shared<http::ResponseStream>(kMostWaiting);
  stream.next_check = clock_.Monotonic() + kBetweenChecks;
  (void)stream.out->Write(std::string(kBeginning) + TextOf(page, stream.reader));
  http::Response response{.content_type = "text/event-stream",
                          .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
                          .stream = stream.out};
  const std::lock_guard lock(mutex_);
  if (stopping_) return Unavailable();
  added_.push_back(std::move(stream));
  changed_.notify_one();
  return response;
}

void ChangeStreams::Ring() {
  const std::lock_guard lock(mutex_);
  rung_ = true;
  changed_.notify_one();
}

void ChangeStreams::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

std::optional<http::Response> ChangeStreams::TakeSlot(const access::Principal& principal) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return Unavailable();
  if (slots_taken_ >= kMost) return TooManyStreams("by all together");
  size_t& of_one = slots_[{principal.tenant, principal.who}];
  if (of_one >= kMostOfOne) return TooManyStreams("with this token or by this user");
  ++of_one;
  ++slots_taken_;
  return std::nullopt;
}

void ChangeStreams::ReturnSlot(const access::Principal& principal) {
  const std::lock_guard lock(mutex_);
  --slots_taken_;
  const auto slot = slots_.find({principal.tenant, principal.who});
  if (--slot->second == 0) slots_.erase(slot);
}

void ChangeStreams::Run() {
  milliseconds wait{0};
  while (AwaitRound(wait)) {
    wait = Deliver();
    const Time now = clock_.Monotonic();
    for (Stream& stream : streams_) {
      CheckClient(&stream, now);
      if (now >= stream.next_check) CheckCredentials(&stream, now);
      wait = std::min(wait, std::chrono::ceil<milliseconds>(stream.next_check - now));
    }
    RemoveEnded();
  }
  for (const Stream& stream : streams_) stream.out->Close();
}

bool ChangeStreams::AwaitRound(milliseconds wait) {
  std::unique_lock lock(mutex_);
  const auto is_wanted = [this] { return stopping_ || !added_.empty(); };
  if (streams_.empty()) {
    changed_.wait(lock, is_wanted);
  } else {
    changed_.wait_for(lock, wait, [&] { return rung_ || is_wanted(); });
  }
  rung_ = false;
  std::ranges::move(added_, std::back_inserter(streams_));
  added_.clear();
  metrics_.SetStreams(streams_.size());
  return !stopping_;
}

milliseconds ChangeStreams::Deliver() {
  v1::ReadChanges query;
  std::map<ReaderKey, std::vector<Stream*>> readers;
  milliseconds wait = kBetweenChecks;
  for (Stream& stream : streams_) {
    if (stream.out->waiting() > kBehindBytes) {
      wait = kUntilCaughtUp;
      continue;
    }
    std::vector<Stream*>& same = readers[KeyOf(stream.reader)];
    if (same.empty()) *query.add_readers() = stream.reader;
    same.push_back(&stream);
  }
  if (readers.empty()) return wait;
  const auto answered = run_.Changes(query);
  const v1::ChangePages* pages = AnswerIn(answered);
  if (!answered.ok()) LogFailure(answered.status());
  if (pages == nullptr || pages->pages_size() != query.readers_size()) return kBetweenTries;
  bool has_more = false;
  for (int i = 0; i < pages->pages_size(); ++i) {
    const v1::ChangePage& page = pages->pages(i);
    const std::string text = TextOf(page, query.readers(i));
    for (Stream* stream : readers[KeyOf(query.readers(i))]) {
      Write(text, stream);
      stream->reader.set_after(page.next());
    }
    has_more = has_more || page.more();
  }
  if (!has_more) return wait;
  // The run bounds its answer, and the last readers may have got nothing.
  std::rotate(streams_.begin(), streams_.begin() + 1, streams_.end());
  return milliseconds(0);
}

std::string ChangeStreams::Sealed(const std::string& place, const v1::ChangeReader& reader) const {
  return continuations_.Seal(Continuation::kChange, reader.caller().tenant_id(), place);
}

std::string ChangeStreams::TextOf(const v1::ChangePage& page, const v1::ChangeReader& reader) const {
  std::string text;
  if (page.reset()) AppendEvent(Sealed(page.next(), reader), "reset", "{}", &text);
  for (const v1::ChangeEvent& event : page.events()) {
    AppendEvent(Sealed(event.id(), reader), event.type(), event.json(), &text);
  }
  return text;
}

void ChangeStreams::Write(const std::string& text, Stream* stream) {
  if (text.empty() || stream->ended) return;
  const http::ResponseStream::Written written = stream->out->Write(text);
  if (written == http::ResponseStream::Written::kTooSlow) metrics_.CountCutStream();
  stream->ended = written != http::ResponseStream::Written::kTaken;
}

void ChangeStreams::CheckClient(Stream* stream, Time now) {
  if (stream->ended) return;
  if (stream->out->waiting() <= kBehindBytes) return stream->behind_since.reset();
  if (!stream->behind_since) stream->behind_since = now;
  if (now - *stream->behind_since < kMostBehind) return;
  stream->out->Cut();
  metrics_.CountCutStream();
  stream->ended = true;
}

void ChangeStreams::CheckCredentials(Stream* stream, Time now) {
  stream->next_check = now + kBetweenChecks;
  const auto found = authenticate_(stream->credentials);
  // If the database cannot be read, the stream goes on: a request would be answered 503, not refused.
  if (found.ok() && *found != stream->principal) {
    stream->out->Close();
    stream->ended = true;
    return;
  }
  // A comment and the client's position, also past changes that it may not see.
  Write(":\nid: " + Sealed(stream->reader.after(), stream->reader) + "\n\n", stream);
}

void ChangeStreams::RemoveEnded() {
  for (const Stream& stream : streams_) {
    if (stream.ended) ReturnSlot(stream.principal);
  }
  std::erase_if(streams_, [](const Stream& stream) { return stream.ended; });
  metrics_.SetStreams(streams_.size());
}

}  // namespace leadpulse::serve
