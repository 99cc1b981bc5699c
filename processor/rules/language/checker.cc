#include "processor/rules/language/checker.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/nearest.h"
#include "processor/rules/language/field_names.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::rules {
namespace {

constexpr std::array<BuiltIn, 6> kOfTheScore = {BuiltIn::kScore,         BuiltIn::kTier,  BuiltIn::kQuality,
                                                BuiltIn::kQualification, BuiltIn::kStage, BuiltIn::kStatus};

template <typename Declared>
std::vector<std::string> NamesOf(const std::map<std::string, Declared, std::less<>>& declared) {
  std::vector<std::string> names;
  for (const auto& [name, of_name] : declared) names.push_back(name);
  return names;
}

std::string DidYouMean(std::string_view name, const std::vector<std::string>& known, std::string otherwise) {
  const std::optional<std::string> nearest = NearestName(name, known);
  return nearest ? "did you mean " + Excerpt(*nearest) + "?" : std::move(otherwise);
}

class Checker {
 public:
  explicit Checker(const Declarations& declarations) : declarations_(declarations) {}

  void Check(Node* root) {
    ForEachNode(root, [this](Node* node) {
      if (const Field* field = FieldOf(*node)) CheckField(*field);
      if (auto* segment = std::get_if<InSegment>(&node->kind)) CheckSegment(segment);
      if (auto* sendable = std::get_if<SendableFor>(&node->kind)) CheckTopic(sendable);
      ForEachStep(node, [this](Step* step) {
        CheckProperties(*step);
        step->id = NewStepId();
      });
      ForEachDate(node, [this](DateLiteral* date) { Resolve(date); });
    });
  }

  void Check(Step* step) {
    CheckProperties(*step);
    ForEachDateOfStep(step, [this](DateLiteral* date) { Resolve(date); });
  }

  CheckResult TakeResult() && { return std::move(result_); }

 private:
  void Resolve(DateLiteral* date) const {
    if (date->day) {
      date->at = declarations_.calendar->StartOf(*date->day);
    } else {
      const std::optional<Instant> at = ParseRfc3339(date->text);
      LP_ASSERT(at.has_value());
      date->at = *at;
    }
  }

  void CheckField(const Field& field) {
    if (const auto* built_in = std::get_if<BuiltIn>(&field.name)) {
      const bool of_score = std::ranges::find(kOfTheScore, *built_in) != kOfTheScore.end();
      if (declarations_.inside_score && of_score) FailInsideScore(field.span, Excerpt(field.spelling));
      return;
    }
    const std::string& name = std::get<std::string>(field.name);
    if (name == "email" || IsOfSearches(name) || declarations_.fields->contains(name)) return;
    result_.undeclared.push_back(
        {field.span, "the field " + Excerpt(field.spelling) + " is not declared under fields", MeantField(name)});
  }

  void FailInsideScore(Span span, const std::string& what) {
    result_.errors.push_back({span, what + " depends on the score, so no rule that makes the score can ask for it",
                              "ask for what the lead is or did: a field, a list, or DID …"});
  }

  void CheckSegment(InSegment* segment) {
    if (declarations_.inside_score) return FailInsideScore(segment->span, "IN SEGMENT");
    const std::vector<std::string>& ids = *declarations_.segment_ids;
    const auto id = std::ranges::lower_bound(ids, segment->segment);
    if (id != ids.end() && *id == segment->segment) {
      segment->index = static_cast<uint32_t>(id - ids.begin());
      return;
    }
    result_.errors.push_back({segment->span, "there is no segment " + Excerpt(segment->segment),
                              DidYouMean(segment->segment, ids, "segments are named by their id, exactly")});
  }

  void CheckTopic(SendableFor* sendable) {
    const TopicIndexes& topics = *declarations_.topics;
    if (const auto declared = topics.find(sendable->topic.folded); declared != topics.end()) {
      sendable->index = declared->second;
      return;
    }
    result_.errors.push_back(
        {sendable->span, "the topic " + Excerpt(sendable->topic.text) + " is not declared under topics",
         DidYouMean(sendable->topic.folded, NamesOf(topics), "declare it, or check how it is spelled")});
  }

  void CheckProperties(const Step& step) {
    for (const PropertyTest& test : step.where) {
      if (declarations_.event_properties->contains(test.property)) continue;
      result_.errors.push_back(
          {test.span, "the property " + Excerpt(test.spelling) + " is not declared under event_properties",
           DidYouMean(test.property, NamesOf(*declarations_.event_properties), "only declared properties are kept")});
    }
  }

  // Returns the hint for a name. Cached by name, because a long rule may repeat it.
  const std::string& MeantField(const std::string& name) {
    const auto [hint, is_new] = meant_fields_.try_emplace(name);
    if (is_new) hint->second = DidYouMean(name, KnownFields(), "declare it, or check how it is spelled");
    return hint->second;
  }

  // Returns candidates for a mistyped field: the declared ones first.
  const std::vector<std::string>& KnownFields() {
    if (!known_fields_.empty()) return known_fields_;
    known_fields_ = NamesOf(*declarations_.fields);
    known_fields_.push_back("email");
    for (int i = 0; i <= static_cast<int>(BuiltIn::kCampaigns); ++i) {
      known_fields_.emplace_back(BuiltInName(static_cast<BuiltIn>(i)));
    }
    return known_fields_;
  }

  const Declarations& declarations_;
  CheckResult result_;
  std::vector<std::string> known_fields_;
  std::map<std::string, std::string> meant_fields_;
};

}  // namespace

CheckResult CheckRule(const Declarations& declarations, Rule* rule) {
  Checker checker(declarations);
  checker.Check(rule->root.get());
  return std::move(checker).TakeResult();
}

CheckResult CheckStep(const Declarations& declarations, Step* step) {
  Checker checker(declarations);
  checker.Check(step);
  return std::move(checker).TakeResult();
}

std::vector<uint32_t> ReferencedSegments(const Rule& rule) {
  std::set<uint32_t> indexes;
  ForEachNode(rule.root.get(), [&](const Node* node) {
    const auto* segment = std::get_if<InSegment>(&node->kind);
    if (segment != nullptr && segment->index != UINT32_MAX) indexes.insert(segment->index);
  });
  return {indexes.begin(), indexes.end()};
}

std::vector<std::string> ReferencedAttributes(const Rule& rule) {
  std::set<std::string> names;
  ForEachNode(rule.root.get(), [&](const Node* node) {
    const Field* field = FieldOf(*node);
    const auto* name = field == nullptr ? nullptr : std::get_if<std::string>(&field->name);
    if (name != nullptr) names.insert(*name);
  });
  return {names.begin(), names.end()};
}

}  // namespace leadpulse::rules
