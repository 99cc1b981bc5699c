#include "tests/kafka/ordered_workload.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "config/definitions_loader.h"
#include "processor/base/assert.h"
#include "tests/support/model/addresses.h"
#include "tests/support/model/check.h"
#include "tests/support/workload/random.h"
#include "tests/support/workload/workload.h"

namespace leadpulse::testing {
namespace {

using model::Command;
using model::Record;
using workload::Random;

constexpr uint64_t kSectionsSeed = 0x73656374696f6e73;
// A mailbox passes events on to at most this number of users.
constexpr size_t kMostPassedOnTo = 8;
constexpr int64_t kManyEntries = 1000;
constexpr char kBeginning[] = "begin";

const Command& CommandOf(const Record& record) { return std::get<Command>(record.content); }

// Whether the command begins a lead that must use its mailbox from its first record on.
bool IsBeginning(const Record& record) {
  const auto* command = std::get_if<Command>(&record.content);
  return command != nullptr && command->id == kBeginning;
}

bool IsErase(const Record& record) { return CommandOf(record).actions.Find<model::Erase>() != nullptr; }

bool ReachesSeveral(const Record& record) { return CommandOf(record).lead.empty() || IsErase(record); }

bool MayMove(const Record& record) { return CommandOf(record).actions.Find<model::UpdateProfile>() != nullptr; }

// Whether a command is for all users of an address (spec §9, rule 4), and may move them to another one. It is open
// which of them are the first there.
bool MayMoveAllUsers(const Record& record) {
  const Command& command = CommandOf(record);
  const auto* do_not_contact = command.actions.Find<model::SetDoNotContact>();
  const auto* consent = command.actions.Find<model::RecordConsent>();
  const bool is_for_all =
      (do_not_contact != nullptr && do_not_contact->value) || (consent != nullptr && !consent->granted);
  return command.lead.empty() && is_for_all && MayMove(record);
}

// Whether a command may erase a mailbox. Erasing an address may erase the lead that begins to use it, whose own users
// then receive nothing of it.
bool MayEraseMailbox(const Record& record) {
  return MayMove(record) && CommandOf(record).lead.find('@') != std::string::npos;
}

// A tenant's commands that are in no section yet, in their order.
struct Tenant {
  std::vector<Record> commands;
  std::set<std::string> leads;
  bool has_many() const { return leads.size() > kMostPassedOnTo; }
};

class Sections {
 public:
  Sections(uint64_t seed, const std::vector<workload::Phase>& phases) : random_(seed ^ kSectionsSeed) {
    for (const workload::Phase& phase : phases) {
      for (const Record& record : phase.records) Sort(record);
    }
  }

  // Makes sections of commands and events in turn.
  std::vector<std::vector<Record>> Make() {
    const auto rounds = static_cast<size_t>(random_.Between(2, 5));
    std::vector<std::vector<Record>> sections;
    for (size_t round = 0; round < rounds; ++round) {
      std::vector<Record>& commands = sections.emplace_back();
      for (auto& [name, tenant] : tenants_) {
        round == 0 ? TakeFirst(name, &tenant, &commands) : TakeNext(&tenant, &commands);
      }
      const size_t end = round + 1 == rounds ? others_.size() : others_.size() * (round + 1) / rounds;
      sections.emplace_back(others_.begin() + static_cast<ptrdiff_t>(others_.size() * round / rounds),
                            others_.begin() + static_cast<ptrdiff_t>(end));
    }
    return sections;
  }

 private:
  void Sort(const Record& record) {
    if (const auto* event = std::get_if<model::Event>(&record.content)) {
      tenants_[event->tenant].leads.insert(model::LeadIdOf(event->lead, event->email));
    } else if (const auto* command = std::get_if<Command>(&record.content)) {
      Tenant& tenant = tenants_[command->tenant];
      tenant.leads.insert(model::LeadIdOf(command->lead, command->email));
      tenant.commands.push_back(record);
      return;
    }
    others_.push_back(record);
  }

