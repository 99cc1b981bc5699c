// The query service of `leadpulse run`, on files and on Kafka.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/settings.h"
#include "processor/serve/queries/query_server.h"

namespace leadpulse::tools {

// Reads the address, with the files that the settings name; nullopt: not over TCP. Rejected: a file cannot be read,
// others may read it, or the token is short.
Result<std::optional<serve::QueryAddress>> ReadQueryAddress(const config::QuerySettings& settings);

// Starts the query service. Null, with a warning in the log, if it cannot start: a run continues without it.
std::unique_ptr<serve::QueryServer> ServeQueries(const std::string& state_directory,
                                                 const std::optional<serve::QueryAddress>& address,
                                                 const serve::QueryServiceParts& parts);

}  // namespace leadpulse::tools
