// A rule as a tree. The grammar is in processor/rules/README.md; a rule is parsed (parser.h), checked against a
// tenant's declarations (checker.h), which also resolves its dates, and then evaluated (evaluator.h) or printed
// (printer.h). Immutable after the check; shared between threads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/base/number.h"
#include "processor/base/search_words.h"

namespace leadpulse::rules {

// Bytes [begin, end) of the rule's source.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;
};

// The built-in names. The parser resolves aliases (lead_score, last_opened_email, lead_status).
enum class BuiltIn : uint8_t {
  kScore,
  kTier,
  kEmailStatus,
  kStage,
  kStatus,
  kQuality,
  kQualification,
  kAgent,
  kDoNotContact,
  kSendable,
  kCreated,
  kLastSent,
  kLastDelivered,
  kLastOpened,
  kLastClicked,
  kLastReplied,
  kLastBounced,
  kLastVisited,
  kLastEngaged,
  kSends,
  kOpens,
  kClicks,
  kReplies,
  kBounces,
  kVisits,
  kTags,
  kLists,
  kCampaigns,
};
enum class BuiltInKind : uint8_t {
  kNumber,
  kPlain,  // a text or a boolean that follows from the view
  kInstant,
  kProfile,  // only commands change it
};
struct BuiltInField {
  std::string_view name;
  BuiltInKind kind;
  EventType type = EventType::kUnspecified;  // set if the field is the count or the last time of a type
};
// The built-in fields, in the order of BuiltIn.
inline constexpr std::array<BuiltInField, 28> kBuiltInFields = {{
    {"score", BuiltInKind::kNumber},
    {"tier", BuiltInKind::kPlain},
    {"email_status", BuiltInKind::kPlain},
    {"stage", BuiltInKind::kPlain},
    {"status", BuiltInKind::kPlain},
    {"quality", BuiltInKind::kNumber},
    {"qualification", BuiltInKind::kNumber},
    {"agent", BuiltInKind::kProfile},
    {"do_not_contact", BuiltInKind::kProfile},
    {"sendable", BuiltInKind::kPlain},
    {"created", BuiltInKind::kInstant},
    {"last_sent", BuiltInKind::kInstant, EventType::kSent},
    {"last_delivered", BuiltInKind::kInstant, EventType::kDelivered},
    {"last_opened", BuiltInKind::kInstant, EventType::kOpen},
    {"last_clicked", BuiltInKind::kInstant, EventType::kClick},
    {"last_replied", BuiltInKind::kInstant, EventType::kReply},
    {"last_bounced", BuiltInKind::kInstant, EventType::kBounce},
    {"last_visited", BuiltInKind::kInstant, EventType::kPageVisit},
    {"last_engaged", BuiltInKind::kInstant},
    {"sends", BuiltInKind::kNumber, EventType::kSent},
    {"opens", BuiltInKind::kNumber, EventType::kOpen},
    {"clicks", BuiltInKind::kNumber, EventType::kClick},
    {"replies", BuiltInKind::kNumber, EventType::kReply},
    {"bounces", BuiltInKind::kNumber, EventType::kBounce},
    {"visits", BuiltInKind::kNumber, EventType::kPageVisit},
    {"tags", BuiltInKind::kProfile},
    {"lists", BuiltInKind::kProfile},
    {"campaigns", BuiltInKind::kProfile},
}};
static_assert(kBuiltInFields.size() == static_cast<size_t>(BuiltIn::kCampaigns) + 1);
constexpr const BuiltInField& InfoOf(BuiltIn field) { return kBuiltInFields[static_cast<size_t>(field)]; }
constexpr std::string_view BuiltInName(BuiltIn field) { return InfoOf(field).name; }
std::optional<BuiltIn> BuiltInFromName(std::string_view normalized);  // includes aliases

struct Field {
  std::variant<BuiltIn, std::string> name;  // or an attribute's normalised name
  std::string spelling;                     // as written (without backquotes), for messages and the printer
  Span span;
};

enum class Compare : uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

// A string literal.
struct Text {
  std::string text;
  std::string folded;
};

// A date literal: `YYYY-MM-DD` or RFC 3339. `at` of a day is its first instant in the tenant's time zone, filled in by
// the check.
struct DateLiteral {
  std::string text;        // as written
  std::optional<Day> day;  // nullopt: an RFC 3339 instant
  Instant at;
};

struct Literal {
  std::variant<bool, Number, Text> value;
  // Set for a Text that is also a date literal.
  std::optional<DateLiteral> date;
  Span span;
};

// --- Tests of a value: a field or an event property ---

struct CompareTest {  // also IS (kEqual) and IS NOT (kNotEqual)
  Compare op = Compare::kEqual;
  Literal literal;
};
struct SetTest {  // IS [NOT] SET
  bool negated = false;
};
struct InTest {  // [NOT] IN ( … )
  std::vector<Literal> literals;
  bool negated = false;
};
enum class TextOperator : uint8_t { kContains, kStartsWith, kEndsWith };
struct TextTest {
  TextOperator op = TextOperator::kContains;
  Text text;
  bool negated = false;
};
using ValueTest = std::variant<CompareTest, SetTest, InTest, TextTest>;

