#include "processor/http/server.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/http/listening_socket.h"
#include "processor/http/open_connections.h"
#include "processor/http/request_head.h"
#include "processor/http/response_stream.h"

namespace leadpulse::http {
namespace {

// Room for connections that were shut down, which exist for another moment.
constexpr unsigned int kConnectionsLeaving = 64;
constexpr char kRequestId[] = "X-Request-Id", kFoldedRequestId[] = "x-request-id";

// A request, from its first line until its response has been sent.
struct PendingRequest {
  std::string id;
  std::string path;
  std::string query;
  size_t target_bytes = 0;
  bool begun = false;  // its headers have arrived
  size_t max_body_bytes = 0;
  std::unique_ptr<Body> body;  // null: it goes to the sink, or is discarded
  std::shared_ptr<BodySink> sink;
  size_t sink_bytes = 0;
  Body::State sink_state = Body::State::kGood;  // kNoMemory: the sink has refused
  std::optional<Response> answer;  // the handler's; written before the connection is resumed, and read after
};

void AppendToSink(PendingRequest* pending, std::string_view bytes) {
  pending->sink_bytes += bytes.size();
  if (pending->sink_bytes > pending->max_body_bytes) {
    pending->sink_state = Body::State::kTooLong;
  } else if (!pending->sink->Append(bytes)) {
    pending->sink_state = Body::State::kNoMemory;
  }
  if (pending->sink_state != Body::State::kGood) pending->sink.reset();
}

// Returns the headers, with the request's own id in place of one that the client sent.
std::vector<Header> HeadersOf(MHD_Connection* connection, const PendingRequest& pending) {
  std::vector<Header> headers = {{kRequestId, pending.id}};
  const auto add = [](void* list, MHD_ValueKind, const char* name, const char* value) {
    if (EqualsFolded(name, kFoldedRequestId)) return MHD_YES;
    // libmicrohttpd does not know `chunked ` and would read the body to the end of the connection: CheckFraming refuses
    // it as it came.
    const bool is_framing = EqualsFolded(name, "transfer-encoding");
    const std::string_view text = value == nullptr ? "" : value;
    static_cast<std::vector<Header>*>(list)->push_back({name, is_framing ? text : TrimAsciiSpace(text)});
    return MHD_YES;
  };
  MHD_get_connection_values(connection, MHD_HEADER_KIND, add, &headers);
  return headers;
}

std::string NewIdPrefix() {
  std::random_device random;
  std::string prefix;
  for (int i = 0; i < 6; ++i) prefix += static_cast<char>('a' + random() % 26);
  return prefix + "-";
}

std::string ClientAt(MHD_Connection* connection, const TrustedProxies& proxies, std::span<const Header> headers) {
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info == nullptr || info->client_addr == nullptr ? "" : proxies.ClientOf(info->client_addr, headers);
}

// Whether the client has shown a certificate for clients that is signed by MHD_OPTION_HTTPS_MEM_TRUST and valid now.
bool HasTrustedCertificate(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (info == nullptr || info->tls_session == nullptr) return false;
  gnutls_typed_vdata_st purpose{GNUTLS_DT_KEY_PURPOSE_OID, nullptr, 0};
  std::string oid = GNUTLS_KP_TLS_WWW_CLIENT;
  purpose.data = reinterpret_cast<unsigned char*>(oid.data());
  unsigned int problems = 0;
  auto* session = static_cast<gnutls_session_t>(info->tls_session);
  return gnutls_certificate_verify_peers(session, &purpose, 1, &problems) == GNUTLS_E_SUCCESS && problems == 0;
}

// A stream on its connection. Owned by the response.
struct StreamedResponse {
  std::shared_ptr<ResponseStream> stream;
  MHD_Connection* connection;
};

// Passes bytes of a stream to libmicrohttpd, which calls this when the client takes more. A suspended connection takes
// no thread.
ssize_t TakePart(void* streamed, uint64_t /*position*/, char* to, size_t size) {
  MHD_Connection* connection = static_cast<StreamedResponse*>(streamed)->connection;
  const ResponseStream::Part part = static_cast<StreamedResponse*>(streamed)->stream->Take(
      to, size, [connection] { MHD_suspend_connection(connection); },
      [connection] { MHD_resume_connection(connection); });
  switch (part.state) {
    case ResponseStream::State::kBytes:
      return static_cast<ssize_t>(part.size);
    case ResponseStream::State::kWait:
      return 0;
    case ResponseStream::State::kEnd:
      return MHD_CONTENT_READER_END_OF_STREAM;
    case ResponseStream::State::kCut:
      break;
  }
  return MHD_CONTENT_READER_END_WITH_ERROR;
}

void EndStream(void* streamed) {
  const std::unique_ptr<StreamedResponse> owned(static_cast<StreamedResponse*>(streamed));
  owned->stream->Abandon();
}

MHD_Response* ResponseOf(const ResponseFile& file) {
  FileDescriptor copy(dup(file.file.get()));
  MHD_Response* response = copy.is_open() ? MHD_create_response_from_fd64(file.bytes, copy.get()) : nullptr;
  if (response != nullptr) copy.Release();  // libmicrohttpd closes it
  return response;
}

MHD_Response* ResponseOf(const Response& response, MHD_Connection* connection) {
  if (response.file != nullptr) return ResponseOf(*response.file);
  if (response.stream == nullptr) {
    return MHD_create_response_from_buffer(response.body.size(), const_cast<char*>(response.body.data()),
                                           MHD_RESPMEM_MUST_COPY);
  }
  constexpr size_t kBlockBytes = 4 << 10;
  auto streamed = std::make_unique<StreamedResponse>(StreamedResponse{response.stream, connection});
  MHD_Response* native =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kBlockBytes, TakePart, streamed.get(), EndStream);
  if (native == nullptr) {
    response.stream->Abandon();
  } else {
    (void)streamed.release();
  }
  return native;
}

class MicroHttpServer final : public Server {
 public:
  MicroHttpServer(const ServerOptions& options, Handler* handler, const Clock* clock)
      : options_(options), handler_(*handler), clock_(*clock), budget_(options.bodies), open_(options.connections) {}
  ~MicroHttpServer() override {
    if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
  }

