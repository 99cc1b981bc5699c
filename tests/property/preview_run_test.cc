// Previews against runs with the new definitions, which must do what the preview says: random states, and edits of
// every kind.
//
// For every segment, the definitions of each edit also have its strict reading, written out in the rule language
// (`ghost != 1` as `ghost IS SET AND ghost != 1`). So the number of leads that are in a segment only because a field is
// unset follows from one more segment, which the run confirms like any other.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/file_content.h"
#include "tests/support/model/never_true.h"
#include "tests/support/model/text.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/workload/experiment.h"
#include "tests/support/workload/world.h"

namespace leadpulse::workload {
namespace {

namespace fs = std::filesystem;
using model::Json;
using model::Predicate;
using model::Rule;
using model::TenantDefinitions;
using testing::ReadWholeFile;

// The number of leads by tenant, `tiers` or `segments`, and name.
using Tally = std::map<std::tuple<std::string, std::string, std::string>, int64_t>;

uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::stoull(value);
}

// --- The strict reading, as rules ---

Rule RuleOf(Predicate predicate) { return {Rule::Kind::kPredicate, std::move(predicate), {}}; }
Rule Negation(Rule rule) { return {Rule::Kind::kNot, {}, {std::move(rule)}}; }

Rule IsSet(const std::string& field) {
  Predicate predicate;
  predicate.field = field;
  predicate.test.kind = model::Test::Kind::kIsSet;
  return RuleOf(predicate);
}

Rule InSegment(const std::string& id) {
  Predicate predicate;
  predicate.kind = Predicate::Kind::kInSegment;
  predicate.name = id;
  return RuleOf(predicate);
}

bool AsksForAField(const Predicate& predicate) {
  const bool of_being_set =
      predicate.test.kind == model::Test::Kind::kIsSet || predicate.test.kind == model::Test::Kind::kIsNotSet;
  return predicate.kind < Predicate::Kind::kDid && !(predicate.kind == Predicate::Kind::kTest && of_being_set);
}

std::string StrictId(const std::string& id, bool negated) { return (negated ? "zz-strict-not-" : "zz-strict-") + id; }

Rule Strict(const Rule& rule, bool negated) {
  if (rule.kind == Rule::Kind::kNot) return Strict(rule.parts.front(), !negated);
  if (rule.kind != Rule::Kind::kPredicate) {
    Rule strict{(rule.kind == Rule::Kind::kAnd) != negated ? Rule::Kind::kAnd : Rule::Kind::kOr, {}, {}};
    for (const Rule& part : rule.parts) strict.parts.push_back(Strict(part, negated));
    return strict;
  }
  if (rule.predicate.kind == Predicate::Kind::kInSegment) return InSegment(StrictId(rule.predicate.name, negated));
  Rule asked = negated ? Negation(rule) : rule;
  if (!AsksForAField(rule.predicate)) return asked;
  return {Rule::Kind::kAnd, {}, {IsSet(rule.predicate.field), std::move(asked)}};
}

void AddChecks(TenantDefinitions* definitions) {
  const std::vector<model::Segment> segments = definitions->segments;
  for (const model::Segment& segment : segments) {
    for (const bool negated : {false, true}) {
      definitions->segments.push_back({StrictId(segment.id, negated), "Strictly", Strict(segment.rule, negated)});
    }
    const Rule by_unset{
        Rule::Kind::kAnd, {}, {InSegment(segment.id), Negation(InSegment(StrictId(segment.id, false)))}};
    definitions->segments.push_back({"zz-by-unset-" + segment.id, "By something unset", by_unset});
  }
  // Days that only another time zone moves.
  for (int days = 0; days <= 40; ++days) {
    Predicate on_day;
    on_day.kind = Predicate::Kind::kOnDay;
    on_day.field = "created";
    on_day.day = {model::Day::Kind::kDaysAgo, "", days};
    definitions->segments.push_back({"zz-day-" + std::to_string(days), "Created that day", RuleOf(on_day)});
  }
  for (const std::string& name : Words().attributes) {
    definitions->segments.push_back({"zz-has-" + model::NormalName(name), "Have it", IsSet("profile." + name)});
  }
}

// --- Edits ---

void ForEachPredicate(Rule* rule, const std::function<void(Predicate*)>& visit) {
  if (rule->kind == Rule::Kind::kPredicate) visit(&rule->predicate);
  for (Rule& part : rule->parts) ForEachPredicate(&part, visit);
}

// Renames a segment everywhere. `from` is a copy, because its source changes.
void RenameSegment(TenantDefinitions* definitions, const std::string from, const std::string& to) {
  for (model::Segment& segment : definitions->segments) {
    if (segment.id == from) segment.id = to;
    ForEachPredicate(&segment.rule, [&](Predicate* predicate) {
      if (predicate->kind == Predicate::Kind::kInSegment && predicate->name == from) predicate->name = to;
    });
  }
}

// Removes the last segment that no other refers to.
void RemoveSegment(TenantDefinitions* definitions) {
  for (size_t i = definitions->segments.size(); i-- > 0;) {
    bool is_referred_to = false;
    for (model::Segment& segment : definitions->segments) {
      ForEachPredicate(&segment.rule, [&](const Predicate* predicate) {
        is_referred_to = is_referred_to || (predicate->kind == Predicate::Kind::kInSegment &&
                                            predicate->name == definitions->segments[i].id);
      });
    }
    if (is_referred_to) continue;
    definitions->segments.erase(definitions->segments.begin() + static_cast<ptrdiff_t>(i));
    return;
  }
}

struct Edit {
  const char* name;
  std::function<void(TenantDefinitions*)> apply;
};

const std::vector<Edit>& Edits() {
  static const std::vector<Edit> kEdits = {
      {"nothing", [](TenantDefinitions*) {}},
      {"types of fields",
       [](TenantDefinitions* definitions) {
         for (auto& [name, type] : definitions->fields) {
           type = static_cast<model::FieldType>((static_cast<int>(type) + 1) % 4);
         }
       }},
      {"time zone", [](TenantDefinitions* definitions) { definitions->timezone = "Asia/Kathmandu"; }},
      {"names of tiers",
       [](TenantDefinitions* definitions) {
         for (model::Tier& tier : definitions->tiers) tier.name += " then";
         definitions->tiers.back().name = "cold";
       }},
      {"bounds of tiers",
       [](TenantDefinitions* definitions) {
         for (model::Tier& tier : definitions->tiers) {
           if (tier.at_least) *tier.at_least -= 7;
         }
       }},
      {"a segment's rule",
       [](TenantDefinitions* definitions) {
         model::Segment& segment = definitions->segments.front();
         segment.rule = Negation(segment.rule);
       }},
      {"a segment renamed",
       [](TenantDefinitions* definitions) { RenameSegment(definitions, definitions->segments[1].id, "renamed"); }},
      {"a segment gone", RemoveSegment},
      {"a segment more",
       [](TenantDefinitions* definitions) {
         definitions->segments.push_back({"more", "More", Negation(definitions->segments.back().rule)});
       }},
      {"points", [](TenantDefinitions* definitions) {
         for (model::ScoringRule& rule : definitions->scoring.rules) rule.points = rule.points * 3 + 1;
         definitions->scoring.exclude.reset();
       }}};
  return kEdits;
}

// --- The program ---

std::vector<Json> Lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(model::Parse(line));
  return lines;
}