  void TakeFirst(const std::string& name, Tenant* tenant, std::vector<Record>* section) {
    if (tenant->has_many()) BeginAll(name, *tenant, section);
    std::vector<Record> rest;
    const size_t first = tenant->commands.size() / 2;
    for (size_t i = 0; i < tenant->commands.size(); ++i) {
      Record& command = tenant->commands[i];
      (i < first && !ReachesSeveral(command) ? *section : rest).push_back(std::move(command));
    }
    tenant->commands = std::move(rest);
  }

  // Begins the leads whose id is an address in another form. They use a mailbox from their first record on.
  void BeginAll(const std::string& name, const Tenant& tenant, std::vector<Record>* section) {
    for (const std::string& lead : tenant.leads) {
      if (lead.find('@') == std::string::npos || model::IsMailbox(lead)) continue;
      Command begin{.tenant = name, .lead = lead};
      begin.id = kBeginning;
      begin.issued_at = "2001-01-01T00:00:00Z";
      begin.actions = model::EditNames{model::NameSet::kTags, {"begun"}, {}};
      section->push_back({begin});
    }
  }

  void TakeNext(Tenant* tenant, std::vector<Record>* section) {
    const bool one_for_several = random_.Chance(50);
    std::vector<Record> rest;
    std::set<std::string> taken;
    auto left = static_cast<size_t>(random_.Between(0, 12));
    for (Record& command : tenant->commands) {
      const bool is_for_several = ReachesSeveral(command) || MayEraseMailbox(command);
      const bool moves_one = MayMove(command) && !CommandOf(command).lead.empty();
      const bool is_too_many = tenant->has_many() && (IsErase(command) || moves_one || MayMoveAllUsers(command));
      const bool fits = is_for_several == one_for_several && !is_too_many &&
                        (one_for_several ? taken.empty() : !taken.contains(CommandOf(command).lead));
      if (!fits || left == 0) {
        rest.push_back(std::move(command));
        continue;
      }
      --left;
      taken.insert(CommandOf(command).lead);
      section->push_back(std::move(command));
    }
    tenant->commands = std::move(rest);
  }

  Random random_;
  std::map<std::string, Tenant> tenants_;
  std::vector<Record> others_;  // events, and lines that are not records
};

}  // namespace

LiveWorkload MakeOrderedWorkload(uint64_t seed) {
  workload::Workload history = workload::MakeHistory(seed, /*shares_addresses=*/true);
  model::Definitions definitions = history.phases.front().definitions;
  definitions.try_emplace("*", model::BuiltInDefinitions());
  for (auto& [name, of_tenant] : definitions) of_tenant.max_entries = kManyEntries;
  const config::LoadedDefinitions loaded = config::LoadDefinitions(workload::DefinitionsYaml(definitions));
  LP_ASSERT(loaded.definitions != nullptr);

  Random random(seed ^ kSectionsSeed);
  LiveWorkload live;
  live.partitions = static_cast<uint32_t>(random.Between(1, 5));
  live.shares_addresses = true;
  if (random.Chance(50)) live.format = kafka::InputFormat::kJson;
  MaybeHandOn(seed, &live);
  live.versions.push_back({std::move(definitions), loaded.definitions});
  std::vector<Instant> times;
  for (std::vector<Record>& section : Sections(seed, history.phases).Make()) {
    live.quiet_before.push_back(live.records.size());
    for (Record& record : section) {
      const bool is_beginning = IsBeginning(record);
      std::optional<LiveRecord> made = MakeLiveRecord(std::move(record), live.format, live.partitions);
      LP_ASSERT(made || !is_beginning);
      if (!made) continue;
      // Commands of a lead must keep their order.
      if (live.partitioning == kafka::InputPartitioning::kAny && !made->key.empty()) PlaceLikeOthers(live, &*made);
      if (made->time) times.push_back(*made->time);
      live.records.push_back(std::move(*made));
    }
  }
  std::sort(times.begin(), times.end());
  if (!times.empty()) live.begins = times[times.size() / 10];
  return live;
}

}  // namespace leadpulse::testing
