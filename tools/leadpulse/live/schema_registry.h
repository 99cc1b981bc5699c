// Registers the schemas of topics with a schema registry that has Confluent's API, which gives them ids.
// Source:
// https://docs.confluent.io/platform/current/schema-registry/develop/api.html#post--subjects-(string-%20subject)-versions
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "config/settings.h"
#include "processor/base/status.h"

namespace leadpulse::tools {

enum class WrittenTopics : uint8_t {
  kInputs,   // by commands and servers: events, commands
  kOutputs,  // by a run: changes, dead letters, profiles
};

// Returns the formats with the registry's ids of the records that are written in Confluent's format. Without a registry
// in the settings, and where no such record is written, returns them unchanged and asks nobody. Registers a schema as
// the subject TOPIC-value, the default of Confluent's clients; doing so again gives the same id. Takes up to ten
// seconds a topic. Retriable: the registry cannot be reached, or is busy. Rejected: it refuses, or is no schema
// registry.
Result<config::FormatSettings> WithRegisteredSchemas(config::FormatSettings formats, const config::TopicNames& topics,
                                                     WrittenTopics written, const std::atomic<bool>& stop);

// A schema with the id that the registry has given it.
struct RegisteredSchema {
  std::string subject;
  int32_t id;
};

// Registers the schemas of all records in Confluent's format, inputs too, as WithRegisteredSchemas does. Returns none
// without a registry in the settings.
Result<std::vector<RegisteredSchema>> RegisterSchemas(config::FormatSettings formats, const config::TopicNames& topics,
                                                      const std::atomic<bool>& stop);

// Checks that the registry answers for the schemas that a run writes, and registers nothing. Errors as above; what the
// user may register is not known.
Status CheckSchemaRegistry(config::FormatSettings formats, const config::TopicNames& topics,
                           const std::atomic<bool>& stop);

}  // namespace leadpulse::tools
