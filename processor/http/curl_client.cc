#include <curl/curl.h>
#include <sys/socket.h>

#include <array>
#include <optional>

#include "processor/base/clock.h"
#include "processor/http/client.h"
#include "processor/http/ip_networks.h"

namespace leadpulse::http {
namespace {

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

class CurlClient : public Client {
 public:
  CurlClient(CURL* handle, const ClientOptions& options, const std::atomic<bool>& stop)
      : handle_(handle), address_(ShownAddress(options.url)), answer_bytes_(options.answer_bytes), stop_(stop) {
    Set(CURLOPT_URL, options.url.c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_SSL_VERIFYPEER, 1L);
    Set(CURLOPT_SSL_VERIFYHOST, 2L);
    Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options.unix_socket.empty()) Set(CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
    if (!options.ca_file.empty()) Set(CURLOPT_CAINFO, options.ca_file.c_str());
    Set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
    const auto to_connect = options.connect_timeout.value_or(options.timeout / 3 + std::chrono::milliseconds(1));
    Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(to_connect.count()));
    if (!options.certificate_file.empty()) Set(CURLOPT_SSLCERT, options.certificate_file.c_str());
    if (!options.key_file.empty()) Set(CURLOPT_SSLKEY, options.key_file.c_str());
    if (options.without_proxy || options.public_only) Set(CURLOPT_NOPROXY, "*");
    if (options.public_only) {
      Set(CURLOPT_OPENSOCKETFUNCTION, &CurlClient::OnOpen);
      Set(CURLOPT_OPENSOCKETDATA, this);
    }
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_USERAGENT, "leadpulse");
    Set(CURLOPT_ERRORBUFFER, error_.data());
    Set(CURLOPT_WRITEFUNCTION, &CurlClient::OnBody);
    Set(CURLOPT_WRITEDATA, this);
    Set(CURLOPT_HEADERFUNCTION, &CurlClient::OnHeader);
    Set(CURLOPT_HEADERDATA, this);
    Set(CURLOPT_NOPROGRESS, 0L);
    Set(CURLOPT_XFERINFOFUNCTION, &CurlClient::OnProgress);
    Set(CURLOPT_XFERINFODATA, this);
  }

  Result<ClientResponse> Post(std::string_view body, const std::vector<std::string>& headers) override {
    std::unique_ptr<curl_slist, FreeList> list(curl_slist_append(nullptr, "Expect:"));  // no second round trip
    for (const std::string& header : headers) {
      curl_slist* longer = curl_slist_append(list.get(), header.c_str());
      LP_ASSERT(longer != nullptr);
      static_cast<void>(list.release());
      list.reset(longer);
    }
    answer_ = {};
    header_bytes_ = dropped_bytes_ = 0;
    is_private_ = false;
    stopping_since_.reset();
    error_[0] = '\0';
    Set(CURLOPT_HTTPHEADER, list.get());
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    Set(CURLOPT_POSTFIELDS, body.data());
    const CURLcode code = curl_easy_perform(handle_.get());
    Set(CURLOPT_HTTPHEADER, nullptr);
    if (code != CURLE_OK && !is_body_cut()) return Failed(code);
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    answer_.status = static_cast<int>(status);
    curl_header* retry_after = nullptr;
    if (curl_easy_header(handle_.get(), "Retry-After", 0, CURLH_HEADER, -1, &retry_after) == CURLHE_OK) {
      answer_.retry_after = retry_after->value;
    }
    return answer_;
  }

 private:
  template <typename Value>
  void Set(CURLoption option, Value value) {
    LP_ASSERT(curl_easy_setopt(handle_.get(), option, value) == CURLE_OK);
  }

  // Whether OnBody ended the answer. Its status counts.
  bool is_body_cut() const { return dropped_bytes_ > kMostDroppedBytes; }

