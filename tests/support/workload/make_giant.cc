#include "tests/support/model/calendar.h"
#include "tests/support/workload/world.h"

namespace leadpulse::workload {
namespace {

using model::Json;

// Makes about the maximum number of attributes of a lead.
model::UpdateProfile ManyAttributes(Random& random) {
  model::UpdateProfile update;
  const int64_t count = random.Between(488, 502);
  for (int64_t i = 0; i < count; ++i) update.set["a" + std::to_string(i)] = i;
  const int64_t unset = random.Below(6);
  for (int64_t i = 0; i < unset; ++i) update.unset.push_back("A" + std::to_string(i));
  return update;
}

// Makes attributes far below or far above a lead's limit, because the program may count bytes in its own way.
model::UpdateProfile LongAttributes(Random& random) {
  model::UpdateProfile update;
  const int64_t count = random.Chance(50) ? 30 : 90;
  for (int64_t i = 0; i < count; ++i) update.set["long" + std::to_string(i)] = std::string(8000, 'x');
  return update;
}

std::string TooLargeLine(const std::string& tenant, const std::string& lead) {
  const Json event = {{"tenantId", tenant},
                      {"leadId", lead},
                      {"eventId", "giant"},
                      {"type", "OPEN"},
                      {"occurredAt", "2005-01-01T00:00:00Z"},
                      {"userAgent", std::string(1024 * 1024, 'y')}};
  return Json{{"event", event}}.dump();
}

}  // namespace

model::Record MakeGiant(Random& random, const World& world, model::Millis time) {
  const std::string& lead = random.OneOf(world.leads);
  const int64_t kind = random.Below(8);
  if (kind == 0) return {model::Broken{TooLargeLine(world.tenant, lead), "too_large"}, random.Next()};
  model::Command command;
  command.tenant = world.tenant;
  command.lead = lead;
  command.id = "giant" + std::to_string(random.Below(3));
  command.issued_at = model::FormatInstant(time);
  command.actions = kind == 1 ? LongAttributes(random) : ManyAttributes(random);
  return {command, random.Next()};
}

}  // namespace leadpulse::workload
