#include "processor/files/summary.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "processor/base/json_object.h"
#include "processor/base/text.h"

namespace leadpulse::files {
namespace {

// What a person can take in; the JSON form has everything.
constexpr size_t kMaxShown = 20;
constexpr size_t kMaxNameColumns = 48;
constexpr size_t kMinNameColumns = 28;
constexpr size_t kNumberColumns = 14;

// A count that is 0 in most runs.
struct Oddity {
  const char* text;
  const char* json;
  uint64_t engine::EngineCounters::*count;
};
constexpr Oddity kOddities[] = {
    {"timers fired", "flips", &engine::EngineCounters::timers},
    {"leads re-evaluated", "reevaluated", &engine::EngineCounters::reevaluated},
    {"journal entries folded", "folded", &engine::EngineCounters::folded},
    {"properties left out", "propertiesLeftOut", &engine::EngineCounters::properties_left_out},
    {"attributes unset", "attributesUnset", &engine::EngineCounters::attributes_unset},
    {"attributes not declared", "attributesUndeclared", &engine::EngineCounters::attributes_undeclared},
};

// Returns the number of characters of UTF-8, about the columns of a terminal.
size_t Columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// Returns the name without control characters: names come from input, so they must not control the terminal.
std::string Printable(std::string_view name) {
  std::string text;
  for (char c : name) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return text;
}

class Table {
 public:
  void Row(size_t indent, const std::string& name, uint64_t count) {
    lines_.push_back({indent, Printable(name), GroupDigits(count)});
  }
  void Note(size_t indent, const std::string& text) { lines_.push_back({indent, text, {}}); }

  std::string Render() const {
    size_t names = kMinNameColumns;
    for (const Line& line : lines_) {
      if (!line.number.empty()) names = std::max(names, std::min(line.indent + Columns(line.name), kMaxNameColumns));
    }
    std::string out;
    for (const Line& line : lines_) {
      std::string text = std::string(line.indent, ' ') + line.name;
      if (!line.number.empty()) {
        size_t used = Columns(text) + line.number.size();
        text += std::string(used < names + kNumberColumns ? names + kNumberColumns - used : 1, ' ') + line.number;
      }
      out += text + "\n";
    }
    return out;
  }

 private:
  struct Line {
    size_t indent;
    std::string name;
    std::string number;
  };
  std::vector<Line> lines_;
};

void AddMore(size_t indent, size_t total, Table* table) {
  if (total > kMaxShown) table->Note(indent, "… and " + GroupDigits(total - kMaxShown) + " more");
}

void AddIfAny(const char* name, uint64_t count, Table* table) {
  if (count > 0) table->Row(2, name, count);
}

void AddRecords(const RunSummary& summary, Table* table) {
  const engine::EngineCounters& engine = summary.engine;
  table->Row(0, "Records read", summary.records);
  table->Row(2, "events applied", engine.events);
  table->Row(2, "commands applied", engine.commands);
  AddIfAny("duplicates", engine.duplicates, table);
  AddIfAny("of erased leads, dropped", engine.dropped_erased, table);
  AddIfAny("older than the journal, dropped", engine.dropped_folded, table);
  table->Row(2, "dead letters", summary.TotalRejected());
  for (size_t i = 0; i < summary.rejected.size(); ++i) {
    if (summary.rejected[i] > 0) {
      table->Row(4, std::string(codec::ReasonName(static_cast<codec::Reason>(i))), summary.rejected[i]);
    }
  }
}

void AddChanges(const RunSummary& summary, Table* table) {
  table->Row(0, "Changes", summary.TotalChanges());
  for (size_t i = 0; i < summary.engine.changes.size(); ++i) {
    if (summary.engine.changes[i] > 0) {
      table->Row(2, std::string(codec::ChangeKindName(static_cast<codec::ChangeKind>(i))), summary.engine.changes[i]);
    }
  }
}

void AddOddities(const RunSummary& summary, Table* table) {
  if (std::ranges::all_of(kOddities, [&](const Oddity& oddity) { return summary.engine.*oddity.count == 0; })) return;
  table->Note(0, "Also");
  for (const Oddity& oddity : kOddities) AddIfAny(oddity.text, summary.engine.*oddity.count, table);
}

void AddCounts(const char* title, const NamedCounts& counts, Table* table) {
  if (counts.empty()) return;
  table->Note(4, title);
  for (size_t i = 0; i < std::min(counts.size(), kMaxShown); ++i) table->Row(6, counts[i].first, counts[i].second);
  AddMore(6, counts.size(), table);
}

void AddTenant(const TenantSummary& tenant, Table* table) {
  table->Row(2, tenant.tenant, tenant.leads);
  AddCounts("tier", tenant.tiers, table);
  AddCounts("stage", tenant.stages, table);
  NamedCounts largest = tenant.segments;
  std::stable_sort(largest.begin(), largest.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  AddCounts("segment", largest, table);
}

void AddLeads(const TenantSummaries& summaries, Table* table) {
  uint64_t leads = summaries.other_leads;
  std::vector<const TenantSummary*> largest;
  for (const TenantSummary& tenant : summaries.tenants) {
    leads += tenant.leads;
    largest.push_back(&tenant);
  }
  table->Row(0, "Leads", leads);
  std::stable_sort(largest.begin(), largest.end(), [](auto* a, auto* b) { return a->leads > b->leads; });
  for (size_t i = 0; i < std::min(largest.size(), kMaxShown); ++i) AddTenant(*largest[i], table);
  AddMore(2, largest.size() + summaries.other_tenants, table);
}

std::string Pace(const RunSummary& summary) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f s, ", std::chrono::duration<double>(summary.elapsed).count());
  return text + GroupDigits(summary.RecordsPerSecond()) + " records/s";
}

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

uint64_t RunSummary::TotalRejected() const { return std::accumulate(rejected.begin(), rejected.end(), uint64_t{0}); }

uint64_t RunSummary::RecordsPerSecond() const {
  double seconds = std::chrono::duration<double>(elapsed).count();
  return seconds > 0 ? static_cast<uint64_t>(static_cast<double>(records) / seconds) : 0;
}

std::string RenderSummary(const RunSummary& summary) {
  Table table;
  AddRecords(summary, &table);
  AddChanges(summary, &table);
  AddOddities(summary, &table);
  if (summary.leads) AddLeads(*summary.leads, &table);
  std::string clock = summary.clock.has_value() ? FormatRfc3339(*summary.clock) : "not set: no record was accepted yet";
  table.Note(0, "Clock  " + clock);
  table.Note(0, "Took   " + Pace(summary));
  if (summary.stopped_at.has_value()) table.Note(0, "Stopped " + Printable(*summary.stopped_at));
  return table.Render();
}

std::string RenderSummaryJson(const RunSummary& summary) {
  std::string out;
  JsonObject json(&out);
  WriteRecords(summary, json.Key("records"));
  WriteChanges(summary, json.Key("changes"));
  WriteDeadLetters(summary, json.Key("deadLetters"));
  for (const Oddity& oddity : kOddities) json.Number(oddity.json, summary.engine.*oddity.count);
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
