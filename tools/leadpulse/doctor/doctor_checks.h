// What `leadpulse doctor` looks at: is everything as a live run needs it? Nothing is changed, and every wait is
// bounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"

namespace leadpulse::tools {

enum class Health : uint8_t {
  kOk,
  kNotChecked,  // could not be looked at; `found` says why
  kWarning,     // a run works, but not as well or not as safely as it could
  kError,       // a run does not start, stops, or breaks a promise
};

struct Finding {
  Health health = Health::kOk;
  std::string check;   // what was looked at, a few words
  std::string found;   // how it is
  std::string advice;  // what to do; empty where there is nothing to do
};
using Findings = std::vector<Finding>;

// Brokers, topics, definitions in a topic, rights and clocks. `partitions`: set to the number that the input topics and
// lead.state have in common, where they have.
void CheckCluster(const config::Settings& settings, Findings* findings, std::optional<uint32_t>* partitions);

// This machine: definitions in a file, the state's directory, limits, memory, the port. `partitions` as above.
void CheckMachine(const config::Settings& settings, std::optional<uint32_t> partitions, Findings* findings);

}  // namespace leadpulse::tools
