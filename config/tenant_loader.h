// Loads the parts of a definitions file: a tenant, its rules, its scoring and its segments. Each function reports all
// mistakes to the log. Use the result only if the log has no errors.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "config/definitions.h"
#include "config/never_true.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

// ---- Rules ----

// The names that rules of one tenant may use.
struct RuleScope {
  const TenantDefinitions* tenant = nullptr;              // with calendar, fields and event properties filled in
  const std::vector<std::string>* segment_ids = nullptr;  // ascending
  const RulesInForce* in_force = nullptr;                 // not null for LoadRule and LoadStep
};

// Returns the place in the file of byte `offset` of the rule's text.
uint32_t OffsetInRule(const YamlValue& value, uint32_t offset);

// Parses a rule of the file and checks it against the tenant's declarations; LoadStep does the same for a step. Reports
// errors and returns nullopt if there are any. An undeclared attribute is a warning, with strict_fields an error.
// `inside_score`: for `when` and `exclude`, which must not depend on the score.
std::optional<rules::Rule> LoadRule(const YamlValue& value, const RuleScope& scope, bool inside_score);
std::optional<rules::Step> LoadStep(const YamlValue& value, const RuleScope& scope);

// ---- Scoring ----

// Fills in scoring, exclude, reset_on, score_min and score_max. `value` may be empty if there is no scoring.
void LoadScoring(const YamlValue& value, const RuleScope& scope, TenantDefinitions* tenant);

// Loads a list of event types, as in `reset_on` and `engaged_on`.
void LoadEventTypes(const YamlValue& value, EventTypes* types);

// Whether `event`, `name`, `campaign` and `bounce` can express the step; otherwise it needs `match` (and `bounce`).
bool IsPlainStep(const rules::Step& step);

// Returns the names in the order of LimitPer.
std::vector<std::string> LimitPerNames();

// ---- Segments ----

// A loader of ids, names, rules, and the order of evaluation for rules that refer to other segments.
class SegmentsLoader {
 public:
  // Reads ids and names, so that rules can be checked against the ids. `value` null: there are no segments.
  explicit SegmentsLoader(const YamlValue* value);

  // Returns the ids, ascending, each once.
  const std::vector<std::string>& ids() const { return ids_; }
  // Reads the rules and sets segments and segment_order, which are complete only if there are no errors. Circles are
  // errors.
  void Load(const RuleScope& scope, TenantDefinitions* tenant);
  // Returns the place of a segment's rule, by its index in `segments`; null if it has none. Call it after Load.
  const YamlValue* RuleOf(size_t segment) const {
    return by_index_[segment] == nullptr ? nullptr : &*by_index_[segment]->rule;
  }

 private:
  struct Entry {
    std::string id;  // empty if wrong, which was reported
    std::string name;
    std::optional<YamlValue> rule;
    bool repeated = false;  // another entry has this id already
  };

  void Read(const YamlValue& value);
  void ReportCircle(const std::vector<uint32_t>& circle, const TenantDefinitions& tenant) const;

  std::vector<Entry> entries_;                           // in the order of the file
  std::map<std::string, uint32_t, std::less<>> places_;  // by id: where it was first given
  std::vector<std::string> ids_;
  std::vector<const Entry*> by_index_;  // set by Load: the first of each id; null without a rule
};

// ---- Names ----

// Returns the keys of a tenant that LoadNames reads. They change no view.
const std::vector<std::string>& NameKeys();
void LoadNames(const YamlKeys& keys, TenantNames* names);

// ---- Tenants ----

// Scoring rules by their meaning. Tenants of one file often have equal scoring. They then share one copy of the rules,
// which fits into a near cache where a thousand copies would not. Lives while the file is loaded.
using ScoringPool = absl::flat_hash_map<std::string, std::shared_ptr<const std::vector<ScoringRule>>>;

std::shared_ptr<const TenantDefinitions> LoadTenant(const YamlEntry& entry, const RulesInForce& in_force,
                                                    ScoringPool* scorings);

}  // namespace leadpulse::config