// A state that a first run has created.
class StateUnderTest {
 public:
  explicit StateUnderTest(const Workload& workload) : base_(scratch_.path()) {
    const Outcome outcome = Run(workload, LEADPULSE_BINARY, base_.string());
    EXPECT_EQ(outcome.failure, "");
    for (const InputFile& file : InputFiles(workload)) inputs_ += " --input '" + (base_ / file.name).string() + "'";
  }

  Json Preview(const model::Definitions& definitions) {
    std::ofstream(base_ / "new.yaml") << DefinitionsYaml(definitions);
    return model::Parse(Call("preview --format json"));
  }
  // Returns the changes that it publishes.
  std::vector<Json> RunUnderNew() {
    const size_t already = ReadWholeFile(base_ / "out" / "changes.jsonl").size();
    Call("run --quiet --output '" + (base_ / "out").string() + "'" + inputs_);
    return Lines(ReadWholeFile(base_ / "out" / "changes.jsonl").substr(already));
  }
  Tally Members() const {
    Tally members;
    for (const Json& lead : Lines(ReadWholeFile(base_ / "out" / "leads.jsonl"))) {
      ++members[{lead.at("tenantId"), "tiers", lead.at("tier")}];
      for (const Json& segment : lead.at("segments")) ++members[{lead.at("tenantId"), "segments", segment}];
    }
    return members;
  }