  // Starts the server, which takes ownership of the socket.
  Status Start(ListeningSocket listening);

  uint16_t port() const override { return port_; }
  size_t requests() const override { return requests_; }
  size_t connections() const override { return open_.count(); }
  size_t body_bytes() const override { return budget_.bytes(); }
  void CloseLate() override { open_.ShutDownWaitingSince(clock_.Monotonic() - options_.timeout); }
  void StopListening() override {
    stopping_ = true;
    const int listening = MHD_quiesce_daemon(daemon_);
    if (listening >= 0) close(listening);
  }

 private:
  // libmicrohttpd calls these on its threads.

  static void* OnRequestLine(void* self, const char* target, MHD_Connection* connection);
  static MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* path, const char* method,
                              const char* version, const char* body, size_t* body_size, void** pending);
  static size_t LeaveEscaped(void* self, MHD_Connection* connection, char* text);
  static void OnRequestEnd(void* self, MHD_Connection* connection, void** pending, MHD_RequestTerminationCode why);
  static void OnConnection(void* self, MHD_Connection* connection, void** context, MHD_ConnectionNotificationCode code);

  MHD_Result Begin(MHD_Connection* connection, PendingRequest* pending, std::string_view method,
                   std::string_view version);
  // Decides what happens to the body; an answer refuses it.
  std::optional<Response> CheckHead(MHD_Connection* connection, PendingRequest* pending, std::string_view method,
                                    std::string_view version);
  MHD_Result HandOver(MHD_Connection* connection, PendingRequest* pending, std::string_view method);
  // Returns an answer that does not come from the handler, in the handler's form.
  Response Own(const PendingRequest& pending, Response response) {
    return handler_.FormOf(pending.path, std::move(response));
  }
  MHD_Result Refuse(MHD_Connection* connection, const PendingRequest& pending, const Response& response);
  MHD_Result Send(MHD_Connection* connection, const PendingRequest& pending, const Response& response);
  static OpenConnections::Handle HandleOf(MHD_Connection* connection) {
    return *static_cast<OpenConnections::Handle*>(
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context);
  }

