// Options of an import: how the rows of a file become records.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/bots/machine_agents.h"
#include "processor/importing/number_form.h"
#include "processor/importing/times.h"

namespace leadpulse::importing {

// `--value COLUMN:THEIRS=OURS`: a cell of the column with the text THEIRS is read as OURS.
struct CellValue {
  std::string column, theirs, ours;
};

enum class Mode : uint8_t {
  kContacts,  // commands: profile, tags, lists, campaigns, stage, consents
  kOptOuts,   // events of people who opted out elsewhere
  kEvents,    // events of an engagement log
};

// Which rows of contacts count, by whether their lead was there before.
enum class RowsOf : uint8_t { kAllLeads, kNewLeads, kKnownLeads };

inline constexpr char kActor[] = "import";

struct ImportOptions {
  Mode mode = Mode::kContacts;
  std::string tenant;
  Instant issued_at;  // for commands, and for opt-outs without a time; part of the commands' ids
  bool backfill = false;

  // The columns, by their names in the file.
  std::vector<std::pair<std::string, std::string>> map;  // column and its meaning; empty: left out
  std::string lead_id_column;                            // empty: the address stands for the lead
  std::string time_column;  // for contacts: the time from which a row is valid, in addition to its other meaning
  std::vector<std::pair<std::string, std::string>> consents;  // purpose and column
  std::vector<CellValue> values;

  // Added to every contact of the file.
  std::vector<std::string> tags, lists, campaigns;
  Stage stage = Stage::kUnspecified;  // if no column gives another
  EventType opt_out = EventType::kUnsubscribe;
  bool empty_unsets = false;
  RowsOf rows_of = RowsOf::kAllLeads;  // the caller, who knows the leads, asks WhySkipped

  bots::MachineAgents machines;  // for events whose row does not say whether a machine did it

  // How cells are written: of all columns, and of single ones by their names in the file. Where neither says it, all
  // cells of a column decide.
  TimeFormat times;
  std::optional<NumberForm> numbers;
  std::vector<std::pair<std::string, std::string>> date_formats, number_formats;  // column and form: `DD.MM.YYYY`
  std::vector<std::string> empty_words;  // cells that are one of these, in any case, are empty

  std::string zone_name;                                   // of `times`, if an option says it, not only the definitions
  const config::TenantDefinitions* definitions = nullptr;  // outlives all uses; null: values stay strings
};

}  // namespace leadpulse::importing
