// Settings as the live mode's parts take them.
#pragma once

#include <cstddef>

#include "config/settings.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/live_memory.h"
#include "processor/kafka/live_run.h"
#include "processor/telemetry/logging.h"
#include "state/rocksdb/rocksdb_lead_store.h"

namespace leadpulse::tools {

// The parts of `memory`.
kafka::LiveMemory MakeLiveMemory(const config::Settings& settings);
kafka::LiveRunOptions MakeLiveRunOptions(const config::Settings& settings);
// Of a client that has no place in the group.
kafka::ConnectionOptions MakeClientOptions(const config::KafkaSettings& kafka);
// Of one worker, from 0.
kafka::ConnectionOptions MakeConnectionOptions(const config::Settings& settings, size_t worker);
state::RocksDbOptions MakeStateOptions(const config::Settings& settings, uint32_t partition_count);
telemetry::LoggingOptions LoggingOf(const config::LogSettings& log);

}  // namespace leadpulse::tools
