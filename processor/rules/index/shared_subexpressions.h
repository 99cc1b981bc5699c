// The parts of rules, equal parts of all rules stored once, and their answers for one lead at one instant: many rules
// that a change affects have equal parts, which are then evaluated once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/index/packed_lists.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::rules {

using PartId = uint32_t;

// Answers that are valid until Forget. One object serves one thread, and any number of SharedSubexpressions one after
// the other.
class PartAnswers {
 public:
  // Forgets the answers. Must be called before Holds with other facts.
  void Forget() {
    if (++round_ < kRounds) return;
    answers_.assign(answers_.size(), 0);
    round_ = 1;
  }

 private:
  friend class SharedSubexpressions;
  static constexpr uint32_t kRounds = uint32_t{1} << 31;

  std::vector<uint32_t> answers_;  // by part: the round of its evaluation, and in the lowest bit the answer
  uint32_t round_ = 1;
};

// The distinct parts of many rules. Refers to the rules, which outlive it. Immutable once packed; thread-safe.
class SharedSubexpressions {
 public:
  PartId Add(const Node& part) {
    const auto [known, is_new] = ids_.try_emplace(PrintNode(part), static_cast<PartId>(added_.size()));
    if (!is_new) return known->second;
    bool asks_for_segment = false;
    ForEachNode(&part, [&](const Node* node) {
      asks_for_segment = asks_for_segment || std::holds_alternative<InSegment>(node->kind);
    });
    added_.push_back({&part, asks_for_segment});
    return known->second;
  }
  // Packs the parts after the last was added. `memory` outlives this.
  void Pack(IndexMemory* memory) {
    parts_ = memory->Keep(added_);
    added_ = {};
    ids_ = {};
  }

  // Whether a part holds. `facts` must be the same since Forget, except for the segments.
  bool Holds(PartId id, const Facts& facts, PartAnswers* answers) const {
    const Part& part = parts_[id];
    if (part.asks_for_segment) return rules::Holds(*part.node, facts);
    if (answers->answers_.size() < parts_.size()) answers->answers_.resize(parts_.size(), 0);
    uint32_t& answer = answers->answers_[id];
    if (answer >> 1 != answers->round_) answer = answers->round_ << 1 | (rules::Holds(*part.node, facts) ? 1 : 0);
    return (answer & 1) != 0;
  }

 private:
  struct Part {
    const Node* node = nullptr;
    bool asks_for_segment = false;  // its answer changes while rules are evaluated
  };

  std::span<const Part> parts_;
  // Only while it is built:
  std::vector<Part> added_;
  absl::flat_hash_map<std::string, PartId> ids_;  // by printed text
};

}  // namespace leadpulse::rules
