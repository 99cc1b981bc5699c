#include "tools/leadpulse/operators.h"

#include <string>
#include <utility>

#include "processor/http/listening_socket.h"
#include "processor/telemetry/logging.h"
#include "processor/telemetry/process_metrics.h"
#include "tools/leadpulse/commit.h"
#include "tools/leadpulse/options.h"

namespace leadpulse::tools {

void AddOperators(CLI::App* command, config::HttpSettings* http) {
  CLI::Option* const port = command
                                ->add_option_function<uint16_t>(
                                    "--operator-port",
                                    [http](uint16_t given) {
                                      http->enabled = true;
                                      http->port = given;
                                    },
                                    "Also serve /metrics, /healthz and /readyz on this port")
                                ->type_name("N")
                                ->check(Unnamed(CLI::Range(0, 65535)));
  command->add_option("--operator-address", http->address, "On which address; only this machine reaches 127.0.0.1")
      ->type_name("ADDRESS")
      ->needs(port)
      ->capture_default_str();
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
