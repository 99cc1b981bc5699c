#include <string>
#include <utility>
#include <variant>

#include "config/setting_texts.h"
#include "config/tenant_loader.h"
#include "processor/base/normal_text.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/rules/language/printer.h"

namespace leadpulse::config {
namespace {

std::optional<EventType> LoadEventType(const YamlValue& value) {
  std::vector<std::string> names;
  for (EventType type : kCountedTypes) names.emplace_back(EventTypeName(type));
  const std::optional<size_t> index = value.Choice("an event type", names);
  if (!index) return std::nullopt;
  return kCountedTypes[*index];
}

std::optional<rules::Text> LoadText(const YamlValue& value, std::string_view what) {
  std::optional<std::string> text = value.Text(what);
  if (!text) return std::nullopt;
  NormalizeText(&*text);
  if (text->empty()) return value.Refuse("expected " + std::string(what) + ", found an empty text");
  std::string folded = FoldCase(*text);
  return rules::Text{*std::move(text), std::move(folded)};
}

std::optional<BounceKind> LoadBounceKind(const YamlValue& value) {
  const std::optional<size_t> index = value.Choice("a kind of bounce", std::vector<std::string>{"hard", "soft"});
  if (!index) return std::nullopt;
  return *index == 0 ? BounceKind::kHard : BounceKind::kSoft;
}

std::optional<Limit> LoadLimit(const YamlValue& value) {
  const std::optional<YamlKeys> keys = value.Keys("a limit {count, per}", {"count", "per"});
  if (!keys) return std::nullopt;
  Limit limit;
  const YamlEntry* per = keys->Find("per");
  const bool has_count = keys->Integer("count", 1, kMaxCount, &limit.count);
  if (!has_count || per == nullptr) value.Error("a limit needs both `count` and `per`");
  if (per != nullptr) {
    const std::optional<size_t> index = per->value.Choice("what the limit is counted by", LimitPerNames());
    if (index) limit.per = static_cast<LimitPer>(*index);
  }
  return limit;
}

std::optional<Decay> LoadDecay(const YamlValue& value) {
  const std::optional<YamlKeys> keys = value.Keys("a decay {percent, every}", {"percent", "every"});
  if (!keys) return std::nullopt;
  Decay decay;
  const YamlEntry* every = keys->Find("every");
  const bool has_percent = keys->Integer("percent", 0, 100, &decay.percent);
  if (!has_percent || every == nullptr) value.Error("a decay needs both `percent` and `every`");
  if (every != nullptr) decay.every = every->value.Duration().value_or(Millis{0});
  return decay;
}

// Checks which keys are combined. Reports a wrong combination at the surplus key.
void CheckCombination(const YamlValue& value, const YamlKeys& keys) {
  const YamlEntry* kind = nullptr;
  for (const char* name : {"event", "match", "when"}) {
    const YamlEntry* entry = keys.Find(name);
    if (entry == nullptr) continue;
    if (kind != nullptr) {
      entry->KeyError("`" + entry->key + "` beside `" + kind->key +
                      "`; a scoring rule has exactly one of event, match and when");
    } else {
      kind = entry;
    }
  }
  if (kind == nullptr) return value.Error("a scoring rule needs one of `event`, `match` and `when`");
  const auto refuse = [&](std::initializer_list<const char*> names, const std::string& why) {
    for (const char* name : names) {
      if (const YamlEntry* entry = keys.Find(name))
        entry->KeyError("`" + entry->key + "` beside `" + kind->key + "`; " + why);
    }
  };
  if (kind->key == "match")
    refuse({"name", "campaign"}, "say it in the step, as in 'click \"demo\" CAMPAIGN \"spring\"'");
  if (kind->key == "when") {
    refuse({"name", "campaign", "bounce", "limit", "decay", "expires_after"},
           "a rule with `when` gives its points while it holds, and takes nothing else");
  }
}

// Loads `event`, `name`, `campaign` and `bounce`, or `match` and `bounce`, as a step.
std::optional<rules::Step> LoadStepOf(const YamlKeys& keys, const RuleScope& scope) {
  std::optional<rules::Step> step;
  const YamlEntry* event = keys.Find("event");
  if (event != nullptr) {
    if (const std::optional<EventType> type = LoadEventType(event->value)) {
      step.emplace();
      step->type = *type;
    }
  }
  if (const YamlEntry* match = keys.Find("match")) {
    std::optional<rules::Step> matched = LoadStep(match->value, scope);
    if (event == nullptr) step = std::move(matched);
  }
  std::optional<rules::Text> name, campaign;
  std::optional<BounceKind> bounce;
  if (const YamlEntry* entry = keys.Find("name")) name = LoadText(entry->value, "a name");
  if (const YamlEntry* entry = keys.Find("campaign")) campaign = LoadText(entry->value, "a campaign's id");
  if (const YamlEntry* entry = keys.Find("bounce")) {
    bounce = LoadBounceKind(entry->value);
    if (step && step->type != EventType::kBounce) {
      entry->KeyError("`bounce` beside the event " + std::string(EventTypeName(step->type)) +
                      "; only a bounce has a kind");
    }
  }
  if (!step) return std::nullopt;
  if (name) step->name = *std::move(name);
  if (campaign) step->campaign = *std::move(campaign);
  step->bounce = bounce;
  step->id = rules::NewStepId();
  return step;
}

std::string SignedPoints(int64_t points) { return points < 0 ? std::to_string(points) : "+" + std::to_string(points); }

std::string DescribeStep(const rules::Step& step) {
  std::string text;
  if (IsPlainStep(step)) {
    text = EventTypeName(step.type);
    if (const auto* name = std::get_if<rules::Text>(&step.name)) text += " " + ValueToJson(name->text);
    if (step.campaign) text += " campaign " + ValueToJson(step.campaign->text);
  } else {
    text = rules::PrintStep(step);
  }
  if (step.bounce) text = std::string(BounceKindName(*step.bounce)) + " " + text;
  return text;
}

// Returns `page_visit "pricing" +20, limit 1 per day, decay 10% every 7d, expires after 90d`. Describes the meaning of
// the rule, not its spelling in the file: equal rules have equal descriptions.
std::string DescribeScoringRule(const ScoringRule& rule) {
  std::string text = rule.step ? DescribeStep(*rule.step) : "while " + rules::PrintNode(*rule.when->root);
  text += (rule.step ? " " : ": ") + SignedPoints(rule.points);
  if (rule.limit) {
    text += ", limit " + std::to_string(rule.limit->count) + " per " +
            LimitPerNames()[static_cast<size_t>(rule.limit->per)];
  }
  if (rule.decay) {
    text += ", decay " + std::to_string(rule.decay->percent) + "% every " + SpellPreciseDuration(rule.decay->every);
  }
  if (rule.expires_after) text += ", expires after " + SpellPreciseDuration(*rule.expires_after);
  return text;
}

bool GivesByCount(const ScoringRule& rule) {
  if (!rule.step || rule.limit || rule.decay || rule.expires_after) return false;
  const rules::Step& step = *rule.step;
  return step.scope == rules::Scope::kPeople && !step.campaign && step.where.empty() &&
         std::holds_alternative<std::monostate>(step.name);
}

// Returns the points of an entry after 0, 1, 2, … full periods; the last element is that of all later ones. At most
// about 1,500 elements (1% of a million points).
std::vector<int64_t> PointsByAge(int64_t points, const std::optional<Decay>& decay) {
  constexpr int64_t kParts = 1'000'000;
  std::vector<int64_t> by_age{points};
  if (!decay) return by_age;
  // Division truncates toward zero, so the amount shrinks with every step, or percent is 0 and it stays the same.
  int64_t amount = points * kParts;
  while (by_age.back() != 0) {
    const int64_t next = amount * (100 - decay->percent) / 100;
    if (next == amount) break;
    amount = next;
    by_age.push_back(amount / kParts);
  }
  return by_age;
}

std::optional<ScoringRule> LoadScoringRule(const YamlValue& value, const RuleScope& scope) {
  const std::optional<YamlKeys> keys =
      value.Keys("a scoring rule such as {event: open, points: 1}",
                 {"event", "name", "campaign", "bounce", "match", "when", "points", "limit", "decay", "expires_after"});
  if (!keys) return std::nullopt;
  CheckCombination(value, *keys);
  ScoringRule rule;
  rule.step = LoadStepOf(*keys, scope);
  if (const YamlEntry* entry = keys->Find("when")) rule.when = LoadRule(entry->value, scope, /*inside_score=*/true);
  if (!keys->Integer("points", -kMaxPoints, kMaxPoints, &rule.points)) value.Error("a scoring rule needs `points`");
  if (const YamlEntry* entry = keys->Find("limit")) rule.limit = LoadLimit(entry->value);
  if (const YamlEntry* entry = keys->Find("decay")) rule.decay = LoadDecay(entry->value);
  if (const YamlEntry* entry = keys->Find("expires_after")) rule.expires_after = entry->value.Duration();
  if (!rule.step && !rule.when) return std::nullopt;
  rule.points_by_age = PointsByAge(rule.points, rule.decay);
  rule.by_count = GivesByCount(rule);
  rule.description = DescribeScoringRule(rule);
  return rule;
}

void LoadRules(const YamlValue& value, const RuleScope& scope, std::vector<ScoringRule>* scoring) {
  const std::optional<std::vector<YamlValue>> rules = value.List("a list of scoring rules");
  if (!rules) return;
  for (size_t i = 0; i < rules->size() && !value.log().full(); ++i) {
    if (i == kMaxScoringRules) {
      (*rules)[i].Error("more than " + std::to_string(kMaxScoringRules) + " scoring rules");
      return;
    }
    if (std::optional<ScoringRule> rule = LoadScoringRule((*rules)[i], scope)) scoring->push_back(*std::move(rule));
  }
}

}  // namespace

void LoadScoring(const YamlValue& value, const RuleScope& scope, TenantDefinitions* tenant) {
  const std::optional<YamlKeys> keys =
      value.Keys("a map with rules, exclude, reset_on, min and max", {"rules", "exclude", "reset_on", "min", "max"});
  if (!keys) return;
  if (const YamlEntry* rules = keys->Find("rules")) {
    std::vector<ScoringRule> loaded;
    LoadRules(rules->value, scope, &loaded);
    tenant->scoring = std::make_shared<const std::vector<ScoringRule>>(std::move(loaded));
  }
  if (const YamlEntry* entry = keys->Find("exclude"))
    tenant->exclude = LoadRule(entry->value, scope, /*inside_score=*/true);
  if (const YamlEntry* types = keys->Find("reset_on")) LoadEventTypes(types->value, &tenant->reset_on);
  keys->Integer("min", -kMaxPoints, kMaxPoints, &tenant->score_min);
  keys->Integer("max", -kMaxPoints, kMaxPoints, &tenant->score_max);
  if (tenant->score_min && tenant->score_max && *tenant->score_min > *tenant->score_max) {
    const YamlEntry *min = keys->Find("min"), *max = keys->Find("max");
    const YamlEntry* later = min->key_offset > max->key_offset ? min : max;
    later->value.Error("`min` (" + std::to_string(*tenant->score_min) + ") is above `max` (" +
                       std::to_string(*tenant->score_max) + ")");
  }
}

void LoadEventTypes(const YamlValue& value, EventTypes* types) {
  const std::optional<std::vector<YamlValue>> list = value.List("a list of event types such as [click, reply]");
  if (!list) return;
  *types = {};
  for (const YamlValue& element : *list) {
    if (const std::optional<EventType> type = LoadEventType(element)) types->Insert(*type);
  }
}

bool IsPlainStep(const rules::Step& step) {
  return step.scope == rules::Scope::kPeople && step.where.empty() &&
         !std::holds_alternative<rules::TextTest>(step.name);
}

std::vector<std::string> LimitPerNames() { return {"message", "campaign", "day", "lifetime"}; }

}  // namespace leadpulse::config
