// Converts settings to the options of the live mode's parts.
#pragma once

#include <cstddef>
#include <memory>

#include "config/settings.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/live_run.h"
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

}  // namespace leadpulse::tools