// --- Tests of an instant, which move with `now` ---

struct RelativeDay {  // TODAY is 0, YESTERDAY -1, TOMORROW 1, 5 DAYS FROM NOW 5
  int32_t offset = 0;
};
struct RelativeInstant {  // 30 DAYS AGO is negative
  Millis offset{0};
};
using InstantExpression = std::variant<DateLiteral, RelativeDay, RelativeInstant>;
using DayExpression = std::variant<DateLiteral, RelativeDay>;

struct Age {  // f < 30 DAYS AGO; with from_now: f < 30 DAYS FROM NOW. op is one of the four ordered ones
  Compare op = Compare::kLess;
  Millis duration{0};
  bool from_now = false;
};
struct Before {
  InstantExpression bound;
};
struct After {
  InstantExpression bound;
};
struct Between {  // low <= t < high; a day as `high` means its end
  InstantExpression low;
  InstantExpression high;
};
struct OnDay {
  DayExpression day;
};
struct InPeriod {
  PeriodUnit unit = PeriodUnit::kWeek;
  int32_t offset = 0;  // LAST -1, THIS 0, NEXT 1
};
struct InLast {  // windows only
  Millis duration{0};
};
using TimeTest = std::variant<Age, Before, After, Between, OnDay, InPeriod, InLast>;

// --- Steps: the conditions on an entry of the journal ---

enum class Scope : uint8_t { kPeople, kAny, kMachine };

struct PropertyTest {
  std::string property;  // normalised name
  std::string spelling;
  Span span;
  ValueTest test;
};

struct Step {
  Scope scope = Scope::kPeople;
  EventType type = EventType::kUnspecified;
  std::optional<BounceKind> bounce;                   // scoring rules only; the language has no word for it
  std::variant<std::monostate, Text, TextTest> name;  // equal without case, or a text test (never negated)
  std::optional<Text> campaign;
  std::vector<PropertyTest> where;
  Span span;
  // Unique for each step of a checked rule or a loaded scoring rule. 0 for others, whose results are not cached.
  uint64_t id = 0;
};

uint64_t NewStepId();  // thread-safe

// --- Predicates ---

struct ValuePredicate {
  Field field;
  ValueTest test;
};
struct NumberBetween {
  Field field;
  Number low;
  Number high;  // both included
  bool negated = false;
};
struct TimePredicate {  // ages, BEFORE, AFTER, [NOT] BETWEEN instants, [NOT] ON, [NOT] IN period
  Field field;
  TimeTest test;
  bool negated = false;
};
struct Anniversary {
  Field field;
  std::optional<int32_t> in_next_days;  // nullopt: TODAY
};
struct DidCount {
  Step step;
  // Without a comparison: at least 1.
  std::optional<Compare> op;
  uint32_t count = 1;
  std::optional<TimeTest> window;
};
enum class SameKey : uint8_t { kNone, kMessage, kCampaign };
struct DidThen {
  Step first;
  Step second;
  bool negated = false;  // NOT THEN
  Millis within{0};
  SameKey same = SameKey::kNone;
  std::optional<TimeTest> window;  // bounds the first step only
};
struct HasTag {
  Text tag;
};
struct HasConsent {
  Text purpose;
};
struct HasWords {  // any text of the lead has these words
  std::string text;
  WordSearch search;
};
struct WordPredicate {  // attribute [NOT] HAS WORDS: a text of the attribute has these words
  Field field;          // always an attribute
  std::string text;
  WordSearch search;
  bool negated = false;
};
struct SendableFor {
  Text topic;
  Span span;                    // span of the string
  uint32_t index = UINT32_MAX;  // into the tenant's topics, filled in by the check
};
struct InList {
  Text list;
};
struct InCampaign {
  Text campaign;
};
struct InSegment {
  std::string segment;          // exact
  Span span;                    // span of the string
  uint32_t index = UINT32_MAX;  // into the tenant's segments, filled in by the check
};

struct Node;
using NodePtr = std::unique_ptr<Node>;
struct And {
  std::vector<NodePtr> children;
};
struct Or {
  std::vector<NodePtr> children;
};
struct Not {
  NodePtr child;
};

using NodeKind =
    std::variant<And, Or, Not, ValuePredicate, NumberBetween, TimePredicate, Anniversary, DidCount, DidThen, HasTag,
                 HasConsent, HasWords, WordPredicate, SendableFor, InList, InCampaign, InSegment>;

struct Node {
  NodeKind kind;
  Span span;
};

// A rule with the text it came from.
struct Rule {
  std::string source;
  NodePtr root;
};

inline constexpr int kMaxNesting = 64;  // parentheses and NOT together
inline constexpr size_t kMaxRuleBytes = 16 << 10;
inline constexpr int64_t kMaxDurationDays = 36'500;

}  // namespace leadpulse::rules
