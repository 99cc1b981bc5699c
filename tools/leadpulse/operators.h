// Metrics and health over HTTP, the same for every command that runs until it is stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "config/settings.h"
#include "processor/base/status.h"
#include "processor/telemetry/metrics_page.h"
#include "processor/telemetry/operator_server.h"

namespace leadpulse::tools {

// Returns the settings of a command that serves them only where its options say so.
inline config::HttpSettings NoOperators() { return {.enabled = false}; }

// Adds `--operator-port N` and `--operator-address ADDRESS`.
void AddOperators(CLI::App* command, config::HttpSettings* http);

// Checks that the process may listen there, if the settings want a server. Call it before the work: a taken port is an
// error in the settings, because another start would fail, too.
Status CheckOperators(const config::HttpSettings& http);

// Adds the metrics of the process to `page`, serves it with health and readiness, and logs the address; null if the
// settings want no server. `page` outlives it.
Result<std::unique_ptr<telemetry::OperatorServer>> ServeOperators(const config::HttpSettings& http,
                                                                  telemetry::MetricsPage* page,
                                                                  std::function<Status()> health,
                                                                  std::function<Status()> ready);

}  // namespace leadpulse::tools