 private:
  std::string Call(const std::string& arguments) {
    const std::string line = std::string("'") + LEADPULSE_BINARY + "' " + arguments + " --state '" +
                             (base_ / "state").string() + "' --definitions '" + (base_ / "new.yaml").string() +
                             "' > '" + (base_ / "said").string() + "' 2> '" + (base_ / "errors").string() +
                             "' < /dev/null";
    EXPECT_EQ(std::system(line.c_str()), 0) << ReadWholeFile(base_ / "errors");
    return ReadWholeFile(base_ / "said");
  }

  const testing::ScratchDirectory scratch_;
  const fs::path base_;
  std::string inputs_;
};

Tally TallyOf(const Json& preview, const char* what) {
  Tally tally;
  for (const auto& [tenant, counts] : preview.at("tenants").items()) {
    for (const char* kind : {"tiers", "segments"}) {
      for (const auto& [name, flow] : counts.at(kind).items()) {
        if (flow.at(what) != 0) tally[{tenant, kind, name}] = flow.at(what);
      }
    }
  }
  return tally;
}

struct Moves {
  Tally enter;
  Tally leave;
};

Moves MovesOf(const std::vector<Json>& changes) {
  Moves moves;
  for (const Json& change : changes) {
    EXPECT_EQ(change.at("cause").at("kind"), "DEFINITIONS");
    const std::string kind = change.at("kind");
    const std::string tenant = change.at("tenantId");
    if (kind == "TIER_CHANGED") {
      ++moves.leave[{tenant, "tiers", change.at("from")}];
      ++moves.enter[{tenant, "tiers", change.at("to")}];
    } else if (kind == "SEGMENT_ENTERED" || kind == "SEGMENT_LEFT") {
      ++(kind == "SEGMENT_LEFT" ? moves.leave : moves.enter)[{tenant, "segments", change.at("name")}];
    }
  }
  return moves;
}

int64_t Total(const Tally& tally) {
  int64_t total = 0;
  for (const auto& [key, count] : tally) total += count;
  return total;
}

// Returns the number of leads that are in segments only because a field is unset.
int64_t CheckInByUnset(const Json& preview) {
  int64_t total = 0;
  for (const auto& [tenant, counts] : preview.at("tenants").items()) {
    const Json& segments = counts.at("segments");
    for (const auto& [id, segment] : segments.items()) {
      if (!segments.contains("zz-by-unset-" + id)) continue;
      const int64_t expected = segments.at("zz-by-unset-" + id).at("after");
      if (segment.at("definedIn") == "before") continue;
      const Json& in_by_unset = segment.at("inByUnset");
      EXPECT_EQ(in_by_unset.at("leads"), expected) << tenant << " " << id;
      EXPECT_EQ(in_by_unset.at("byField").empty(), expected == 0) << tenant << " " << id;
      total += expected;
    }
  }
  return total;
}

