// Worlds, their eras, and their common words.
#pragma once

#include <string>
#include <vector>

#include "tests/support/model/definitions.h"
#include "tests/support/model/record.h"
#include "tests/support/workload/random.h"

namespace leadpulse::workload {

// A time range around a change of local clocks, and zones that have it.
struct Era {
  model::Millis anchor;
  std::vector<std::string> zones;
};

const std::vector<Era>& Eras();

// The theme of a world, which makes rare combinations likely.
enum class Theme { kAnything, kSequences, kScoring, kAddresses, kDates, kJournal, kProfile, kOptOuts, kMailboxes };

// The values of one tenant's rules and records. They are few, so that rules and records coincide.
struct World {
  std::string tenant;
  std::string zone;
  Theme theme = Theme::kAnything;
  int64_t first_focus = 0;  // decides which lead of a world of opt-outs has which kind of events
  model::Millis anchor = 0;
  std::vector<model::Duration> durations;
  std::vector<std::string> days;      // YYYY-MM-DD
  std::vector<std::string> instants;  // days and RFC 3339
  std::vector<std::string> texts;     // used more often than others
  std::vector<std::string> numbers;   // the same
  std::vector<std::string> leads;
  std::vector<std::string> addresses;  // normal ones that leads share, if the theme is kMailboxes
  std::vector<std::string> births;     // what to celebrate: days, and a midnight
  std::vector<model::Millis> times;    // used so far
  std::vector<model::Event> events;    // made so far
};

World MakeWorld(Random& random, const Era& era, const std::string& tenant);

// Gives a world the theme kMailboxes: mailboxes, ids that are addresses in other spellings, and many other ids.
void ShareAddresses(Random& random, World& world);

// Picks an instant near an edge (of a day, of a window opened by an earlier record, of a clock change) or the exact
// instant of an earlier record.
model::Millis PickTime(Random& random, World& world);

// Words that rules and records share.
struct Vocabulary {
  std::vector<std::string> attributes;
  std::vector<std::string> properties;
  std::vector<std::string> names;
  std::vector<std::string> campaigns;
  std::vector<std::string> messages;
  std::vector<std::string> texts;
  std::vector<std::string> tags;
  std::vector<std::string> purposes;
  std::vector<std::string> topics;  // for events, including undeclared ones
  std::vector<std::string> numbers;
};

const Vocabulary& Words();

// Returns words to search for.
const std::vector<std::string>& Searches();

// Writes the same name in another spelling.
std::string Respell(Random& random, const std::string& name);

// Picks a JSON value such as a producer might send for a field of that type.
model::Json PickScalar(Random& random, const World& world, model::FieldType type);

// Some tenants have a few more segments than this: the product finds their rules by an index.
inline constexpr int64_t kManySegments = 24;

model::TenantDefinitions MakeDefinitions(Random& random, const World& world);

// Changes a world's definitions: replaces some parts and keeps others.
model::TenantDefinitions ChangeDefinitions(Random& random, const World& world, model::TenantDefinitions old);

// Makes records of one tenant, in order of time; some about opt-outs come later.
std::vector<model::Record> MakeRecords(Random& random, World& world, int count);

// Returns when the record occurred or was issued; 0 if it is neither event nor command.
model::Millis TimeOf(const model::Record& record);

// Makes a record that some check refuses from a good one.
model::Record Spoil(Random& random, model::Record record);

// Makes events of one lead that name slightly fewer or more topics than the limit of a lead.
std::vector<model::Record> MakeManyTopics(Random& random, World& world);

// Makes a record as large as the limits allow, or a little larger.
model::Record MakeGiant(Random& random, const World& world, model::Millis time);

}  // namespace leadpulse::workload
