#include "tests/support/workload/rules.h"

#include "tests/support/model/never_true.h"
#include "tests/support/model/text.h"

namespace leadpulse::workload {
namespace {

using model::Compare;
using model::Day;
using model::EventType;
using model::FieldType;
using model::Instant;
using model::Literal;
using model::Period;
using model::Predicate;
using model::Rule;
using model::Step;
using model::Test;
using model::TextTest;
using model::Window;

// A field of the rule language and a suitable kind of literal.
struct Asked {
  std::string field;
  FieldType taste;
};

const std::vector<Asked>& AlwaysThere() {
  static const std::vector<Asked> kFields = {
      {"email_status", FieldType::kText}, {"agent", FieldType::kText},     {"do_not_contact", FieldType::kBoolean},
      {"sendable", FieldType::kBoolean},  {"created", FieldType::kDate},   {"last opened email", FieldType::kDate},
      {"Last_Engaged", FieldType::kDate}, {"sends", FieldType::kNumber},   {"opens", FieldType::kNumber},
      {"CLICKS", FieldType::kNumber},     {"replies", FieldType::kNumber}, {"bounces", FieldType::kNumber},
      {"visits", FieldType::kNumber},     {"tags", FieldType::kText},      {"lists", FieldType::kText},
      {"campaigns", FieldType::kText}};
  return kFields;
}

const std::vector<Asked>& WithScore() {
  static const std::vector<Asked> kFields = {{"score", FieldType::kNumber},     {"Lead Score", FieldType::kNumber},
                                             {"quality", FieldType::kNumber},   {"qualification", FieldType::kNumber},
                                             {"tier", FieldType::kText},        {"stage", FieldType::kText},
                                             {"Lead Status", FieldType::kText}, {"status", FieldType::kText}};
  return kFields;
}

// Returns the names of statuses, stages and tiers.
const std::vector<std::string>& StandingWords() {
  static const std::vector<std::string> kWords = {"active",  "bounced",   "Unsubscribed", "complained", "new",
                                                  "engaged", "contacted", "qualified",    "converted",  "hot",
                                                  "warm",    "agent-1",   "vip",          "spring"};
  return kWords;
}

FieldType TasteOf(const std::string& attribute) {
  if (attribute == "budget" || attribute == "seats") return FieldType::kNumber;
  if (attribute == "vip_status") return FieldType::kBoolean;
  if (attribute == "Renewal Date" || attribute == "birthday") {
    return FieldType::kDate;
  }
  return FieldType::kText;
}

// Whether a field of the program has the name of this attribute.
bool IsField(const std::string& attribute) { return attribute == "status" || attribute == "Opens"; }

}  // namespace

Rule RuleMaker::MakeRule(int depth, bool may_use_score) {
  Rule rule;
  const int64_t shape = depth == 0 ? 0 : random_.Below(10);
  if (shape < 5) {
    rule.predicate = MakePredicate(may_use_score);
    return rule;
  }
  if (shape == 5) {
    rule.kind = Rule::Kind::kNot;
    rule.parts.push_back(MakeRule(depth - 1, may_use_score));
    return rule;
  }
  rule.kind = shape < 8 ? Rule::Kind::kAnd : Rule::Kind::kOr;
  const int64_t parts = random_.Between(2, 3);
  for (int64_t i = 0; i < parts; ++i) {
    rule.parts.push_back(MakeRule(depth - 1, may_use_score));
  }
  return rule;
}

Predicate RuleMaker::MakePredicate(bool may_use_score) {
  while (true) {
    const Predicate predicate = MakeAnyPredicate(may_use_score);
    if (comparisons_ == Comparisons::kAny || !model::HasNeverTrue(definitions_, predicate)) return predicate;
  }
}

Predicate RuleMaker::MakeAnyPredicate(bool may_use_score) {
  Predicate predicate;
  int64_t kind = random_.Below(100);
  if (random_.Chance(60)) {
    if (world_.theme == Theme::kProfile) kind = random_.Chance(60) ? 0 : 60;
    if (world_.theme == Theme::kDates) kind = 30;
    if (world_.theme == Theme::kSequences) kind = 80;
    if (world_.theme == Theme::kOptOuts) kind = random_.Chance(60) ? 95 : 0;
  }
  if (kind < 25) {
    FillProfile(predicate, may_use_score);
  } else if (kind < 58) {
    FillTime(predicate);
  } else if (kind < 78) {
    FillDid(predicate);
  } else if (kind < 90) {
    FillThen(predicate);
  } else {
    FillName(predicate, may_use_score);
  }
  return predicate;
}

void RuleMaker::FillProfile(Predicate& predicate, bool may_use_score) {
  Asked asked;
  if (random_.Chance(50)) {
    asked.field = random_.OneOf(Words().attributes);
    asked.taste = TasteOf(asked.field);
    asked.field = (IsField(asked.field) || random_.Chance(20) ? "profile." : "") + Respell(random_, asked.field);
  } else {
    asked = random_.OneOf(may_use_score && random_.Chance(50) ? WithScore() : AlwaysThere());
  }
  predicate.field = asked.field;
  if (random_.Chance(5)) asked.taste = FieldType::kNumber;
  if (asked.taste == FieldType::kNumber && random_.Chance(25)) {
    predicate.kind = Predicate::Kind::kBetweenNumbers;
    predicate.negated = random_.Chance(40);
    predicate.low = model::Number(random_.OneOf(Words().numbers));
    predicate.high = model::Number(random_.OneOf(Words().numbers));
    return;
  }
  predicate.test = MakeTest(asked.taste, true);
}

std::string RuleMaker::TimeField() {
  static const std::vector<std::string> kFields = {"created",      "last_sent",    "last_delivered", "Last Opened",
                                                   "last_clicked", "last_replied", "last_bounced",   "last_visited",
                                                   "last_engaged", "renewal date", "Birthday",       "RENEWAL_DATE"};
  if (random_.Chance(8)) {
    const std::string attribute = random_.OneOf(Words().attributes);
    return (IsField(attribute) ? "profile." : "") + attribute;
  }
  if (world_.theme == Theme::kDates && random_.Chance(60)) return random_.Chance(60) ? "birthday" : "Renewal Date";
  return random_.OneOf(kFields);
}

void RuleMaker::FillTime(Predicate& predicate) {
  predicate.field = TimeField();
  const bool celebrates = world_.theme == Theme::kDates && random_.Chance(40);
  switch (celebrates ? 9 : random_.Below(10)) {
    case 0:
    case 1:
    case 2:
      predicate.kind = Predicate::Kind::kAge;
      predicate.compare = static_cast<Compare>(random_.Between(2, 5));
      predicate.duration = random_.OneOf(world_.durations);
      predicate.from_now = random_.Chance(35);
      return;
    case 3:
    case 4:
      predicate.kind = random_.Chance(50) ? Predicate::Kind::kBefore : Predicate::Kind::kAfter;
      predicate.from = MakeInstant();
      return;
    case 5:
    case 6:
      predicate.kind = Predicate::Kind::kBetweenInstants;
      predicate.from = MakeInstant();
      predicate.to = MakeInstant();
      break;
    case 7:
      predicate.kind = Predicate::Kind::kOnDay;
      predicate.day = MakeDay();
      break;
    case 8:
      predicate.kind = Predicate::Kind::kInPeriod;
      predicate.period = MakePeriod();
      break;
    default:
      predicate.kind = Predicate::Kind::kAnniversary;
      if (random_.Chance(60)) {
        predicate.next_days = static_cast<int>(random_.Between(0, 9));
      }
      return;
  }
  predicate.negated = random_.Chance(30);
}

void RuleMaker::FillDid(Predicate& predicate) {
  predicate.kind = Predicate::Kind::kDid;
  predicate.step = MakeStep();
  if (random_.Chance(60)) {
    predicate.times = random_.Below(4);
    predicate.compare = static_cast<Compare>(random_.Below(6));
  }
  predicate.window = MakeWindow();
}

void RuleMaker::FillThen(Predicate& predicate) {
  predicate.kind = Predicate::Kind::kThen;
  predicate.negated = random_.Chance(50);
  predicate.step = MakeStep();
  predicate.second = MakeStep();
  predicate.duration = random_.OneOf(world_.durations);
  predicate.same = static_cast<Predicate::Same>(random_.Below(3));
  if (random_.Chance(50)) predicate.window = MakeWindow();
}

void RuleMaker::FillName(Predicate& predicate, bool may_use_score) {
  const Vocabulary& words = Words();
  if (!definitions_.topics.empty() && random_.Chance(world_.theme == Theme::kOptOuts ? 60 : 15)) {
    predicate.kind = Predicate::Kind::kSendableFor;
    predicate.name = Respell(random_, random_.OneOf(definitions_.topics).id);
    return;
  }
  switch (random_.Below(7)) {
    case 6:
      predicate.kind = Predicate::Kind::kHasWords;
      predicate.name = random_.OneOf(Searches());
      return;
    case 0:
      predicate.kind = Predicate::Kind::kHasTag;
      predicate.name = random_.OneOf(words.tags);
      return;
    case 1:
      predicate.kind = Predicate::Kind::kHasConsent;
      predicate.name = random_.OneOf(words.purposes);
      return;
    case 2:
      predicate.kind = Predicate::Kind::kInList;
      predicate.name = random_.OneOf(words.tags);
      return;
    case 3:
      predicate.kind = Predicate::Kind::kInCampaign;
      predicate.name = words.campaigns[random_.Between(1, 4)];
      return;
    default:
      break;
  }
  if (may_use_score && !definitions_.segments.empty()) {
    // Uses only segments made before this one, so that there is no cycle.
    predicate.kind = Predicate::Kind::kInSegment;
    predicate.name = random_.OneOf(definitions_.segments).id;
    return;
  }
  predicate.kind = Predicate::Kind::kHasTag;
  predicate.name = random_.OneOf(words.tags);
}

Test RuleMaker::MakeTest(FieldType taste, bool may_be_date) {
  Test test;
  test.kind = static_cast<Test::Kind>(random_.Below(9));
  const bool is_text_test = test.kind == Test::Kind::kText || test.kind == Test::Kind::kNotText;
  if (is_text_test) test.text = MakeTextTest();
  test.values = {MakeLiteral(taste)};
  if (test.kind == Test::Kind::kIn || test.kind == Test::Kind::kNotIn) {
    test.values.push_back(MakeLiteral(taste));
    if (random_.Chance(30)) test.values.push_back(MakeLiteral(taste));
  }
  if (test.kind == Test::Kind::kCompare) {
    test.compare = static_cast<Compare>(random_.Below(6));
    const bool is_ordered = test.compare >= Compare::kLess;
    const Literal& value = test.values[0];
    const bool has_order = value.kind == Literal::Kind::kNumber || (may_be_date && taste == FieldType::kDate);
    // Only numbers and dates have an order; other literals would be errors.
    if (is_ordered && !has_order) test.compare = Compare::kNotEqual;
  }
  return test;
}

Literal RuleMaker::MakeLiteral(FieldType taste) {
  Literal literal;
  switch (taste) {
    case FieldType::kNumber:
      literal.kind = Literal::Kind::kNumber;
      literal.number = model::Number(random_.OneOf(random_.Chance(60) ? world_.numbers : Words().numbers));
      break;
    case FieldType::kBoolean:
      literal.kind = Literal::Kind::kBoolean;
      literal.flag = random_.Chance(50);
      break;
    case FieldType::kDate:
    case FieldType::kCalendarDay:
      literal.text = random_.OneOf(world_.instants);
      break;
    case FieldType::kText:
      literal.text = random_.OneOf(random_.Chance(60)   ? world_.texts
                                   : random_.Chance(50) ? StandingWords()
                                                        : Words().texts);
      if (random_.Chance(10)) {
        literal.kind = Literal::Kind::kNumber;
        literal.number = model::Number(random_.OneOf(Words().numbers));
      }
      break;
  }
  return literal;
}

TextTest RuleMaker::MakeTextTest() {
  static const std::vector<std::string> kParts = {"tech", "LOGY", "us",  "ß",        "/pricing", "ing", "o", "ΣΤΊ",
                                                  "ς",    "1",    "Äpf", "@EXAMPLE", "u",        "a",   "e"};
  TextTest test;
  test.kind = static_cast<TextTest::Kind>(random_.Below(3));
  test.text = random_.OneOf(kParts);
  return test;
}

Step RuleMaker::MakeStep() {
  while (true) {
    const Step step = MakeAnyStep();
    if (comparisons_ == Comparisons::kAny || !model::HasNeverTrue(definitions_, step)) return step;
  }
}

Step RuleMaker::MakeAnyStep() {
  static const std::vector<EventType> kOften = {EventType::kOpen, EventType::kClick, EventType::kPageVisit,
                                                EventType::kCustom, EventType::kSent};
  Step step;
  const bool is_plain = world_.theme == Theme::kSequences || world_.theme == Theme::kScoring;
  if (is_plain && random_.Chance(70)) {
    static const std::vector<EventType> kPlain = {EventType::kSent, EventType::kOpen, EventType::kClick,
                                                  EventType::kPageVisit};
    step.action = random_.OneOf(kPlain);
    if (random_.Chance(20)) step.who = Step::Who::kAny;
    return step;
  }
  step.action = random_.Chance(75) ? random_.OneOf(kOften) : static_cast<EventType>(random_.Between(1, 11));
  if (random_.Chance(30)) {
    step.who = static_cast<Step::Who>(random_.Between(1, 2));
  }
  const int64_t about_name = random_.Below(10);
  if (about_name < 2 || step.action == EventType::kCustom) {
    step.name = Words().names[random_.Between(1, 7)];
  }
  if (about_name > 7) {
    step.name.reset();
    step.name_test = MakeTextTest();
  }
  if (random_.Chance(15)) {
    step.campaign = Words().campaigns[random_.Between(1, 4)];
  }
  const int has_where = world_.theme == Theme::kProfile ? 70 : 25;
  if (definitions_.event_properties.empty() || !random_.Chance(has_where)) return step;
  const int64_t tests = random_.Between(1, 2);
  for (int64_t i = 0; i < tests; ++i) {
    auto declared = definitions_.event_properties.begin();
    std::advance(declared, random_.Below(static_cast<int64_t>(definitions_.event_properties.size())));
    step.where.push_back({declared->first, MakeTest(declared->second, true)});
  }
  return step;
}

Instant RuleMaker::MakeInstant() {
  Instant instant;
  instant.kind = static_cast<Instant::Kind>(random_.Below(6));
  instant.literal = random_.OneOf(world_.instants);
  instant.duration = random_.OneOf(world_.durations);
  return instant;
}

Day RuleMaker::MakeDay() {
  Day day;
  day.kind = static_cast<Day::Kind>(random_.Below(6));
  day.literal = random_.OneOf(world_.days);
  day.days = static_cast<int>(random_.Between(0, 6));
  return day;
}

Period RuleMaker::MakePeriod() {
  return {static_cast<Period::Which>(random_.Below(3)), static_cast<Period::Unit>(random_.Below(4))};
}

Window RuleMaker::MakeWindow() {
  Window window;
  window.kind = static_cast<Window::Kind>(random_.Below(7));
  if (random_.Chance(25)) window.kind = Window::Kind::kInLast;
  window.duration = random_.OneOf(world_.durations);
  window.period = MakePeriod();
  window.day = MakeDay();
  window.from = MakeInstant();
  window.to = MakeInstant();
  return window;
}

}  // namespace leadpulse::workload
