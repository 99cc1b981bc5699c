// The checks of `leadpulse doctor`: whether brokers, topics and this machine meet the needs of a live run, and whether
// a front reaches its runs. They change nothing, and every wait has a timeout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "processor/kafka/client/rdkafka_admin.h"
#include "processor/serve/runs/run_port.h"

namespace leadpulse::tools {

enum class Health : uint8_t {
  kOk,
  kNotChecked,  // the check was not possible; `found` says why
  kWarning,     // a run works, but not as well or not as safely as it could
  kError,       // a run does not start, stops, or breaks a promise
};

struct Finding {
  Health health = Health::kOk;
  std::string check;   // the name of the check, a few words
  std::string found;   // the result
  std::string advice;  // empty if no action is needed
};
struct Findings {
  std::vector<Finding> all;  // in the order of the checks

  void Add(Health health, std::string check, std::string found, std::string advice = "") {
    all.push_back({health, std::move(check), std::move(found), std::move(advice)});
  }
};

// Checks brokers, topics, definitions in a topic, rights and clocks. Returns the number of partitions if the input
// topics and lead.state have the same number.
std::optional<uint32_t> CheckCluster(const config::Settings& settings, Findings* findings);

// Checks each topic of the settings, as a part of CheckCluster.
std::optional<uint32_t> CheckTopics(const config::Settings& settings, kafka::Admin* admin, Findings* findings);

// Checks this machine: definitions in a file, the state's directory, limits, memory, the port. `partitions`: from
// CheckCluster.
void CheckMachine(const config::Settings& settings, std::optional<uint32_t> partitions, Findings* findings);

// A front and its runs.
struct FrontPlace {
  std::string front;  // its directory
  std::vector<serve::RunAddress> runs;
  std::string inbox;      // a folder, or the topic of commands
  bool is_topic = false;  // what `inbox` is
};

// Checks the front's files and disk, and for each run whether it answers and reads the front's inbox.
void CheckFront(const FrontPlace& place, Findings* findings);

}  // namespace leadpulse::tools