  Status Failed(CURLcode code) const {
    if (header_bytes_ > kMostHeaderBytes) {
      return Status::Retriable(address_ + ": the headers of its answer are over " + std::to_string(kMostHeaderBytes) +
                               " bytes");
    }
    if (is_private_) {
      return Status::Retriable(address_ +
                               " is at an address of this machine or of a private network, and only public "
                               "ones are posted to");
    }
    const std::string what = address_ + ": " + (error_[0] != '\0' ? error_.data() : curl_easy_strerror(code));
    // The address was checked before, so an unsupported protocol is that of an answer.
    if (code == CURLE_SSL_CACERT_BADFILE || code == CURLE_URL_MALFORMAT) return Status::Rejected(what);
    return Status::Retriable(what);
  }

  // Opens the socket of a connection. CURL_SOCKET_BAD ends that attempt.
  static curl_socket_t OnOpen(void* self, curlsocktype, curl_sockaddr* to) {
    const std::optional<IpAddress> address = AddressOf(&to->addr);
    if (address && IsPublic(*address)) return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    static_cast<CurlClient*>(self)->is_private_ = true;
    return CURL_SOCKET_BAD;
  }

  // Returns less than what came to end the post.
  static size_t OnHeader(char*, size_t size, size_t count, void* self) {
    auto* client = static_cast<CurlClient*>(self);
    client->header_bytes_ += size * count;
    return client->header_bytes_ > kMostHeaderBytes ? 0 : size * count;
  }

  static size_t OnBody(char* bytes, size_t size, size_t count, void* self) {
    auto* client = static_cast<CurlClient*>(self);
    std::string& beginning = client->answer_.beginning;
    const size_t kept = std::min(size * count, client->answer_bytes_ - beginning.size());
    beginning.append(bytes, kept);
    client->dropped_bytes_ += size * count - kept;
    return client->is_body_cut() ? 0 : size * count;
  }

  // Returns a value other than 0 to abort the post. Called at least once a second.
  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto* client = static_cast<CurlClient*>(self);
    if (!client->stop_) return 0;
    const auto now = MonotonicNow();
    if (!client->stopping_since_.has_value()) client->stopping_since_ = now;
    return now - *client->stopping_since_ > kTimeToStop ? 1 : 0;
  }

  const std::unique_ptr<CURL, FreeHandle> handle_;
  const std::string address_;
  const size_t answer_bytes_;
  const std::atomic<bool>& stop_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  ClientResponse answer_;
  size_t header_bytes_ = 0;   // that came of the answer's headers
  bool is_private_ = false;   // whether OnOpen refused an address
  size_t dropped_bytes_ = 0;  // that came of its body behind `answer_.beginning`
  std::optional<std::chrono::steady_clock::time_point> stopping_since_;
};

// Returns the part; empty if the address has none.
std::string Part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

}  // namespace

Result<UrlParts> ParseUrl(const std::string& url) {
  const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
  const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0);
  if (code != CURLUE_OK) return Status::Rejected(curl_url_strerror(code));
  return UrlParts{Part(parsed.get(), CURLUPART_SCHEME), Part(parsed.get(), CURLUPART_HOST),
                  Part(parsed.get(), CURLUPART_PORT),
                  !Part(parsed.get(), CURLUPART_USER).empty() || !Part(parsed.get(), CURLUPART_PASSWORD).empty()};
}

std::string ShownAddress(const std::string& url) {
  const Result<UrlParts> parts = ParseUrl(url);
  if (!parts.ok()) return "the address";
  return parts->scheme + "://" + parts->host + (parts->port.empty() ? "" : ":" + parts->port);
}

Result<std::unique_ptr<Client>> MakeClient(const ClientOptions& options, const std::atomic<bool>& stop) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  LP_ASSERT(ready == CURLE_OK);
  const Result<UrlParts> parts = ParseUrl(options.url);
  if (!parts.ok() || !parts->is_http() || parts->has_login) {
    return Status::Rejected(
        ShownAddress(options.url) +
        " cannot be posted to: it must begin with https:// or http://, without a name or a password");
  }
  CURL* handle = curl_easy_init();
  LP_ASSERT(handle != nullptr);
  return std::unique_ptr<Client>(std::make_unique<CurlClient>(handle, options, stop));
}

}  // namespace leadpulse::http
