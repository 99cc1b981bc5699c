#include "tools/leadpulse/operators.h"

#include <string>
#include <utility>

#include "processor/http/listening_socket.h"
#include "processor/telemetry/logging.h"
#include "processor/telemetry/process_metrics.h"
#include "tools/leadpulse/commit.h"
#include "tools/leadpulse/options.h"

namespace leadpulse::tools {

void AddOperatorPort(CLI::App* command, std::optional<uint16_t>* port) {
  command
      ->add_option("--operator-port", *port, "Also serve /metrics, /healthz and /readyz on this port of this machine")
      ->type_name("N")
      ->check(Unnamed(CLI::Range(0, 65535)));
}

config::HttpSettings OperatorsAt(std::optional<uint16_t> port) {
  return {.enabled = port.has_value(), .address = "127.0.0.1", .port = port.value_or(0)};
}

Status CheckOperators(const config::HttpSettings& http) {
  return http.enabled ? http::CheckMayListen(http.address, http.port) : Status::Ok();
}

Result<std::unique_ptr<telemetry::OperatorServer>> ServeOperators(const config::HttpSettings& http,
                                                                  telemetry::MetricsPage* page,
                                                                  std::function<Status()> health,
                                                                  std::function<Status()> ready) {
  if (!http.enabled) return std::unique_ptr<telemetry::OperatorServer>();
  telemetry::AddProcessMetrics(LEADPULSE_VERSION, kCommit, page);
  LP_ASSIGN_OR_RETURN(
      auto server, telemetry::OperatorServer::Start({http.address, http.port}, {[page] { return page->Text(); },
                                                                                std::move(health), std::move(ready)}));
  telemetry::LogInfo("metrics and health on http://" + http.address + ":" + std::to_string(server->port()));
  return server;
}

}  // namespace leadpulse::tools
