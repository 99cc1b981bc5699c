// Finds the access predicates of rules that hold for a lead. A rule's access predicate is the AND of its conditions on
// the profile alone; equal ones of all rules are stored once. One condition of each is looked up by hash or binary
// search (predicate_choice.h chooses it), so thousands of predicates on one attribute cost little; the other conditions
// are evaluated for those found.
//
// Immutable once packed; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/base/instant.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/evaluation/value_evaluator.h"
#include "processor/rules/index/packed_lists.h"
#include "processor/rules/index/predicate_choice.h"
#include "processor/rules/index/profile_parts.h"

namespace leadpulse::rules {

using PredicateId = uint32_t;

class AccessPredicates {
 public:
  // Adds the predicate of a rule that outlives this, from its parts on the profile. The predicate holds exactly if all
  // these parts hold, and the rule holds only if it does. nullopt: the rule has no predicate and may hold for any lead.
  std::optional<PredicateId> Add(const Node& root, std::span<const Node* const> on_profile);
  // Adds a predicate that HoldingFor never finds, because it does not depend on the profile.
  PredicateId AddUnfound();
  // Packs the predicates after the last was added. `memory` outlives this.
  void Pack(IndexMemory* memory);

  // Returns the predicates that hold, ascending, each once.
  std::vector<PredicateId> HoldingFor(const Facts& facts) const;
  // Updates a result of HoldingFor after a change of the profile: evaluates only predicates that ask for a changed
  // part. The lead's key must be the same.
  void Update(const state::Profile& before, const Facts& after, std::vector<PredicateId>* holding) const;

 private:
  using Kind = ProfileKeyKind;
  using KeyId = uint32_t;
  struct Range {
    double low = 0, high = 0;
    double highest = 0;  // the highest `high` up to and including this range
    KeyId key = 0;
  };
  struct OfAttribute {
    const Field* field = nullptr;
    bool equalities = false;
    std::vector<size_t> starts, ends;                 // lengths of the texts asked for
    std::vector<Range> ranges;                        // by ascending low
    std::vector<std::pair<Instant, KeyId>> instants;  // ascending
    Topics topics = 0;                                // topics of all predicates that this attribute finds
  };

  KeyId Intern(const AccessPredicate& predicate);
  void AddToAttribute(const AccessPredicate& predicate, KeyId id);
  void NoteTopics(const AccessPredicate& predicate, Topics topics);
  // Appends the predicates that ask for any of `topics` and hold, some perhaps twice.
  void AppendHolding(Topics topics, const Facts& facts, std::vector<PredicateId>* out) const;
  std::vector<KeyId> KeysOf(Topics topics, const Facts& facts) const;
  void Find(Kind kind, std::string_view attribute, std::string_view folded, std::vector<KeyId>* out) const;
  // Finds the keys of an attribute; for a list, those of its elements, each once.
  void FindOfAttribute(const OfAttribute& predicates, const Facts& facts, std::vector<KeyId>* out) const;
  void FindOfScalar(const OfAttribute& predicates, const Operand& operand, std::vector<KeyId>* out) const;
  void FindOfText(const OfAttribute& predicates, std::string_view text, std::vector<KeyId>* out) const;
  static void FindOfNumber(const OfAttribute& predicates, double number, std::vector<KeyId>* out);
  static void FindOfInstant(const OfAttribute& predicates, Instant at, std::vector<KeyId>* out);

  absl::flat_hash_map<std::string, KeyId> keys_;
  absl::flat_hash_map<std::string, OfAttribute> attributes_;  // by normalised name
  ProfileTopics topics_;
  Topics named_ = 0;                     // topics of predicates that a tag, list, campaign or consent finds
  std::vector<Topics> topics_of_;        // by predicate: all topics that it asks for
  PackedLists<PredicateId> by_key_;      // by key: the predicates that it finds
  PackedLists<const Node*> conditions_;  // by predicate
  absl::flat_hash_map<std::string, PredicateId> ids_;  // only while it is built: by keys and printed conditions
};

}  // namespace leadpulse::rules
