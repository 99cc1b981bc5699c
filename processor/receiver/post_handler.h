// What the HTTP front asks about each post. It knows nothing of providers and records; this knows nothing of sockets.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "processor/webhooks/provider.h"

namespace leadpulse::receiver {

// Codes of RFC 9110 §15.
inline constexpr unsigned int kOk = 200, kBadRequest = 400, kUnauthorized = 401, kNotFound = 404,
                              kMethodNotAllowed = 405, kLengthRequired = 411, kContentTooLarge = 413,
                              kUnsupportedMediaType = 415, kUnavailable = 503;

struct PostAnswer {
  unsigned int code = kOk;
  std::string text;  // a sentence for who looks into the provider's log
};

// Called from several threads.
class PostHandler {
 public:
  virtual ~PostHandler() = default;
  virtual bool HasPath(std::string_view path) const = 0;
  // The most bytes that a post to one of these paths may have, beside the front's own limit.
  virtual size_t MaxBodyBytes(std::string_view path) const = 0;
  // A whole post to one of these paths. Keeps nothing of what `post` shows; calls `answer` once, before it returns or
  // later from any thread.
  virtual void Take(std::string_view path, const webhooks::Post& post, std::function<void(PostAnswer)> answer) = 0;
  // The front has refused a request by itself: for the counts. `path` may be none of ours.
  virtual void OnRefused(std::string_view path, unsigned int code) = 0;
};

}  // namespace leadpulse::receiver