  const ServerOptions options_;
  Handler& handler_;
  const Clock& clock_;
  BodyMemoryBudget budget_;
  OpenConnections open_;
  std::atomic<size_t> requests_{0};
  std::atomic<bool> stopping_{false};
  // Makes ids of requests, which begin differently in each process.
  const std::string id_prefix_ = NewIdPrefix();
  std::atomic<uint64_t> begun_{0};
  uint16_t port_ = 0;
  MHD_Daemon* daemon_ = nullptr;
};

Status MicroHttpServer::Start(ListeningSocket listening) {
  unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
  std::vector<MHD_OptionItem> more;
  const auto text = [](const std::string& pem) { return const_cast<char*>(pem.c_str()); };
  if (!options_.certificate.empty()) {
    flags |= MHD_USE_TLS;
    more.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, text(options_.certificate)});
    more.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, text(options_.key)});
    if (!options_.client_ca.empty()) more.push_back({MHD_OPTION_HTTPS_MEM_TRUST, 0, text(options_.client_ca)});
    more.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>("NORMAL:-VERS-TLS1.0:-VERS-TLS1.1")});
  }
  if (options_.threads > 1) more.push_back({MHD_OPTION_THREAD_POOL_SIZE, options_.threads, nullptr});
  more.push_back({MHD_OPTION_END, 0, nullptr});
  // libmicrohttpd divides the limit among its threads, but not the connections: each thread must be able to hold all.
  const auto limit = (static_cast<unsigned int>(options_.connections) + kConnectionsLeaving) * options_.threads;
  daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, &MicroHttpServer::OnRequest, this,                   //
                             MHD_OPTION_LISTEN_SOCKET, listening.descriptor,                                  //
                             MHD_OPTION_CONNECTION_LIMIT, limit,                                              //
                             MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(options_.timeout.count()),  //
                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, options_.connection_memory,                  //
                             MHD_OPTION_URI_LOG_CALLBACK, &MicroHttpServer::OnRequestLine, this,              //
                             MHD_OPTION_UNESCAPE_CALLBACK, &MicroHttpServer::LeaveEscaped, this,              //
                             MHD_OPTION_NOTIFY_CONNECTION, &MicroHttpServer::OnConnection, this,              //
                             MHD_OPTION_NOTIFY_COMPLETED, &MicroHttpServer::OnRequestEnd, this,               //
                             MHD_OPTION_ARRAY, more.data(),                                                   //
                             MHD_OPTION_END);
  port_ = listening.port;
  if (daemon_ != nullptr) return Status::Ok();
  close(listening.descriptor);
  if (options_.certificate.empty()) return Status::Rejected("the HTTP server cannot start: libmicrohttpd refuses");
  return Status::Rejected(
      "the HTTP server cannot start with this certificate and key: both must be PEM and belong together, "
      "the key without a password");
}

// Returns `pending` of the following calls. The library splits and changes the target afterwards.
void* MicroHttpServer::OnRequestLine(void* /*self*/, const char* target, MHD_Connection* /*connection*/) {
  auto* pending = new PendingRequest;
  const char* mark = target == nullptr ? nullptr : std::strchr(target, '?');
  if (mark != nullptr) pending->query = mark + 1;
  pending->target_bytes = target == nullptr ? 0 : std::strlen(target);
  return pending;
}

