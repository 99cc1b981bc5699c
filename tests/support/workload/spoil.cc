#include "tests/support/workload/world.h"

namespace leadpulse::workload {
namespace {

using model::Command;
using model::Event;
using model::Record;

const std::vector<std::string>& BrokenLines() {
  static const std::vector<std::string> kLines = {
      "{",
      "nonsense",
      "[]",
      "{}",
      "\"event\"",
      R"({"event":5})",
      R"({"event":{"tenantId":7}})",
      R"({"event":{"tenantId":"t","leadId":"l","eventId":["e"]}})",
      R"({"event":{"tenantId":"t","machine":"perhaps"}})",
      R"({"event":{"tenantId":"t","properties":[]}})",
      R"({"event":{},"command":{}})",
      R"({"command":{"issuedAt":"2020-01-01T00:00:00Z","erase":{},"addNote":{"text":"x"}}})",
      R"({"event":{"tenantId":"t"}} trailing)"};
  return kLines;
}

std::string PickBadTime(Random& random) {
  static const std::vector<std::string> kTimes = {"",
                                                  "yesterday",
                                                  "2025-03-09",
                                                  "2025-02-30T00:00:00Z",
                                                  "2025-03-09T10:00:00",
                                                  "1999-12-31T23:59:59.999Z",
                                                  "2199-01-01T00:00:00Z"};
  return random.OneOf(kTimes);
}

void Spoil(Random& random, Event& event) {
  switch (random.Below(10)) {
    case 0:
      event.tenant = random.Chance(50) ? "" : "no spaces";
      break;
    case 1:
      event.lead = event.email = "";
      break;
    case 2:
      event.id.clear();
      break;
    case 3:
      event.type = random.Chance(50) ? model::EventType::kUnspecified : model::EventType::kUnknown;
      break;
    case 4:
    case 5:
      event.occurred_at = PickBadTime(random);
      break;
    case 6:
      event.bounce_kind = model::BounceKind::kUnknown;
      break;
    case 7:
      event.type = model::EventType::kRetract;
      event.retracts = random.Chance(50) ? "" : std::string(random.Chance(50) ? 128 : 129, 'e');
      break;
    case 8:
      event.id = std::string(random.Chance(50) ? 128 : 129, 'e');
      break;
    default:
      event.name = std::string(random.Chance(50) ? 1024 : 1025, 'n');
      break;
  }
}

void SpoilAction(Random& random, Command& command) {
  switch (random.Below(7)) {
    case 0:
      command.actions = {};
      break;
    case 1:
      command.actions = model::SetStage{random.Chance(50) ? model::Stage::kUnspecified : model::Stage::kUnknown};
      break;
    case 2:
      command.actions = model::SetQualification{random.Between(101, 300), false};
      break;
    case 3:
      // Both or none.
      command.actions = random.Chance(50) ? model::SetQualification{5, true} : model::SetQualification{};
      break;
    case 4:
      command.actions = model::EditNames{model::NameSet::kTags, {"vip", ""}, {}};
      break;
    case 5:
      command.actions = model::RecordConsent{random.Chance(50) ? "" : "sales", true, "",
                                             std::string(random.Chance(50) ? 256 : 257, 'v')};
      break;
    default: {
      model::UpdateProfile update;
      static const std::vector<model::Json> kBad = {
          model::Json::array({1, nullptr}), model::Json::array({model::Json::array({1})}),
          model::Json::array({model::Json::object()}), std::string(8193, 'v'), std::vector<int>(101, 1)};
      update.set["plan"] = random.OneOf(kBad);
      command.actions = update;
      break;
    }
  }
}

void Spoil(Random& random, Command& command) {
  switch (random.Below(9)) {
    case 0:
      command.tenant = random.Chance(50) ? "" : "tenant/one";
      break;
    case 1:
      command.lead = command.email = "";
      break;
    case 2:
      command.id.clear();
      break;
    case 3:
      command.issued_at = PickBadTime(random);
      break;
    case 4:
      command.lead = std::string(random.Chance(50) ? 320 : 321, 'l');
      break;
    case 5:
      command.id = std::string(random.Chance(50) ? 128 : 129, 'c');
      break;
    default:
      SpoilAction(random, command);
      break;
  }
  if (random.Chance(10)) command.issued_at = PickBadTime(random);
}

}  // namespace

Record Spoil(Random& random, Record record) {
  if (random.Chance(30)) {
    record.content = model::Broken{random.OneOf(BrokenLines()), "malformed"};
    return record;
  }
  if (auto* event = std::get_if<Event>(&record.content)) {
    Spoil(random, *event);
    if (random.Chance(15)) Spoil(random, *event);
  } else if (auto* command = std::get_if<Command>(&record.content)) {
    Spoil(random, *command);
  }
  return record;
}

}  // namespace leadpulse::workload
