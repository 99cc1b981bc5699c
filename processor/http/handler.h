// The interface between a server and its handler: requests, responses and decisions. Handlers do not see sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/file_descriptor.h"
#include "processor/http/response_stream.h"

namespace leadpulse::http {

// Codes of RFC 9110 §15.
inline constexpr unsigned int kOk = 200, kCreated = 201, kAccepted = 202, kBadRequest = 400, kUnauthorized = 401,
                              kForbidden = 403, kNotFound = 404, kMethodNotAllowed = 405, kConflict = 409, kGone = 410,
                              kLengthRequired = 411, kPreconditionFailed = 412, kContentTooLarge = 413,
                              kUnsupportedMediaType = 415, kUnprocessableContent = 422, kPreconditionRequired = 428,
                              kTooManyRequests = 429, kInternalError = 500, kUnavailable = 503;

// A header of a request. Views into the request.
struct Header {
  std::string_view name;   // compares without case
  std::string_view value;  // without blanks around it
};

// A receiver of a body as it arrives, instead of memory. Destroyed without a Request if the whole body does not arrive.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // Appends bytes. Called once at a time, from any thread of the server, which waits for it. Returns false if it takes
  // no more; the rest of the body is then discarded, and the request answered with 503.
  virtual bool Append(std::string_view bytes) = 0;
};

// A request as views, valid until the function that gets them returns.
struct Request {
  std::string_view method;
  std::string_view path;   // unescaped; with ServerOptions::takes_escaped_slashes, NUL represents %2F
  std::string_view query;  // after the '?', still escaped
  std::span<const Header> headers;
  std::string_view body;  // empty until it has arrived
  // The client's address, for limits: an IPv4 address, or the /64 network of an IPv6 address, because one client may
  // have all of that. Empty on a Unix socket.
  std::string_view client = {};
  std::shared_ptr<BodySink> sink = nullptr;  // the one of HeadDecision, which has received the body
};

// Returns the value of the first header with that name; empty if none.
std::string_view HeaderOf(std::span<const Header> headers, std::string_view lower_case_name);

// An open regular file. Closed with the last response that has it.
struct ResponseFile {
  FileDescriptor file;
  uint64_t bytes = 0;  // its size, which must not change until it is sent
};

struct Response {
  unsigned int code = kOk;
  std::string body = {};
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers = {};  // without Content-Type and the server's own
  std::shared_ptr<ResponseStream> stream = nullptr;               // if set, the body, instead of `body`
  std::shared_ptr<const ResponseFile> file = nullptr;             // if set, the body, for a file that is not in memory
};

// What to do with a request whose headers have arrived.
struct HeadDecision {
  // Sent at once. The body is not read, and the connection closes.
  std::optional<Response> answer = {};
  // If there is no answer: the limit of the body in bytes, besides the server's own limit. nullopt: read and discard
  // the body, if there is one.
  std::optional<size_t> max_body_bytes = {};
  // If set, the receiver of the body; `max_body_bytes` is then its only limit. The client may take any time while it
  // sends.
  std::shared_ptr<BodySink> sink = nullptr;
};

// A handler, called by all threads of its server. Must not block them for long.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual HeadDecision CheckHead(const Request& head) = 0;
  // Handles a complete request. Calls `respond` exactly once: before this returns, or later from any thread. The
  // connection is suspended until then and takes no thread.
  virtual void Handle(const Request& request, std::function<void(Response)> respond) = 0;
  // Notes, for metrics, that CheckHead or the server answered the request with an error before Handle. `path` may be
  // one that CheckHead has not seen.
  virtual void OnRefused(std::string_view /*path*/, unsigned int /*code*/) {}
  // Returns an answer of the server itself, such as 413, in the form of the handler's own errors; `path` as above.
  virtual Response FormOf(std::string_view /*path*/, Response refusal) { return refusal; }
};

}  // namespace leadpulse::http
