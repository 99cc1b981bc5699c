// What the topics of a live run have to be like. Inner to doctor_*.cc.
#pragma once

#include <cstdint>
#include <optional>

#include "config/settings.h"
#include "processor/kafka/client/rdkafka_admin.h"
#include "tools/leadpulse/doctor/doctor_checks.h"

namespace leadpulse::tools {

// Asks for each topic that the settings name. `partitions` as CheckCluster has it.
void CheckTopics(const config::Settings& settings, kafka::Admin* admin, Findings* findings,
                 std::optional<uint32_t>* partitions);

}  // namespace leadpulse::tools
