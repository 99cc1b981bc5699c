// leadpulse preview: what new definitions would change, with nothing changed.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/view/view.h"
#include "state/lead_codec.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

struct PreviewOptions {
  std::string state;
  std::string definitions;
  std::string format = "text";
};

// Of one segment or tier.
struct Flow {
  uint64_t before = 0;
  uint64_t enter = 0;
  uint64_t leave = 0;
  uint64_t after() const { return before + enter - leave; }
};

struct TenantPreview {
  uint64_t leads = 0;
  std::map<std::string, Flow> tiers;
  std::map<std::string, Flow> segments;
};

using Preview = std::map<std::string, TenantPreview>;

// The tier's name and the segments' ids of a lead under some definitions.
struct Membership {
  std::string tier;
  std::vector<std::string> segments;  // ascending
};

Membership MembershipOf(const config::TenantDefinitions& definitions, Instant now, state::Lead* lead) {
  view::ConvertProfile(definitions, &lead->profile);
  const view::View view = view::EvaluateView(*lead, definitions, now);
  Membership membership{definitions.tiers[view.published.tier].name, {}};
  for (uint32_t index : view.published.segments) membership.segments.push_back(definitions.segments[index].id);
  return membership;
}

void Count(bool before, bool after, Flow* flow) {
  flow->before += before;
  flow->enter += !before && after;
  flow->leave += before && !after;
}

void CountLead(const Membership& before, const Membership& after, TenantPreview* preview) {
  ++preview->leads;
  if (before.tier == after.tier) {
    Count(true, true, &preview->tiers[before.tier]);
  } else {
    Count(true, false, &preview->tiers[before.tier]);
    Count(false, true, &preview->tiers[after.tier]);
  }
  const auto contains = [](const std::vector<std::string>& ids, const std::string& id) {
    return std::binary_search(ids.begin(), ids.end(), id);
  };
  for (const std::string& id : before.segments) Count(true, contains(after.segments, id), &preview->segments[id]);
  for (const std::string& id : after.segments) {
    if (!contains(before.segments, id)) Count(false, true, &preview->segments[id]);
  }
}

// Every tier and segment of old and new has its line, also where no lead is in it.
TenantPreview NewTenant(const config::TenantDefinitions& before, const config::TenantDefinitions& after) {
  TenantPreview preview;
  for (const config::TenantDefinitions* definitions : {&before, &after}) {
    for (const config::Tier& tier : definitions->tiers) preview.tiers[tier.name];
    for (const config::Segment& segment : definitions->segments) preview.segments[segment.id];
  }
  return preview;
}

Result<Preview> ComparePartitions(const state::LeadStore& store, const config::Definitions& before,
                                  const config::Definitions& after, Instant now) {
  Preview preview;
  Status failure;
  const auto visit = [&](std::string_view key_bytes, std::string_view value) {
    const LeadKey key = DecodeLeadKey(key_bytes);
    Result<state::Lead> lead = state::DecodeLead(key, value);
    if (!lead.ok()) {
      failure = lead.status();
      return false;
    }
    const config::TenantDefinitions& old_definitions = before.For(key.tenant);
    const config::TenantDefinitions& new_definitions = after.For(key.tenant);
    auto tenant = preview.find(key.tenant);
    if (tenant == preview.end())
      tenant = preview.emplace(key.tenant, NewTenant(old_definitions, new_definitions)).first;
    const Membership membership = MembershipOf(old_definitions, now, &*lead);
    CountLead(membership, MembershipOf(new_definitions, now, &*lead), &tenant->second);
    return true;
  };
  for (uint32_t i = 0; i < store.partition_count(); ++i) {
    LP_RETURN_IF_ERROR(store.VisitLeads(PartitionId{i}, "", visit));
    LP_RETURN_IF_ERROR(failure);
  }
  return preview;
}

