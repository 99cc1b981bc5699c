// The summary for programs.

#include "processor/base/json_object.h"
#include "processor/files/summary.h"

namespace leadpulse::files {
namespace {

std::string Seconds(std::chrono::nanoseconds elapsed) {
  return std::to_string(std::chrono::duration<double>(elapsed).count());
}

void WriteCounts(const NamedCounts& counts, std::string* out) {
  JsonObject json(out);
  for (const auto& [name, count] : counts) json.Number(name, count);
}

void WriteRecords(const RunSummary& summary, std::string* out) {
  const engine::EngineCounters& engine = summary.engine;
  WriteCounts({{"read", summary.records},
               {"events", engine.events},
               {"commands", engine.commands},
               {"duplicates", engine.duplicates},
               {"droppedErased", engine.dropped_erased},
               {"droppedFolded", engine.dropped_folded},
               {"deadLetters", summary.TotalRejected()}},
              out);
}

void WriteChanges(const RunSummary& summary, std::string* out) {
  JsonObject json(out);
  for (size_t i = 1; i < summary.engine.changes.size(); ++i) {
    json.Number(codec::ChangeKindName(static_cast<codec::ChangeKind>(i)), summary.engine.changes[i]);
  }
}

void WriteDeadLetters(const RunSummary& summary, std::string* out) {
  JsonObject json(out);
  for (size_t i = 1; i < summary.rejected.size(); ++i) {
    json.Number(codec::ReasonName(static_cast<codec::Reason>(i)), summary.rejected[i]);
  }
}

void WriteTenant(const TenantSummary& tenant, std::string* out) {
  JsonObject json(out);
  json.Text("tenant", tenant.tenant);
  json.Number("leads", tenant.leads);
  if (!tenant.in_full) return;
  WriteCounts(tenant.tiers, json.Key("tiers"));
  WriteCounts(tenant.stages, json.Key("stages"));
  WriteCounts(tenant.segments, json.Key("segments"));
}

}  // namespace

std::string RenderSummaryJson(const RunSummary& summary) {
  std::string out;
  JsonObject json(&out);
  WriteRecords(summary, json.Key("records"));
  WriteChanges(summary, json.Key("changes"));
  WriteDeadLetters(summary, json.Key("deadLetters"));
  json.Number("flips", summary.engine.timers);
  json.Number("reevaluated", summary.engine.reevaluated);
  json.Number("folded", summary.engine.folded);
  json.Number("propertiesLeftOut", summary.engine.properties_left_out);
  json.Number("attributesUnset", summary.engine.attributes_unset);
  json.Key("tenants");
  if (summary.leads) {
    AppendJsonArray(summary.leads->tenants, &out, [&](const TenantSummary& tenant) { WriteTenant(tenant, &out); });
  } else {
    out += "null";
  }
  if (summary.leads && summary.leads->other_tenants > 0) {
    WriteCounts({{"tenants", summary.leads->other_tenants}, {"leads", summary.leads->other_leads}}, json.Key("others"));
  }
  *json.Key("seconds") += Seconds(summary.elapsed);
  json.Number("recordsPerSecond", summary.RecordsPerSecond());
  json.Time("clock", summary.clock.value_or(Instant::Never()));
  if (summary.stopped_at.has_value()) json.Text("stoppedAt", *summary.stopped_at);
  json.End();
  return out + "\n";
}

}  // namespace leadpulse::files
