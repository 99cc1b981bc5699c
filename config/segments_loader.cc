#include "config/segments_loader.h"

#include <algorithm>
#include <utility>

#include "config/segment_order.h"
#include "processor/rules/index/rule_index.h"

namespace leadpulse::config {
namespace {

// Of definitions with an error in a rule, which nobody will use, there is no index.
void IndexRules(TenantDefinitions* tenant) {
  if (tenant->segments.size() < kIndexedSegments || tenant->segment_order.size() < tenant->segments.size()) return;
  std::vector<const rules::Node*> roots;
  for (const Segment& segment : tenant->segments) roots.push_back(segment.rule.root.get());
  if (std::ranges::find(roots, nullptr) != roots.end()) return;
  tenant->segment_index = std::make_shared<const rules::RuleIndex>(roots);
}

}  // namespace

SegmentsLoader::SegmentsLoader(const YamlValue* value) {
  if (value == nullptr) return;
  const std::optional<std::vector<YamlValue>> list = value->List("a list of segments {id, name, rule}");
  if (!list) return;
  for (size_t i = 0; i < list->size() && !value->log().full(); ++i) {
    if (i == kMaxSegments) {
      (*list)[i].Error("more than 10,000 segments");
      break;
    }
    Read((*list)[i]);
  }
  for (const auto& [id, place] : places_) ids_.push_back(id);
}

void SegmentsLoader::Read(const YamlValue& value) {
  static const auto& known = *new std::vector<std::string>{"id", "name", "rule"};
  const std::optional<YamlKeys> keys = value.Keys("a segment {id, name, rule}", known);
  if (!keys) return;
  Entry entry;
  entry.id = ReadId(*keys, value);
  entry.name = entry.id;
  if (const YamlEntry* name = keys->Find("name")) {
    entry.name = name->value.Name("a segment's name", kMaxNameBytes).value_or("");
  }
  if (const YamlEntry* rule = keys->Find("rule")) {
    entry.rule = rule->value;
  } else {
    value.Error("a segment needs a `rule`");
  }
  if (!entry.id.empty()) {
    const YamlValue& place = keys->Find("id")->value;
    const auto [first, added] = places_.emplace(entry.id, place.offset());
    entry.repeated = !added;
    if (!added) {
      place.Error("the segment id " + Quoted(entry.id) + " is given twice; first on line " +
                  std::to_string(place.log().source().Locate(first->second).line));
    }
  }
  entries_.push_back(std::move(entry));
}

std::string SegmentsLoader::ReadId(const YamlKeys& keys, const YamlValue& segment) {
  const YamlEntry* id = keys.Find("id");
  if (id == nullptr) {
    segment.Error("a segment needs an `id`");
    return "";
  }
  return id->value.Name("a segment's id", kMaxSegmentIdBytes).value_or("");
}

void SegmentsLoader::Load(const RuleScope& scope, TenantDefinitions* tenant) {
  std::vector<const Entry*> by_index(ids_.size(), nullptr);  // the first of each id
  std::vector<uint32_t> file_order;
  tenant->segments.resize(ids_.size());
  for (const Entry& entry : entries_) {
    if (!entry.rule) continue;
    std::optional<rules::Rule> rule = LoadSegmentRule(*entry.rule, scope);
    if (entry.id.empty() || entry.repeated) continue;
    const auto index = static_cast<uint32_t>(std::lower_bound(ids_.begin(), ids_.end(), entry.id) - ids_.begin());
    by_index[index] = &entry;
    file_order.push_back(index);
    tenant->segments[index] = {entry.id, entry.name, rule ? *std::move(rule) : rules::Rule{}};
  }
  SegmentOrder order = OrderSegments(tenant->segments, file_order);
  for (const std::vector<uint32_t>& circle : order.circles) ReportCircle(circle, by_index, *tenant);
  tenant->segment_order = std::move(order.order);
  IndexRules(tenant);
}

void SegmentsLoader::ReportCircle(const std::vector<uint32_t>& circle, const std::vector<const Entry*>& by_index,
                                  const TenantDefinitions& tenant) const {
  // A circle of thousands is named by its beginning.
  constexpr size_t kMaxNamed = 20;
  std::string names;
  for (size_t i = 0; i < circle.size() && i < kMaxNamed; ++i) names += tenant.segments[circle[i]].id + " → ";
  if (circle.size() > kMaxNamed) names += "… (" + std::to_string(circle.size() - kMaxNamed) + " more) → ";
  names += tenant.segments[circle.front()].id;

  const YamlValue& place = *by_index[circle.front()]->rule;
  const uint32_t next = circle[1 % circle.size()];
  const rules::Span span = FindReference(tenant.segments[circle.front()].rule, next);
  place.log().Error(OffsetInRule(place, span.begin), place.path(),
                    "segments refer to each other in a circle: " + names);
}

}  // namespace leadpulse::config
