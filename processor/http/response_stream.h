// The body of a response that is written while it is sent: a handler appends, the server sends.
//
// Bytes that the client has not taken wait in a buffer. The connection of a client that is too slow for it is cut, so
// that nobody waits for it.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace leadpulse::http {

// A body in the making. Thread-safe. The handler closes it before the server is destroyed.
class ResponseStream {
 public:
  enum class Written {
    kTaken,
    kTooSlow,  // there was not enough room: the connection is closed in the middle of the body
    kEnded,    // closed, cut or abandoned before
  };

  // Sets the most bytes of the buffer.
  explicit ResponseStream(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Writes all of `bytes` or none. Does not wait.
  Written Write(std::string_view bytes);
  // Ends the body after the written bytes.
  void Close();
  // Ends the body as if there was no room: the connection is closed in the middle of the body.
  void Cut();
  // Returns the number of bytes that the client has not taken yet.
  size_t waiting() const;

  // ---- For the server ----

  enum class State { kBytes, kWait, kEnd, kCut };
  struct Part {
    State state;
    size_t size = 0;
  };
  // Moves up to `size` bytes to `to`. If there are none yet, calls `suspend`, and later `resume` once, when there are
  // more or the body ends. Neither may call this object.
  Part Take(char* to, size_t size, const std::function<void()>& suspend, std::function<void()> resume);
  // Drops `resume`, because the connection is gone.
  void Abandon();

 private:
  void EndCut();
  void End(State state);
  void Resume();

  const size_t max_bytes_;
  // Guards the members below. Held during suspend and resume, so that they are called in this order.
  mutable std::mutex mutex_;
  std::string bytes_;
  State end_ = State::kWait;  // kEnd or kCut: nothing more is written
  std::function<void()> resume_;
};

}  // namespace leadpulse::http