// Continues a request. Called when the headers have arrived, then for each part of a body, then at its end, and once
// more when the connection is resumed.
MHD_Result MicroHttpServer::OnRequest(void* self, MHD_Connection* connection, const char* path, const char* method,
                                      const char* version, const char* body, size_t* body_size, void** kept) {
  auto* server = static_cast<MicroHttpServer*>(self);
  auto* pending = static_cast<PendingRequest*>(*kept);
  if (!pending->begun) {
    pending->begun = true;
    pending->path = path;
    pending->id = server->id_prefix_ + std::to_string(++server->begun_);
    ++server->requests_;
    return server->Begin(connection, pending, method, version);
  }
  if (*body_size > 0) {
    // A body that was refused is read to its end: libmicrohttpd sends no response before.
    if (pending->body != nullptr) (void)pending->body->Append({body, *body_size});
    if (pending->sink != nullptr) AppendToSink(pending, {body, *body_size});
    *body_size = 0;
    return MHD_YES;
  }
  if (pending->answer) return server->Send(connection, *pending, *pending->answer);
  return server->HandOver(connection, pending, method);
}

// Leaves a path escaped, because the library would end it at %00.
size_t MicroHttpServer::LeaveEscaped(void* /*self*/, MHD_Connection* /*connection*/, char* text) {
  return std::strlen(text);
}

MHD_Result MicroHttpServer::Begin(MHD_Connection* connection, PendingRequest* pending, std::string_view method,
                                  std::string_view version) {
  // An answer at this point is the connection's last, because nobody reads the body.
  const std::optional<Response> response = CheckHead(connection, pending, method, version);
  if (!response) return MHD_YES;
  return response->code < kBadRequest ? Send(connection, *pending, *response) : Refuse(connection, *pending, *response);
}

std::optional<Response> MicroHttpServer::CheckHead(MHD_Connection* connection, PendingRequest* pending,
                                                   std::string_view method, std::string_view version) {
  if (!options_.client_ca.empty() && !HasTrustedCertificate(connection)) {
    return Own(*pending, {kUnauthorized, "a certificate of a client that is trusted here is needed\n"});
  }
  std::optional<std::string> path = DecodedPath(PathOfTarget(pending->path), options_.takes_escaped_slashes);
  if (!path) return Own(*pending, {kBadRequest, "the path holds %00, %2F or a % without two hexadecimal digits\n"});
  pending->path = *std::move(path);
  const std::vector<Header> headers = HeadersOf(connection, *pending);
  if (auto refusal = CheckSize(pending->target_bytes, headers)) return Own(*pending, *std::move(refusal));
  if (std::optional<Response> refusal = CheckMethod(method)) return Own(*pending, *std::move(refusal));
  if (std::optional<Response> refusal = CheckHost(headers, version)) return Own(*pending, *std::move(refusal));
  if (std::optional<Response> refusal = CheckFraming(headers, version)) return Own(*pending, *std::move(refusal));
  const std::string client = ClientAt(connection, options_.proxies, headers);
  HeadDecision decision = handler_.CheckHead({method, pending->path, pending->query, headers, {}, client});
  if (decision.answer) return std::move(decision.answer);
  if (stopping_) return Own(*pending, {kUnavailable, "the server is stopping; try again later\n"});
  if (!decision.max_body_bytes) return std::nullopt;
  pending->max_body_bytes =
      decision.sink != nullptr ? *decision.max_body_bytes : std::min(*decision.max_body_bytes, options_.bodies.one);
  if (std::optional<Response> refusal = CheckBodyHeaders(headers, pending->max_body_bytes)) {
    return Own(*pending, *std::move(refusal));
  }
  pending->sink = std::move(decision.sink);
  if (pending->sink != nullptr) {
    open_.BeginWork(HandleOf(connection));  // so that CloseLate leaves it
    return std::nullopt;
  }
  pending->body = budget_.Begin(pending->max_body_bytes);
  return std::nullopt;
}

