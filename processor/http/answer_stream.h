// The body of an answer that is written while it is sent: a handler appends, the server sends.
//
// What the client has not taken waits in a buffer. A client that is too slow for it is cut, so nobody waits for it.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace leadpulse::http {

// Thread-safe. The handler closes it before the server is destroyed.
class AnswerStream {
 public:
  enum class Written {
    kTaken,
    kTooSlow,  // there was no room: the connection is closed in the middle of the body
    kEnded,    // closed, cut or gone before
  };

  // `max_bytes`: of the buffer.
  explicit AnswerStream(size_t max_bytes) : max_bytes_(max_bytes) {}

  // All of `bytes` or none. Does not wait.
  Written Write(std::string_view bytes);
  // The body ends after what was written.
  void Close();
  // Ends as if there was no room: the connection is closed in the middle of the body.
  void Cut();
  // Bytes that the client has not taken yet.
  size_t waiting() const;

  // ---- For the server ----

  enum class State { kBytes, kWait, kEnd, kCut };
  struct Part {
    State state;
    size_t size = 0;
  };
  // Moves up to `size` bytes to `to`. If there are none yet: calls `suspend`, and later `resume` once, when there is
  // more or the body ends. Neither may call this.
  Part Take(char* to, size_t size, const std::function<void()>& suspend, std::function<void()> resume);
  // The connection is gone: no more `resume`.
  void Abandon();

 private:
  void EndCut();
  void End(State state);
  void Resume();

  const size_t max_bytes_;
  // Guards the members below. Held during suspend and resume, so that they come in this order.
  mutable std::mutex mutex_;
  std::string bytes_;
  State end_ = State::kWait;  // kEnd or kCut: nothing more is written
  std::function<void()> resume_;
};

}  // namespace leadpulse::http
