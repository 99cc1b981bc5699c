#include "config/segment_order.h"

#include <algorithm>
#include <optional>
#include <variant>

namespace leadpulse::config {
namespace {

// Depth first: a segment is placed once all it refers to are.
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
    size_t next = 0;  // of its references
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
      if (to >= state_.size()) continue;  // of a rule that did not pass its check
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

  // Rules that all refer to all make millions; a person mends a few and asks again.
  static constexpr size_t kMaxCircles = 100;

  std::vector<std::vector<uint32_t>> references_;
  std::vector<State> state_;
  std::vector<uint32_t> rank_;  // place in the file
  std::vector<Step> path_;
  SegmentOrder result_;
};

// Depth is bounded by rules::kMaxNesting.
std::optional<rules::Span> Find(const rules::Node& node, uint32_t index) {
  const auto among = [&](const std::vector<rules::NodePtr>& children) -> std::optional<rules::Span> {
    for (const rules::NodePtr& child : children) {
      if (std::optional<rules::Span> span = Find(*child, index)) return span;
    }
    return std::nullopt;
  };
  if (const auto* all = std::get_if<rules::And>(&node.kind)) return among(all->children);
  if (const auto* any = std::get_if<rules::Or>(&node.kind)) return among(any->children);
  if (const auto* negated = std::get_if<rules::Not>(&node.kind)) return Find(*negated->child, index);
  const auto* reference = std::get_if<rules::InSegment>(&node.kind);
  if (reference == nullptr || reference->index != index) return std::nullopt;
  return reference->span;
}

}  // namespace

SegmentOrder OrderSegments(const std::vector<Segment>& segments, const std::vector<uint32_t>& file_order) {
  return Ordering(segments, file_order).Run();
}

rules::Span FindReference(const rules::Rule& rule, uint32_t index) {
  return Find(*rule.root, index).value_or(rules::Span{});
}

}  // namespace leadpulse::config
