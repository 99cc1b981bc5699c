#include "processor/telemetry/http_server.h"

#include <microhttpd.h>
#include <sys/socket.h>

#include <list>
#include <string_view>
#include <utility>

#include "processor/telemetry/listening_socket.h"

namespace leadpulse::telemetry {
namespace {

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kTextType = "text/plain; charset=utf-8";
// A request line and headers take some hundred bytes; what is more gets an error.
constexpr size_t kMemoryOfConnection = 8 << 10;

struct Answer {
  unsigned int code = MHD_HTTP_OK;
  std::string body;
  const char* type = kTextType;
};

Answer FromStatus(const Status& status, const char* good) {
  if (status.ok()) return {MHD_HTTP_OK, std::string(good) + "\n"};
  return {MHD_HTTP_SERVICE_UNAVAILABLE, status.message() + "\n"};
}

Answer AnswerTo(const HttpHandlers& handlers, std::string_view method, std::string_view path) {
  if (path != "/metrics" && path != "/healthz" && path != "/readyz") {
    return {MHD_HTTP_NOT_FOUND, "there are /metrics, /healthz and /readyz\n"};
  }
  if (method != MHD_HTTP_METHOD_GET && method != MHD_HTTP_METHOD_HEAD) {
    return {MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n"};
  }
  if (path == "/metrics") return {MHD_HTTP_OK, handlers.metrics(), kMetricsType};
  if (path == "/healthz") return FromStatus(handlers.health(), "ok");
  return FromStatus(handlers.ready(), "ready");
}

MHD_Result Send(MHD_Connection* connection, Answer answer) {
  MHD_Response* response =
      MHD_create_response_from_buffer(answer.body.size(), answer.body.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type);
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  if (answer.code == MHD_HTTP_METHOD_NOT_ALLOWED) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  const MHD_Result queued = MHD_queue_response(connection, answer.code, response);
  MHD_destroy_response(response);
  return queued;
}

}  // namespace

// All but the constructor and the destructor is called on libmicrohttpd's thread.
class HttpServer::Impl {
 public:
  Impl(const HttpOptions& options, HttpHandlers handlers) : options_(options), handlers_(std::move(handlers)) {}
  ~Impl() {
    if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Takes the socket.
  Status Start(int listening) {
    // Twice the limit: those that make way are still there for a moment.
    daemon_ =
        MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, nullptr, nullptr, &Impl::OnRequest, this,
                         MHD_OPTION_LISTEN_SOCKET, listening,                                                      //
                         MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned int>(2 * options_.connection_limit),    //
                         MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned int>(options_.idle_timeout.count()),  //
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMemoryOfConnection,                                  //
                         MHD_OPTION_NOTIFY_CONNECTION, &Impl::OnConnection, this,                                  //
                         MHD_OPTION_END);
    if (daemon_ == nullptr) return Status::Rejected("the HTTP server cannot start: libmicrohttpd refuses");
    return Status::Ok();
  }

 private:
  // A connection that is open. libmicrohttpd closes it only after it has told so.
  struct Open {
    int descriptor;
    bool makes_way = false;
  };
  using Place = std::list<Open>::iterator;

  // Called when the headers are there, then for each part of a body, then for the answer. What is answered at the first
  // call is the connection's last, which is right for a method with a body that nobody reads.
  static MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* path, const char* method,
                              const char* /*version*/, const char* /*body*/, size_t* body_size, void** request) {
    const std::string_view called(method);
    const bool reads = called == MHD_HTTP_METHOD_GET || called == MHD_HTTP_METHOD_HEAD;
    if (reads && (*request == nullptr || *body_size > 0)) {
      *request = self;  // anything: the headers were there
      *body_size = 0;   // of no interest
      return MHD_YES;
    }
    return Send(connection, AnswerTo(static_cast<Impl*>(self)->handlers_, called, path));
  }

  static void OnConnection(void* self, MHD_Connection* connection, void** kept, MHD_ConnectionNotificationCode code) {
    auto* impl = static_cast<Impl*>(self);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
      *kept = new Place(impl->Add(info->connect_fd));
    } else {
      auto* place = static_cast<Place*>(*kept);
      impl->Remove(*place);
      delete place;
    }
  }

  // The oldest one has had the most time; a request that is under way is among the youngest.
  Place Add(int descriptor) {
    if (staying_ == options_.connection_limit) {
      Place oldest = open_.begin();
      while (oldest->makes_way) ++oldest;
      oldest->makes_way = true;
      --staying_;
      shutdown(oldest->descriptor, SHUT_RDWR);
    }
    ++staying_;
    return open_.insert(open_.end(), Open{descriptor});
  }
  void Remove(Place place) {
    if (!place->makes_way) --staying_;
    open_.erase(place);
  }

  const HttpOptions options_;
  const HttpHandlers handlers_;
  std::list<Open> open_;  // oldest first
  size_t staying_ = 0;    // of them, those that do not make way
  MHD_Daemon* daemon_ = nullptr;
};

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpOptions& options, HttpHandlers handlers) {
  LP_ASSERT(options.connection_limit > 0);
  Result<ListeningSocket> socket = ListenOn(options.address, options.port);
  if (!socket.ok()) return socket.status();
  auto impl = std::make_unique<Impl>(options, std::move(handlers));
  LP_RETURN_IF_ERROR(impl->Start(socket->descriptor));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl), socket->port));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl, uint16_t port) : impl_(std::move(impl)), port_(port) {}
HttpServer::~HttpServer() = default;

}  // namespace leadpulse::telemetry
