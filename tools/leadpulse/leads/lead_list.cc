#include "tools/leadpulse/leads/lead_list.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/text.h"
#include "processor/webhooks/stable_id.h"
#include "tools/leadpulse/made_record.h"
#include "tools/leadpulse/record_output.h"

namespace leadpulse::tools {
namespace {

codec::Command AddToList(const LeadKey& key, const ListToWrite& list, const std::string& actor) {
  webhooks::StableId id("freeze");
  for (const std::string& part : {FormatRfc3339(list.clock), list.name, key.tenant, key.lead}) id.Add(part);
  codec::Command command{key, id.Take(), TimeOfRecordsFor(list.clock, list.now), actor, false, {}};
  command.action = codec::EditLists{{list.name}, {}};
  return command;
}

bool IsOn(const std::string& folded_list, const Value& lists) {
  return std::ranges::any_of(std::get<ScalarList>(lists),
                             [&](const Scalar& one) { return EqualsFolded(std::get<std::string>(one), folded_list); });
}

}  // namespace

Status CheckListName(const std::string& name, Instant now) {
  return RecordLine(AddToList({"tenant", "lead"}, {name, {}, now, now}, ""), now).status();
}

Result<int> WriteList(const state::LeadStore& store, const config::Definitions& definitions, query::LeadsQuery query,
                      const ListToWrite& list, WorkerPool* pool) {
  query.columns = *query::ParseColumns("tenant,lead,lists");
  const std::string actor = LoginName();
  const std::string folded = FoldCase(list.name);
  RecordOutput output(list.target);
  ExitCode code = output.Open();
  if (code != kDone) return code;
  uint64_t put_on = 0;
  uint64_t already = 0;
  Status wrong;
  const Status status = query::QueryLeads(store, definitions, query, pool, [&](const std::vector<Value>& cells) {
    const LeadKey key{std::get<std::string>(cells[0]), std::get<std::string>(cells[1])};
    if (IsOn(folded, cells[2])) return ++already > 0;
    const codec::Command command = AddToList(key, list, actor);
    const Result<std::string> record = RecordLine(command, list.now);
    if (!record.ok()) wrong = record.status();
    if (record.ok()) code = output.Write(command, *record);
    ++put_on;
    return record.ok() && code == kDone;
  });
  if (!status.ok()) return Fail(status);
  if (!wrong.ok()) return Fail(wrong);
  if (code == kDone) code = output.Close();
  if (code != kDone) return code;
  PrintToStandardError(list.name + ": " + std::to_string(put_on) + " put on it, " + std::to_string(already) +
                       " on it already\n");
  return kDone;
}

}  // namespace leadpulse::tools
