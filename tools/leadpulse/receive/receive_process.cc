#include "tools/leadpulse/receive/receive_process.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "processor/base/assign_or_return.h"
#include "processor/base/clock.h"
#include "processor/http/server.h"
#include "processor/receiver/receiver.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/receive/receive_inbox.h"

namespace leadpulse::tools {
namespace {

constexpr std::chrono::milliseconds kServerInterval{100};
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

void LogStart(const receiver::ReceiverSettings& settings, uint16_t port) {
  const http::ServerOptions& server = settings.server;
  telemetry::LogInfo("receiving on " + std::string(server.certificate.empty() ? "http" : "https") + "://" +
                     server.address + ":" + std::to_string(port) + " into " +
                     (settings.topics ? "the topic " + settings.topics->kafka.topics.events : settings.inbox.folder));
  for (const receiver::Source& source : settings.sources) {
    telemetry::LogInfo(source.path + ": " + std::string(source.provider->name()) + ", tenant " + source.options.tenant +
                       (source.signatures.empty() ? ", not checked" : "") +
                       (source.signatures.size() > 1 ? ", also with the previous secret" : ""));
  }
}

// Requests that are under way may end.
void WaitForRequests(http::Server* server) {
  const auto give_up = MonotonicNow() + kStopPatience;
  while (server->requests() > 0 && MonotonicNow() < give_up) std::this_thread::sleep_for(kServerInterval / 10);
}

}  // namespace

Status RunReceiveProcess(const receiver::ReceiverSettings& settings, const std::atomic<bool>& stop) {
  MakeRoomForConnections(settings.server.connections);
  const SystemClock clock;
  webhooks::UsedTokens tokens(settings.inbox.token_lifetime);
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<ReceiveInbox> inbox, ReceiveInbox::Open(settings, &clock, &tokens));
  receiver::ReceiverMetrics metrics(settings.sources.size());
  receiver::Receiver receiver(settings.sources, inbox->sink(), &clock, &metrics, &tokens);
  LP_ASSIGN_OR_RETURN(auto posts, http::Server::Start(settings.server, &receiver, &clock));
  telemetry::MetricsPage page;
  receiver::AddReceiverMetrics(settings.sources, &metrics, &page);
  inbox->AddMetrics(&page);
  receiver::AddServerMetrics(posts.get(), &page);
  Result<std::unique_ptr<telemetry::OperatorServer>> operators = ServeOperators(
      settings.http, &page, [&inbox] { return inbox->failure(); }, [&inbox] { return inbox->readiness(); });
  if (!operators.ok()) {
    (void)inbox->Close();
    return operators.status();
  }
  LogStart(settings, posts->port());
  while (!stop && inbox->failure().ok()) {
    std::this_thread::sleep_for(kServerInterval);
    posts->CloseLate();
  }
  telemetry::LogInfo("stopping");
  operators->reset();
  posts->StopListening();
  WaitForRequests(posts.get());
  Status closed = inbox->Close();
  posts.reset();
  return closed;
}

}  // namespace leadpulse::tools
