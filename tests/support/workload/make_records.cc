#include <algorithm>

#include "tests/support/model/check.h"
#include "tests/support/workload/record_parts.h"

namespace leadpulse::workload {
namespace {

using model::Event;
using model::Record;

// Lets an address stand for the lead, in any case and with white space around it.
template <typename Content>
void SpellLead(Random& random, Content& content) {
  const std::string& id = content.lead;
  if (id.find('@') == std::string::npos || !random.Chance(20)) return;
  const std::string normal = model::LeadIdOf("", id);
  if (normal != id) return;
  content.email = " " + id + "\t";
  content.email[1] = 'A';
  content.lead.clear();
}

// Lets many events arrive long after they occurred, after an erasure or after folded entries.
void Delay(Random& random, std::vector<Record>& records) {
  const auto size = static_cast<int64_t>(records.size());
  for (int64_t i = 0; i < size; ++i) {
    if (!random.Chance(20)) continue;
    const int64_t later = std::min(size - 1, i + random.Between(1, 20));
    std::rotate(records.begin() + i, records.begin() + i + 1, records.begin() + later + 1);
  }
}

}  // namespace

model::Millis TimeOf(const Record& record) {
  if (const auto* event = std::get_if<Event>(&record.content)) return model::TimeOf(event->occurred_at);
  if (const auto* command = std::get_if<model::Command>(&record.content)) return model::TimeOf(command->issued_at);
  return 0;
}

std::vector<Record> MakeRecords(Random& random, World& world, int count) {
  const bool is_about_commands = world.theme == Theme::kProfile || world.theme == Theme::kAddresses;
  if (world.theme == Theme::kOptOuts) count *= 2;
  std::vector<Record> records;
  for (int i = 0; i < count; ++i) {
    Record record;
    record.spelling = random.Next();
    if (random.Chance(is_about_commands ? 50 : 80)) {
      Event event = MakeEvent(random, world);
      if (world.theme == Theme::kMailboxes) NameAddress(random, world, event);
      SpellLead(random, event);
      record.content = std::move(event);
    } else {
      model::Command command = MakeCommand(random, world);
      if (world.theme == Theme::kMailboxes) NameAddress(random, world, command);
      SpellLead(random, command);
      record.content = std::move(command);
    }
    records.push_back(std::move(record));
    if (world.theme == Theme::kMailboxes && random.Chance(6)) {
      for (Record& move : MakeSwap(random, world)) records.push_back(std::move(move));
    }
  }
  std::stable_sort(records.begin(), records.end(),
                   [](const Record& left, const Record& right) { return TimeOf(left) < TimeOf(right); });
  if (world.theme == Theme::kOptOuts || world.theme == Theme::kMailboxes) Delay(random, records);
  return records;
}

}  // namespace leadpulse::workload