// A name and four columns.
std::string FlowLine(const std::string& name, const std::array<std::string, 4>& columns) {
  constexpr size_t kNameWidth = 34;
  constexpr std::array<size_t, 4> kWidths{13, 11, 11, 13};
  std::string line = name;
  if (line.size() < kNameWidth) line.append(kNameWidth - line.size(), ' ');
  for (size_t i = 0; i < columns.size(); ++i) {
    const size_t used = columns[i].size();
    line.append(used < kWidths[i] ? kWidths[i] - used : 1, ' ') += columns[i];
  }
  return line + "\n";
}

std::string FlowLines(const char* what, const std::map<std::string, Flow>& flows) {
  std::string text = FlowLine(std::string("  ") + what, {"before", "enter", "leave", "after"});
  for (const auto& [name, flow] : flows) {
    text += FlowLine("    " + name, {std::to_string(flow.before), std::to_string(flow.enter),
                                     std::to_string(flow.leave), std::to_string(flow.after())});
  }
  return text;
}

std::string PreviewText(const Preview& preview, Instant now) {
  std::string text = "As of " + FormatRfc3339(now) + ", nothing changed:\n";
  for (const auto& [tenant, counts] : preview) {
    text += "\n" + tenant + ": " + std::to_string(counts.leads) + " leads\n";
    text += FlowLines("tier", counts.tiers);
    if (!counts.segments.empty()) text += FlowLines("segment", counts.segments);
  }
  return text;
}

void AppendFlows(const std::map<std::string, Flow>& flows, std::string* out) {
  JsonObject by_name(out);
  for (const auto& [name, flow] : flows) {
    JsonObject object(by_name.Key(name));
    object.Number("before", static_cast<int64_t>(flow.before));
    object.Number("enter", static_cast<int64_t>(flow.enter));
    object.Number("leave", static_cast<int64_t>(flow.leave));
    object.Number("after", static_cast<int64_t>(flow.after()));
    object.End();
  }
  by_name.End();
}

std::string PreviewJson(const Preview& preview, Instant now) {
  std::string out;
  JsonObject object(&out);
  object.Time("at", now);
  JsonObject tenants(object.Key("tenants"));
  for (const auto& [name, counts] : preview) {
    JsonObject tenant(tenants.Key(name));
    tenant.Number("leads", static_cast<int64_t>(counts.leads));
    AppendFlows(counts.tiers, tenant.Key("tiers"));
    AppendFlows(counts.segments, tenant.Key("segments"));
    tenant.End();
  }
  tenants.End();
  object.End();
  return out + "\n";
}

Result<Preview> MakePreview(const state::LeadStore& store, const config::Definitions& after, Instant now) {
  Result<std::shared_ptr<const config::Definitions>> before = DefinitionsInState(store);
  if (!before.ok()) return before.status();
  return ComparePartitions(store, **before, after, now);
}

int RunPreview(const PreviewOptions& options) {
  const std::shared_ptr<const config::Definitions> after =
      LoadDefinitionsFile(options.definitions, /*print_warnings=*/true);
  if (after == nullptr) return kUsage;
  Result<std::unique_ptr<state::LeadStore>> store = OpenStateToRead(options.state);
  if (!store.ok()) return Fail(store.status());
  Result<Instant> now = ClockOfState(**store);
  if (!now.ok()) return Fail(now.status());
  Result<Preview> preview = MakePreview(**store, *after, *now);
  if (!preview.ok()) return Fail(preview.status());
  return PrintResult(options.format == "json" ? PreviewJson(*preview, *now) : PreviewText(*preview, *now));
}

}  // namespace

void AddPreviewCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto options = std::make_shared<PreviewOptions>();
  CLI::App* preview = program->add_subcommand("preview", "Say what new definitions would change, and change nothing");
  preview->add_option("--state", options->state, "The state directory of a run")->type_name("DIR")->required();
  preview->add_option("--definitions", options->definitions, "The new definitions")->type_name("FILE")->required();
  preview->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  preview->footer("Example:\n  leadpulse preview --state state --definitions new.yaml");
  subcommands->push_back({preview, [options] { return RunPreview(*options); }});
}

}  // namespace leadpulse::tools