void CheckCoverage(const Json& preview) {
  for (const auto& [tenant, counts] : preview.at("tenants").items()) {
    for (const std::string& spelling : Words().attributes) {
      const std::string name = model::NormalName(spelling);
      const auto have_it = counts.at("segments").find("zz-has-" + name);
      // Not if the tenant falls back to the built-in definitions.
      if (have_it == counts.at("segments").end() || have_it->at("definedIn") == "before") continue;
      EXPECT_EQ(counts.at("fields").at(name).at("leads"), have_it->at("after")) << name;
    }
  }
}

// Replaces rules that a preview refuses, because a field has another type now.
void ReplaceNeverTrue(model::TenantDefinitions* definitions) {
  model::Rule has_tag;
  has_tag.predicate.kind = model::Predicate::Kind::kHasTag;
  has_tag.predicate.name = Words().tags.front();
  for (model::Segment& segment : definitions->segments) {
    if (model::HasNeverTrue(*definitions, segment.rule)) segment.rule = has_tag;
  }
  for (model::ScoringRule& rule : definitions->scoring.rules) {
    if (rule.when && model::HasNeverTrue(*definitions, *rule.when)) rule.when = has_tag;
  }
  if (definitions->scoring.exclude && model::HasNeverTrue(*definitions, *definitions->scoring.exclude)) {
    definitions->scoring.exclude.reset();
  }
}

struct Seen {
  int64_t enter = 0;
  int64_t leave = 0;
  int64_t by_unset = 0;
};

void CheckEdit(const model::Definitions& definitions, StateUnderTest* state, Seen* seen) {
  const Tally before = state->Members();
  const Json preview = state->Preview(definitions);
  const Moves moves = MovesOf(state->RunUnderNew());
  EXPECT_EQ(TallyOf(preview, "before"), before);
  EXPECT_EQ(TallyOf(preview, "enter"), moves.enter);
  EXPECT_EQ(TallyOf(preview, "leave"), moves.leave);
  EXPECT_EQ(TallyOf(preview, "after"), state->Members());
  CheckCoverage(preview);
  seen->enter += Total(moves.enter);
  seen->leave += Total(moves.leave);
  seen->by_unset += CheckInByUnset(preview);
}

TEST(PreviewRunTest, APreviewSaysWhatTheRunThenDoes) {
  const uint64_t first = Setting("LEADPULSE_PREVIEW_FIRST_SEED", 1);
  const uint64_t seeds = Setting("LEADPULSE_PREVIEW_SEEDS", 3);
  std::map<std::string, Seen> seen;
  for (uint64_t seed = first; seed < first + seeds && !::testing::Test::HasFailure(); ++seed) {
    Workload workload = MakeWorkload(seed);
    workload.phases.resize(1);
    if (seed % 2 == 0) workload.phases.front().until.reset();  // often long after the last record
    StateUnderTest state(workload);
    model::Definitions definitions = workload.phases.front().definitions;
    const auto check = [&](const std::string& name) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", edited: " + name);
      model::Definitions checked = definitions;
      for (auto& [tenant, one] : checked) {
        AddChecks(&one);
        ReplaceNeverTrue(&one);
      }
      CheckEdit(checked, &state, &seen[name]);
    };
    for (const Edit& edit : Edits()) {
      for (auto& [tenant, one] : definitions) edit.apply(&one);
      check(edit.name);
    }
    definitions = MakeWorkload(seed + 1'000'000).phases.front().definitions;
    check("everything");
  }
  for (const auto& [name, moved] : seen) {
    if (seeds < 5 || name == "nothing") continue;
    EXPECT_GT(moved.enter + moved.leave, 0) << "no lead moved after the edit of " << name;
    EXPECT_GT(moved.by_unset, 0) << "no lead is in a segment because of an unset field: " << name;
  }
}

}  // namespace
}  // namespace leadpulse::workload
