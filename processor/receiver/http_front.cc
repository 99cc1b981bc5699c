#include "processor/receiver/http_front.h"

#include <microhttpd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "processor/receiver/open_connections.h"
#include "processor/receiver/request_head.h"
#include "processor/telemetry/listening_socket.h"

namespace leadpulse::receiver {
namespace {

// Of a request line and its headers, and the window in which a body comes. More headers are answered 431.
constexpr size_t kMemoryOfConnection = 32 << 10;
// A connection that has been shut down is there for another moment.
constexpr unsigned int kConnectionsLeaving = 64;

// One request. Made when its headers are there, gone when its answer is.
struct Request {
  std::string path;  // as it came, until its escapes are undone
  size_t max_body_bytes = 0;
  std::unique_ptr<GatheredBody> body;  // null: refused before it came
  std::optional<PostAnswer> answer;    // written by whoever answers, and read after the connection is resumed
  bool handed_over = false;
};

}  // namespace

class HttpFront::Impl {
 public:
  Impl(const FrontOptions& options, PostHandler* handler, const Clock* clock)
      : options_(options), handler_(*handler), clock_(*clock), room_(options.bodies), open_(options.connections) {}
  ~Impl() {
    if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Takes the socket.
  Status Start(telemetry::ListeningSocket listening);

  uint16_t port() const { return port_; }
  size_t requests() const { return requests_; }
  size_t connections() const { return open_.count(); }
  size_t body_bytes() const { return room_.bytes(); }
  void CloseLate() { open_.ShutDownWaitingSince(clock_.Monotonic() - options_.patience); }
  void StopListening() {
    stopping_ = true;
    const int listening = MHD_quiesce_daemon(daemon_);
    if (listening >= 0) close(listening);
  }

 private:
  // As libmicrohttpd calls them, on its threads.
  static MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* path, const char* method,
                              const char* version, const char* body, size_t* body_size, void** request);
  static size_t LeaveEscaped(void* self, MHD_Connection* connection, char* text);
  static void OnRequestEnd(void* self, MHD_Connection* connection, void** request, MHD_RequestTerminationCode why);
  static void OnConnection(void* self, MHD_Connection* connection, void** place, MHD_ConnectionNotificationCode code);

  MHD_Result Begin(MHD_Connection* connection, Request* request, std::string_view method, std::string_view version);
  std::optional<PostAnswer> AnswerAtOnce(MHD_Connection* connection, Request* request, std::string_view method,
                                         std::string_view version);
  MHD_Result End(MHD_Connection* connection, Request* request);
  MHD_Result Refuse(MHD_Connection* connection, const Request& request, const PostAnswer& answer);
  MHD_Result Send(MHD_Connection* connection, const PostAnswer& answer);
  static OpenConnections::Place PlaceOf(MHD_Connection* connection) {
    return *static_cast<OpenConnections::Place*>(
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context);
  }

  const FrontOptions options_;
  PostHandler& handler_;
  const Clock& clock_;
  BodyRoom room_;
  OpenConnections open_;
  std::atomic<size_t> requests_{0};
  std::atomic<bool> stopping_{false};
  uint16_t port_ = 0;
  MHD_Daemon* daemon_ = nullptr;
};

Status HttpFront::Impl::Start(telemetry::ListeningSocket listening) {
  unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
  std::vector<MHD_OptionItem> more;
  const auto text = [](const std::string& pem) { return const_cast<char*>(pem.c_str()); };
  if (!options_.certificate.empty()) {
    flags |= MHD_USE_TLS;
    more.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, text(options_.certificate)});
    more.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, text(options_.key)});
    more.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>("NORMAL:-VERS-TLS1.0:-VERS-TLS1.1")});
  }
  if (options_.threads > 1) more.push_back({MHD_OPTION_THREAD_POOL_SIZE, options_.threads, nullptr});
  more.push_back({MHD_OPTION_END, 0, nullptr});
  // Shared out among the threads, and not evenly used: each must be able to hold all.
  const auto limit = (static_cast<unsigned int>(options_.connections) + kConnectionsLeaving) * options_.threads;
  daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, &Impl::OnRequest, this,                               //
                             MHD_OPTION_LISTEN_SOCKET, listening.descriptor,                                   //
                             MHD_OPTION_CONNECTION_LIMIT, limit,                                               //
                             MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(options_.patience.count()),  //
                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMemoryOfConnection,                          //
                             MHD_OPTION_UNESCAPE_CALLBACK, &Impl::LeaveEscaped, this,                          //
                             MHD_OPTION_NOTIFY_CONNECTION, &Impl::OnConnection, this,                          //
                             MHD_OPTION_NOTIFY_COMPLETED, &Impl::OnRequestEnd, this,                           //
                             MHD_OPTION_ARRAY, more.data(),                                                    //
                             MHD_OPTION_END);
  port_ = listening.port;
  if (daemon_ != nullptr) return Status::Ok();
  close(listening.descriptor);
  return Status::Rejected(options_.certificate.empty()
                              ? "the HTTP server cannot start: libmicrohttpd refuses"
                              : "the HTTP server cannot start with this certificate and key: both must be PEM and "
                                "belong together, the key without a password");
}

// Called when the headers are there, then for each part of a body, then for the answer, and once more when the
// connection is resumed.
MHD_Result HttpFront::Impl::OnRequest(void* self, MHD_Connection* connection, const char* path, const char* method,
                                      const char* version, const char* body, size_t* body_size, void** kept) {
  auto* impl = static_cast<Impl*>(self);
  auto* request = static_cast<Request*>(*kept);
  if (request == nullptr) {
    request = new Request;
    request->path = path;
    *kept = request;
    ++impl->requests_;
    return impl->Begin(connection, request, method, version);
  }
  if (*body_size > 0) {
    // Of what is refused the rest is read and forgotten: before its end there is no answering it.
    (void)request->body->Append({body, *body_size});
    *body_size = 0;
    return MHD_YES;
  }
  if (request->handed_over) return impl->Send(connection, *request->answer);
  return impl->End(connection, request);
}

