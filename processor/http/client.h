// The port through which posts are sent over HTTP.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"

namespace leadpulse::http {

struct ClientResponse {
  int status = 0;
  std::optional<std::string> retry_after;  // the header
  std::string beginning;                   // the first ClientOptions::answer_bytes of the body
};

// Whether the same request may be answered otherwise later: RFC 9110's codes for a server that is busy or down.
inline bool MayAnswerLater(int status) { return status == 408 || status == 425 || status == 429 || status >= 500; }

// Owned and called by one thread.
class Client {
 public:
  virtual ~Client() = default;
  // Posts `body`. Headers are `Name: value`. Retriable: no complete answer came, or no answer of HTTP, so the post may
  // have arrived or not. Rejected: posts to this address can never succeed.
  virtual Result<ClientResponse> Post(std::string_view body, const std::vector<std::string>& headers) = 0;
};

// ---- the client of the program, through libcurl: TLS is verified, redirects are not followed ----

struct ClientOptions {
  std::string url;                            // http or https
  std::string ca_file = {};                   // PEM; empty: the system's
  std::chrono::milliseconds timeout{30'000};  // for a post and its whole answer; a third of it to connect
  std::string unix_socket = {};               // connects to this socket instead of the address; empty: no
  size_t answer_bytes = 200;
  std::string certificate_file = {};  // PEM: of this client, for servers that ask for one; empty: none
  std::string key_file = {};
  std::optional<std::chrono::milliseconds> connect_timeout = {};  // nullopt: a third of `timeout`
  bool without_proxy = false;                                     // whatever the environment says
  // Whether it connects to public addresses only (ip_networks.h), whatever names resolve to, and so without a proxy.
  bool public_only = false;
};

// The most bytes of an answer's headers; with longer ones it is no answer.
inline constexpr size_t kMostHeaderBytes = 256 << 10;
// The most bytes of a body that are read and dropped behind ClientOptions::answer_bytes. The answer ends there.
inline constexpr size_t kMostDroppedBytes = 1 << 20;

// How long a running post may continue after `stop` becomes true. An answer avoids a duplicate.
inline constexpr std::chrono::seconds kTimeToStop{5};

// Makes a client. Rejected: the address cannot be posted to. Posts share a connection. As curl does, it reads the proxy
// from the environment (`https_proxy`). Owned and called by one thread; `stop` outlives it.
Result<std::unique_ptr<Client>> MakeClient(const ClientOptions& options, const std::atomic<bool>& stop);

// The parts of an address that decide whether it can be posted to.
struct UrlParts {
  std::string scheme, host;
  std::string port;        // empty: the scheme's
  bool has_login = false;  // a name or a password
  bool is_http() const { return scheme == "https" || scheme == "http"; }
};
// Parses an address. Rejected: the text is none; the message is curl's reason, which does not quote it.
Result<UrlParts> ParseUrl(const std::string& url);

// Returns the part of an address that messages may show: scheme, host and port. Its path and query may contain a
// secret. Shows no part of a text that is not an address.
std::string ShownAddress(const std::string& url);

}  // namespace leadpulse::http
