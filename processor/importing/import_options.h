// What the rows of a file are to become.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/importing/times.h"
#include "processor/webhooks/machine_agents.h"

namespace leadpulse::importing {

// `--value COLUMN:THEIRS=OURS`: a cell of the column that says the one is read as if it said the other.
struct CellValue {
  std::string column, theirs, ours;
};

enum class Mode : uint8_t {
  kContacts,  // commands: profile, tags, lists, campaigns, stage, consents
  kOptOuts,   // events of people who opted out elsewhere, and nothing else
  kEvents,    // a log of engagement
};

inline constexpr char kActor[] = "import";

struct ImportOptions {
  Mode mode = Mode::kContacts;
  std::string tenant;
  Instant issued_at;  // of the commands, and of opt-outs whose row has no time; part of the commands' ids
  bool backfill = false;

  // Columns, by their names in the file.
  std::vector<std::pair<std::string, std::string>> map;  // column, what it is to us; empty: left out
  std::string lead_id_column;                            // empty: the address stands for the lead
  std::string time_column;                               // of contacts: as of when a row holds, whatever else it is
  std::vector<std::pair<std::string, std::string>> consents;  // purpose, column
  std::vector<CellValue> values;

  // For every contact of the file.
  std::vector<std::string> tags, lists, campaigns;
  Stage stage = Stage::kUnspecified;  // where no column says another
  EventType opt_out = EventType::kUnsubscribe;
  bool empty_unsets = false;

  webhooks::MachineAgents machines;  // of events whose row does not say whether one did it

  TimeFormat times;
  bool zone_is_said = false;                               // by an option, and not only by the definitions
  const config::TenantDefinitions* definitions = nullptr;  // null: values are kept as texts. Outlives all uses
};

}  // namespace leadpulse::importing
