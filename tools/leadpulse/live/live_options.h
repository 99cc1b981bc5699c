// Converts settings to the options of the live mode's parts.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "config/settings.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/live_run.h"
#include "processor/telemetry/metrics_page.h"
#include "processor/telemetry/operator_server.h"
#include "state/rocksdb/rocksdb_lead_store.h"

namespace leadpulse::tools {

// Divides the setting `memory`.
kafka::LiveMemory MakeLiveMemory(const config::Settings& settings);
kafka::LiveRunOptions MakeLiveRunOptions(const config::Settings& settings);
// Makes the options of a client outside the group.
kafka::ConnectionOptions MakeClientOptions(const config::KafkaSettings& kafka);
// Makes the options of one worker, numbered from 0.
kafka::ConnectionOptions MakeConnectionOptions(const config::Settings& settings, size_t worker);
state::RocksDbOptions MakeStateOptions(const config::Settings& settings, uint32_t partition_count);
Status SetUpLogging(const config::LogSettings& log);
// Serves metrics and health, and logs the address; null if the settings want no server. `page` outlives it.
Result<std::unique_ptr<telemetry::OperatorServer>> ServeOperators(const config::HttpSettings& http,
                                                                  const telemetry::MetricsPage* page,
                                                                  std::function<Status()> health,
                                                                  std::function<Status()> ready);

}  // namespace leadpulse::tools
