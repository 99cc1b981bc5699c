// The streams of `GET /api/v1/stream`: committed changes as server-sent events (HTML standard, §9.2).
//
// One thread serves all streams. When the bell rings, it reads the changes of all streams with one query to the run. It
// waits for no client. The run applies the rights. While no run answers, streams stay open; the run that comes back
// does not know their positions and answers with a reset.
//
// A stream ends within 15 s after its token is revoked or changed, or its session ends.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/http/response_stream.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/api_metrics.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/continuations.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// The streams of a front. Thread-safe.
class ChangeStreams {
 public:
  // Returns the principal of the credentials; nullopt if they are not valid any more.
  using Authenticate = std::function<Result<std::optional<access::Principal>>(const Credentials& credentials)>;

  // Keeps the arguments, which must outlive this.
  ChangeStreams(RunClient* run, const Continuations* continuations, Authenticate authenticate, ApiMetrics* metrics,
                const Clock* clock);
  ~ChangeStreams() { Stop(); }
  ChangeStreams(const ChangeStreams&) = delete;
  ChangeStreams& operator=(const ChangeStreams&) = delete;

  // Opens a stream. Waits for the run once, so that the stream has every change after its answer. Answers 429 at a
  // limit.
  http::Response Open(const ApiRequest& request, const access::Principal& principal);
  // Reads the changes now: there are some.
  void Ring();
  // Ends every stream, and refuses later ones with 503.
  void Stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Stream {
    Credentials credentials;
    access::Principal principal;
    v1::ChangeReader reader;
    std::shared_ptr<http::ResponseStream> out;
    Time next_check;                   // when to check the credentials and send a comment
    std::optional<Time> behind_since;  // since when its client has been behind; nullopt: it is not
    bool ended = false;
  };

  // Takes a slot. Returns the problem if there are too many.
  std::optional<http::Response> TakeSlot(const access::Principal& principal);
  void ReturnSlot(const access::Principal& principal);

  // ---- On the thread ----

  void Run();
  // Takes new streams, after `wait` or the bell if there are others. Returns false to stop.
  bool AwaitRound(std::chrono::milliseconds wait);
  // Reads and writes new changes. Returns how long to wait for the bell before the next round.
  std::chrono::milliseconds Deliver();
  void CheckClient(Stream* stream, Time now);
  void CheckCredentials(Stream* stream, Time now);
  void Write(const std::string& text, Stream* stream);
  void RemoveEnded();

  // Returns a place as the clients of this reader get it.
  std::string Sealed(const std::string& place, const v1::ChangeReader& reader) const;
  // Returns what the clients of this reader get of a page.
  std::string TextOf(const v1::ChangePage& page, const v1::ChangeReader& reader) const;

  RunClient& run_;
  const Continuations& continuations_;
  const Authenticate authenticate_;
  ApiMetrics& metrics_;
  const Clock& clock_;
  std::vector<Stream> streams_;  // used by the thread only

  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::vector<Stream> added_;
  std::map<std::pair<std::string, std::string>, size_t> slots_;  // taken ones, by tenant and principal
  size_t slots_taken_ = 0;
  bool rung_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace leadpulse::serve
