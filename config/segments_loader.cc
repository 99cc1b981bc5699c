#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

#include "config/tenant_loader.h"
#include "processor/rules/index/rule_index.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::config {
namespace {

struct SegmentOrder {
  // Segment indexes, each after those that its rule refers to; otherwise ascending. Complete only if there are no
  // circles.
  std::vector<uint32_t> order;
  // Circles of indexes: each refers to the next, the last to the first. A circle starts with its first segment in the
  // file. There is one for each reference that closes a circle.
  std::vector<std::vector<uint32_t>> circles;
};

// The order in which the segments are evaluated, so that `IN SEGMENT` finds its result ready. Depth first: a segment is
// placed after all that it refers to. `segments` by ascending id with checked rules; those without a rule refer to
// nothing. `file_order` has the indexes in the order of the file. Linear in the references, without recursion.
class Ordering {
 public:
  Ordering(const std::vector<Segment>& segments, const std::vector<uint32_t>& file_order)
      : references_(segments.size()), state_(segments.size(), State::kNew), rank_(segments.size(), 0) {
    for (uint32_t i = 0; i < segments.size(); ++i) {
      if (segments[i].rule.root != nullptr) references_[i] = rules::ReferencedSegments(segments[i].rule);
    }
    for (uint32_t rank = 0; rank < file_order.size(); ++rank) rank_[file_order[rank]] = rank;
  }

  SegmentOrder Run() {
    for (uint32_t i = 0; i < references_.size(); ++i) {
      if (state_[i] == State::kNew) Visit(i);
    }
    return std::move(result_);
  }

 private:
  enum class State : uint8_t { kNew, kOpen, kPlaced };
  struct Step {
    uint32_t segment;
    size_t next = 0;  // index of the next reference to visit
  };

  void Visit(uint32_t start) {
    path_.push_back({start});
    state_[start] = State::kOpen;
    while (!path_.empty()) {
      Step& step = path_.back();
      const std::vector<uint32_t>& references = references_[step.segment];
      if (step.next == references.size()) {
        state_[step.segment] = State::kPlaced;
        result_.order.push_back(step.segment);
        path_.pop_back();
        continue;
      }
      const uint32_t to = references[step.next++];
      if (to >= state_.size()) continue;  // the referenced rule did not pass its check
      if (state_[to] == State::kOpen) {
        AddCircle(to);
      } else if (state_[to] == State::kNew) {
        state_[to] = State::kOpen;
        path_.push_back({to});
      }
    }
  }

  void AddCircle(uint32_t back_to) {
    if (result_.circles.size() >= kMaxCircles) return;
    auto start = std::find_if(path_.begin(), path_.end(), [&](const Step& step) { return step.segment == back_to; });
    std::vector<uint32_t> circle;
    for (; start != path_.end(); ++start) circle.push_back(start->segment);
    const auto first =
        std::min_element(circle.begin(), circle.end(), [&](uint32_t a, uint32_t b) { return rank_[a] < rank_[b]; });
    std::rotate(circle.begin(), first, circle.end());
    result_.circles.push_back(std::move(circle));
  }

  // The most circles that are reported: fully connected rules have millions.
  static constexpr size_t kMaxCircles = 100;

  std::vector<std::vector<uint32_t>> references_;
  std::vector<State> state_;
  std::vector<uint32_t> rank_;  // place in the file
  std::vector<Step> path_;
  SegmentOrder result_;
};

// Returns where the rule refers to the segment with this index; an empty span at 0 if it does not.
rules::Span FindReference(const rules::Rule& rule, uint32_t index) {
  const rules::InSegment* first = nullptr;
  rules::ForEachNode<const rules::Node>(rule.root.get(), [&](const rules::Node* node) {
    const auto* reference = std::get_if<rules::InSegment>(&node->kind);
    if (first == nullptr && reference != nullptr && reference->index == index) first = reference;
  });
  return first == nullptr ? rules::Span{} : first->span;
}

// Indexes the rules. Definitions with an error in a rule get no index: nobody will use them.
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
  const std::optional<YamlKeys> keys = value.Keys("a segment {id, name, rule}", {"id", "name", "rule"});
  if (!keys) return;
  Entry entry;
  if (!keys->Name("id", "a segment's id", kMaxSegmentIdBytes, &entry.id)) value.Error("a segment needs an `id`");
  entry.name = entry.id;
  keys->Name("name", "a segment's name", kMaxNameBytes, &entry.name);
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

void SegmentsLoader::Load(const RuleScope& scope, TenantDefinitions* tenant) {
  by_index_.assign(ids_.size(), nullptr);
  std::vector<uint32_t> file_order;
  tenant->segments.resize(ids_.size());
  for (const Entry& entry : entries_) {
    if (!entry.rule) continue;
    std::optional<rules::Rule> rule = LoadRule(*entry.rule, scope, /*inside_score=*/false);
    if (entry.id.empty() || entry.repeated) continue;
    const auto index = static_cast<uint32_t>(std::lower_bound(ids_.begin(), ids_.end(), entry.id) - ids_.begin());
    by_index_[index] = &entry;
    file_order.push_back(index);
    tenant->segments[index] = {entry.id, entry.name, rule ? *std::move(rule) : rules::Rule{}};
  }
  SegmentOrder order = Ordering(tenant->segments, file_order).Run();
  for (const std::vector<uint32_t>& circle : order.circles) ReportCircle(circle, *tenant);
  tenant->segment_order = std::move(order.order);
  IndexRules(tenant);
}

void SegmentsLoader::ReportCircle(const std::vector<uint32_t>& circle, const TenantDefinitions& tenant) const {
  // Only the beginning of a circle of thousands is named.
  constexpr size_t kMaxNamed = 20;
  std::string names;
  for (size_t i = 0; i < circle.size() && i < kMaxNamed; ++i) names += tenant.segments[circle[i]].id + " → ";
  if (circle.size() > kMaxNamed) names += "… (" + std::to_string(circle.size() - kMaxNamed) + " more) → ";
  names += tenant.segments[circle.front()].id;

  const YamlValue& place = *by_index_[circle.front()]->rule;
  const uint32_t next = circle[1 % circle.size()];
  const rules::Span span = FindReference(tenant.segments[circle.front()].rule, next);
  place.log().Error(OffsetInRule(place, span.begin), place.path(),
                    "segments refer to each other in a circle: " + names);
}

}  // namespace leadpulse::config
