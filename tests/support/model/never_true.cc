#include "tests/support/model/never_true.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/calendar.h"
#include "tests/support/model/text.h"

namespace leadpulse::model {
namespace {

// What is known about the values of a field or a property. No type: they may be anything.
struct Values {
  std::optional<FieldType> type;
  std::vector<std::string> all;  // empty: any of the type
};

std::vector<std::string> Stages() {
  return {"new", "contacted", "engaged", "qualifying", "qualified", "follow_up", "converted", "lost", "archived"};
}

Values ValuesOf(const TenantDefinitions& definitions, const std::string& field) {
  static const std::map<std::string, FieldType> kTypes = {
      {"score", FieldType::kNumber},        {"lead_score", FieldType::kNumber},
      {"quality", FieldType::kNumber},      {"qualification", FieldType::kNumber},
      {"sends", FieldType::kNumber},        {"opens", FieldType::kNumber},
      {"clicks", FieldType::kNumber},       {"replies", FieldType::kNumber},
      {"bounces", FieldType::kNumber},      {"visits", FieldType::kNumber},
      {"sendable", FieldType::kBoolean},    {"do_not_contact", FieldType::kBoolean},
      {"created", FieldType::kDate},        {"last_sent", FieldType::kDate},
      {"last_delivered", FieldType::kDate}, {"last_opened", FieldType::kDate},
      {"last_clicked", FieldType::kDate},   {"last_opened_email", FieldType::kDate},
      {"last_replied", FieldType::kDate},   {"last_bounced", FieldType::kDate},
      {"last_visited", FieldType::kDate},   {"last_engaged", FieldType::kDate},
      {"tier", FieldType::kText},           {"stage", FieldType::kText},
      {"status", FieldType::kText},         {"lead_status", FieldType::kText},
      {"email_status", FieldType::kText},   {"agent", FieldType::kText},
      {"tags", FieldType::kText},           {"lists", FieldType::kText},
      {"campaigns", FieldType::kText}};
  const std::string name = NormalName(field);
  constexpr std::string_view kProfile = "profile.";
  if (name.starts_with(kProfile) && name.size() > kProfile.size()) {
    return {FieldTypeOf(definitions.fields, name.substr(kProfile.size())), {}};
  }
  const auto found = kTypes.find(name);
  if (found == kTypes.end()) return {FieldTypeOf(definitions.fields, name), {}};
  Values values = {found->second, {}};
  const bool is_status = name == "status" || name == "lead_status";
  if (name == "email_status") values.all = {"active", "bounced", "unsubscribed", "complained"};
  if (name == "stage" || is_status) values.all = Stages();
  if (is_status) values.all.emplace_back("unsubscribed");
  if (name == "tier") {
    for (const Tier& tier : definitions.tiers) values.all.push_back(Fold(tier.name));
  }
  return values;
}

// Whether a value may be equal to a literal. A day is its first instant.
bool MayEqual(const Values& values, const Literal& literal, const Zone& zone) {
  const bool is_text = literal.kind == Literal::Kind::kText;
  if (is_text && IsBlank(literal.text)) return false;
  if (!values.type) return true;
  switch (*values.type) {
    case FieldType::kNumber:
      return literal.kind == Literal::Kind::kNumber;
    case FieldType::kBoolean:
      return literal.kind == Literal::Kind::kBoolean;
    case FieldType::kText:
      return is_text && (values.all.empty() || std::ranges::count(values.all, Fold(literal.text)) > 0);
    default:
      break;
  }
  const std::optional<Millis> instant = is_text ? zone.ReadDateLiteral(literal.text) : std::nullopt;
  if (values.type == FieldType::kCalendarDay) return instant && zone.DayStart(zone.DayOf(*instant)) == *instant;
  return instant.has_value();
}

bool MayBeInstant(const Values& values) {
  return values.type != FieldType::kText && values.type != FieldType::kNumber && values.type != FieldType::kBoolean;
}

bool MayBe(const Values& values, FieldType type) { return !values.type || values.type == type; }

bool MayPass(const Values& values, const Test& test, const Zone& zone) {
  switch (test.kind) {
    case Test::Kind::kIsSet:
    case Test::Kind::kIsNotSet:
      return true;
    case Test::Kind::kText:
    case Test::Kind::kNotText:
      return MayBe(values, FieldType::kText);
    case Test::Kind::kCompare:
      if (test.compare == Compare::kEqual || test.compare == Compare::kNotEqual) break;
      if (test.values[0].kind == Literal::Kind::kNumber) return MayBe(values, FieldType::kNumber);
      return MayBeInstant(values);
    default:
      break;
  }
  return std::ranges::all_of(test.values, [&](const Literal& literal) { return MayEqual(values, literal, zone); });
}

// Returns the days from today on; nullopt if it is no such day.
std::optional<int> DaysAhead(const Instant& instant) {
  if (instant.kind == Instant::Kind::kYesterday) return -1;
  if (instant.kind == Instant::Kind::kToday) return 0;
  if (instant.kind == Instant::Kind::kTomorrow) return 1;
  return std::nullopt;
}

// Returns the time from now on; nullopt if it is no such time.
std::optional<Millis> TimeAhead(const Instant& instant) {
  if (instant.kind == Instant::Kind::kAgo) return -instant.duration.millis();
  if (instant.kind == Instant::Kind::kFromNow) return instant.duration.millis();
  return std::nullopt;
}

// Whether no instant is from `from` on and before `to`, a day until its end, whatever the time is now.
bool IsEmpty(const Instant& from, const Instant& to, const Zone& zone) {
  if (from.kind == Instant::Kind::kLiteral && to.kind == Instant::Kind::kLiteral) {
    const std::optional<absl::CivilDay> day = ReadCalendarDay(to.literal);
    return *zone.ReadDateLiteral(from.literal) >= (day ? zone.DayStart(*day + 1) : *zone.ReadDateLiteral(to.literal));
  }
  if (DaysAhead(from) && DaysAhead(to)) return *DaysAhead(from) > *DaysAhead(to);
  return TimeAhead(from) && TimeAhead(to) && *TimeAhead(from) >= *TimeAhead(to);
}

bool IsEmpty(const Window& window, const Zone& zone) {
  return window.kind == Window::Kind::kBetween && IsEmpty(window.from, window.to, zone);
}

}  // namespace

bool HasNeverTrue(const TenantDefinitions& definitions, const Step& step) {
  return std::ranges::any_of(step.where, [&](const PropertyTest& test) {
    return !MayPass({DeclaredType(definitions.event_properties, NormalName(test.property)), {}}, test.test,
                    Zone::Named(definitions.timezone));
  });
}

bool HasNeverTrue(const TenantDefinitions& definitions, const Predicate& predicate) {
  const Zone& zone = Zone::Named(definitions.timezone);
  if (predicate.IsAboutInstant()) {
    const bool is_between = predicate.kind == Predicate::Kind::kBetweenInstants;
    return !MayBeInstant(ValuesOf(definitions, predicate.field)) ||
           (is_between && IsEmpty(predicate.from, predicate.to, zone));
  }
  switch (predicate.kind) {
    case Predicate::Kind::kTest:
      return !MayPass(ValuesOf(definitions, predicate.field), predicate.test, zone);
    case Predicate::Kind::kBetweenNumbers:
      return !MayBe(ValuesOf(definitions, predicate.field), FieldType::kNumber) || predicate.high < predicate.low;
    case Predicate::Kind::kDid:
      return HasNeverTrue(definitions, predicate.step) || IsEmpty(predicate.window, zone);
    case Predicate::Kind::kThen:
      return IsEmpty(predicate.window, zone) || HasNeverTrue(definitions, predicate.step) ||
             HasNeverTrue(definitions, predicate.second);
    default:
      return false;
  }
}

bool HasNeverTrue(const TenantDefinitions& definitions, const Rule& rule) {
  if (rule.kind == Rule::Kind::kPredicate) return HasNeverTrue(definitions, rule.predicate);
  return std::ranges::any_of(rule.parts, [&](const Rule& part) { return HasNeverTrue(definitions, part); });
}

}  // namespace leadpulse::model