MHD_Result MicroHttpServer::HandOver(MHD_Connection* connection, PendingRequest* pending, std::string_view method) {
  const Body::State state = pending->body == nullptr ? pending->sink_state : pending->body->Finish();
  if (state == Body::State::kTooLong) {
    return Refuse(connection, *pending, Own(*pending, BodyTooLong(pending->max_body_bytes)));
  }
  if (state == Body::State::kNoMemory) {
    return Refuse(connection, *pending,
                  Own(*pending, {kUnavailable, "there is no room for the body now; try again later\n"}));
  }
  const std::vector<Header> headers = HeadersOf(connection, *pending);
  const std::string_view body = pending->body == nullptr ? std::string_view() : pending->body->text();
  const std::string client = ClientAt(connection, options_.proxies, headers);
  open_.BeginWork(HandleOf(connection));
  // Suspended first: the handler may answer at once, which resumes it.
  MHD_suspend_connection(connection);
  handler_.Handle({method, pending->path, pending->query, headers, body, client, std::move(pending->sink)},
                  [connection, pending](Response response) {
                    pending->answer = std::move(response);
                    MHD_resume_connection(connection);
                  });
  pending->body.reset();  // still there: only this thread can end the request
  return MHD_YES;
}

MHD_Result MicroHttpServer::Refuse(MHD_Connection* connection, const PendingRequest& pending,
                                   const Response& response) {
  handler_.OnRefused(pending.path, response.code);
  return Send(connection, pending, response);
}

MHD_Result MicroHttpServer::Send(MHD_Connection* connection, const PendingRequest& pending, const Response& response) {
  MHD_Response* native = ResponseOf(response, connection);
  if (native == nullptr) return MHD_NO;
  if (!response.content_type.empty()) {
    MHD_add_response_header(native, MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type.c_str());
  }
  MHD_add_response_header(native, kRequestId, pending.id.c_str());
  for (const auto& [name, value] : response.headers) MHD_add_response_header(native, name.c_str(), value.c_str());
  if (response.code == kUnavailable && options_.retry_after.count() > 0) {
    const std::string seconds = std::to_string(options_.retry_after.count());
    MHD_add_response_header(native, MHD_HTTP_HEADER_RETRY_AFTER, seconds.c_str());
  }
  if (stopping_) MHD_add_response_header(native, MHD_HTTP_HEADER_CONNECTION, "close");
  const MHD_Result queued = MHD_queue_response(connection, response.code, native);
  MHD_destroy_response(native);
  return queued;
}

void MicroHttpServer::OnRequestEnd(void* self, MHD_Connection* connection, void** kept, MHD_RequestTerminationCode) {
  auto* server = static_cast<MicroHttpServer*>(self);
  const std::unique_ptr<PendingRequest> pending(static_cast<PendingRequest*>(std::exchange(*kept, nullptr)));
  if (pending == nullptr || !pending->begun) return;
  server->open_.EndWork(HandleOf(connection), server->clock_.Monotonic());
  --server->requests_;
}

// Adds or removes a connection. libmicrohttpd calls this before it closes the socket.
void MicroHttpServer::OnConnection(void* self, MHD_Connection* connection, void** context,
                                   MHD_ConnectionNotificationCode code) {
  auto* server = static_cast<MicroHttpServer*>(self);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    const int descriptor = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *context = new OpenConnections::Handle(server->open_.Add(descriptor, server->clock_.Monotonic()));
  } else {
    auto* handle = static_cast<OpenConnections::Handle*>(*context);
    server->open_.Remove(*handle);
    delete handle;
  }
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Handler* handler, const Clock* clock) {
  LP_ASSERT(options.connections > 0 && options.threads > 0);
  LP_ASSERT(options.client_ca.empty() || !options.certificate.empty());
  LP_ASSIGN_OR_RETURN(const ListeningSocket socket,
                      options.path.empty() ? ListenOn(options.address, options.port) : ListenOnPath(options.path));
  auto server = std::make_unique<MicroHttpServer>(options, handler, clock);
  LP_RETURN_IF_ERROR(server->Start(socket));
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace leadpulse::http
