#include "tools/leadpulse/receive/receive_process.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "processor/base/clock.h"
#include "processor/receiver/receiver.h"
#include "processor/telemetry/http_server.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/receive/receive_inbox.h"

namespace leadpulse::tools {
namespace {

constexpr std::chrono::milliseconds kFrontInterval{100};
// Of the ten seconds that stopping may take: for bodies that are still coming.
constexpr std::chrono::seconds kStopPatience{5};
// Beside connections: files, the other server's, what libraries open.
constexpr rlim_t kOtherDescriptors = 200;

// One connection is one descriptor, and 1,024 is what a process usually begins with.
void MakeRoomForConnections(size_t connections) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = connections + kOtherDescriptors;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) {
    telemetry::LogWarning("this process may open " + std::to_string(limit.rlim_cur) + " files, too few for " +
                          std::to_string(connections) + " connections: raise the limit (ulimit -Hn, LimitNOFILE)");
  }
}

Result<std::unique_ptr<telemetry::HttpServer>> ServeOperators(const config::HttpSettings& http,
                                                              const telemetry::MetricsPage& page,
                                                              const ReceiveInbox& inbox) {
  if (!http.enabled) return std::unique_ptr<telemetry::HttpServer>();
  telemetry::HttpHandlers handlers;
  handlers.metrics = [&page] { return page.Text(); };
  handlers.health = [&inbox] { return inbox.failure(); };
  handlers.ready = [&inbox] { return inbox.readiness(); };
  auto server = telemetry::HttpServer::Start({http.address, http.port}, std::move(handlers));
  if (server.ok()) {
    telemetry::LogInfo("metrics and health on http://" + http.address + ":" + std::to_string((*server)->port()));
  }
  return server;
}

void LogStart(const receiver::ReceiverSettings& settings, uint16_t port) {
  const receiver::FrontOptions& front = settings.front;
  telemetry::LogInfo("receiving on " + std::string(front.certificate.empty() ? "http" : "https") + "://" +
                     front.address + ":" + std::to_string(port) + " into " +
                     (settings.topics ? "the topic " + settings.topics->kafka.topics.events : settings.inbox.folder));
  for (const receiver::Source& source : settings.sources) {
    telemetry::LogInfo(source.path + ": " + std::string(source.provider->name()) + ", tenant " + source.options.tenant +
                       (source.signatures.empty() ? ", not checked" : "") +
                       (source.signatures.size() > 1 ? ", also with the previous secret" : ""));
  }
}

// Requests that are under way may end.
void WaitForRequests(receiver::HttpFront* front) {
  const auto give_up = MonotonicNow() + kStopPatience;
  while (front->requests() > 0 && MonotonicNow() < give_up) std::this_thread::sleep_for(kFrontInterval / 10);
}

}  // namespace

Status RunReceiveProcess(const receiver::ReceiverSettings& settings, const std::atomic<bool>& stop) {
  MakeRoomForConnections(settings.front.connections);
  const SystemClock clock;
  webhooks::UsedTokens tokens(settings.inbox.token_lifetime);
  const Result<std::unique_ptr<ReceiveInbox>> inbox = ReceiveInbox::Open(settings, &clock, &tokens);
  if (!inbox.ok()) return inbox.status();
  receiver::ReceiverMetrics metrics(settings.sources.size());
  receiver::Receiver receiver(settings.sources, (*inbox)->sink(), &clock, &metrics, &tokens);
  Result<std::unique_ptr<receiver::HttpFront>> front = receiver::HttpFront::Start(settings.front, &receiver, &clock);
  if (!front.ok()) return front.status();
  telemetry::MetricsPage page;
  receiver::AddReceiverMetrics(settings.sources, &metrics, &page);
  (*inbox)->AddMetrics(&page);
  receiver::AddFrontMetrics(front->get(), &page);
  Result<std::unique_ptr<telemetry::HttpServer>> operators = ServeOperators(settings.http, page, **inbox);
  if (!operators.ok()) {
    (void)(*inbox)->Close();
    return operators.status();
  }
  LogStart(settings, (*front)->port());
  while (!stop && (*inbox)->failure().ok()) {
    std::this_thread::sleep_for(kFrontInterval);
    (*front)->CloseLate();
  }
  telemetry::LogInfo("stopping");
  operators->reset();
  (*front)->StopListening();
  WaitForRequests(front->get());
  Status closed = (*inbox)->Close();
  front->reset();
  return closed;
}

}  // namespace leadpulse::tools