// The library would end a path at %00.
size_t HttpFront::Impl::LeaveEscaped(void* /*self*/, MHD_Connection* /*connection*/, char* text) {
  return std::strlen(text);
}

MHD_Result HttpFront::Impl::Begin(MHD_Connection* connection, Request* request, std::string_view method,
                                  std::string_view version) {
  const std::optional<PostAnswer> answer = AnswerAtOnce(connection, request, method, version);
  if (!answer) {
    request->body = room_.Begin(request->max_body_bytes);
    return MHD_YES;
  }
  // Answered now it is the connection's last, which is right for one whose body nobody reads.
  return answer->code == kOk ? Send(connection, *answer) : Refuse(connection, *request, *answer);
}

std::optional<PostAnswer> HttpFront::Impl::AnswerAtOnce(MHD_Connection* connection, Request* request,
                                                        std::string_view method, std::string_view version) {
  std::optional<std::string> path = DecodedPath(request->path);
  if (!path) return PostAnswer{kBadRequest, "the path holds %00, %2F or a % without two hexadecimal digits"};
  request->path = *std::move(path);
  if (std::optional<PostAnswer> unsure = RefusalOfFraming(connection, version)) return unsure;
  const bool known = handler_.HasPath(request->path);
  if (known) request->max_body_bytes = std::min(handler_.MaxBodyBytes(request->path), options_.bodies.one);
  return AnswerToHead(connection, known, method, stopping_, request->max_body_bytes);
}

// Suspended before it is handed over: whoever answers resumes it, be it at once.
MHD_Result HttpFront::Impl::End(MHD_Connection* connection, Request* request) {
  const GatheredBody::Taken taken = request->body->Finish();
  if (taken != GatheredBody::Taken::kYes)
    return Refuse(connection, *request, RefusalOf(taken, request->max_body_bytes));
  request->handed_over = true;
  const std::vector<webhooks::Header> headers = HeadersOf(connection);
  const std::string type = HeaderOf(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
  open_.BeginWork(PlaceOf(connection));
  MHD_suspend_connection(connection);
  handler_.Take(request->path, {request->body->text(), type, headers, clock_.Now()},
                [connection, request](PostAnswer answer) {
                  request->answer = std::move(answer);
                  MHD_resume_connection(connection);
                });
  request->body.reset();  // this thread is the only one that could have ended the request meanwhile
  return MHD_YES;
}

MHD_Result HttpFront::Impl::Refuse(MHD_Connection* connection, const Request& request, const PostAnswer& answer) {
  handler_.OnRefused(request.path, answer.code);
  return Send(connection, answer);
}

MHD_Result HttpFront::Impl::Send(MHD_Connection* connection, const PostAnswer& answer) {
  const std::string body = answer.text.empty() ? "" : answer.text + "\n";
  MHD_Response* response =
      MHD_create_response_from_buffer(body.size(), const_cast<char*>(body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
  if (answer.code == kMethodNotAllowed) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "POST, HEAD");
  if (answer.code == kUnavailable) {
    const std::string seconds = std::to_string(options_.retry_after.count());
    MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds.c_str());
  }
  if (stopping_) MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
  const MHD_Result queued = MHD_queue_response(connection, answer.code, response);
  MHD_destroy_response(response);
  return queued;
}

void HttpFront::Impl::OnRequestEnd(void* self, MHD_Connection* connection, void** kept, MHD_RequestTerminationCode) {
  auto* impl = static_cast<Impl*>(self);
  if (*kept == nullptr) return;
  delete static_cast<Request*>(*kept);
  *kept = nullptr;
  impl->open_.EndWork(PlaceOf(connection), impl->clock_.Monotonic());
  --impl->requests_;
}

// libmicrohttpd closes the socket only after it has told so.
void HttpFront::Impl::OnConnection(void* self, MHD_Connection* connection, void** kept,
                                   MHD_ConnectionNotificationCode code) {
  auto* impl = static_cast<Impl*>(self);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    const int descriptor = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *kept = new OpenConnections::Place(impl->open_.Add(descriptor, impl->clock_.Monotonic()));
  } else {
    auto* place = static_cast<OpenConnections::Place*>(*kept);
    impl->open_.Remove(*place);
    delete place;
  }
}

Result<std::unique_ptr<HttpFront>> HttpFront::Start(const FrontOptions& options, PostHandler* handler,
                                                    const Clock* clock) {
  LP_ASSERT(options.connections > 0 && options.threads > 0);
  const Result<telemetry::ListeningSocket> socket = telemetry::ListenOn(options.address, options.port);
  if (!socket.ok()) return socket.status();
  auto impl = std::make_unique<Impl>(options, handler, clock);
  LP_RETURN_IF_ERROR(impl->Start(*socket));
  return std::unique_ptr<HttpFront>(new HttpFront(std::move(impl)));
}

HttpFront::HttpFront(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpFront::~HttpFront() = default;
uint16_t HttpFront::port() const { return impl_->port(); }
void HttpFront::CloseLate() { impl_->CloseLate(); }
void HttpFront::StopListening() { impl_->StopListening(); }
size_t HttpFront::requests() const { return impl_->requests(); }
size_t HttpFront::connections() const { return impl_->connections(); }
size_t HttpFront::body_bytes() const { return impl_->body_bytes(); }

}  // namespace leadpulse::receiver
