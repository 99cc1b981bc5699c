// Parses steps, and the predicates that begin with DID.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/rules/language/predicate_parser.h"
#include "processor/rules/language/value_parser.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::rules {
namespace {

// The result of a function that writes what it read to its argument.
using Parsed = std::optional<std::monostate>;
constexpr Parsed kParsed = std::monostate();

struct Synonyms {
  std::string_view words;  // separated by commas
  std::string_view meant;
};

constexpr Synonyms kSynonyms[] = {
    {"opened,opens,read", "open"},
    {"clicked,clicks", "click"},
    {"visited,visits,view,viewed,browsed,page_visit", "visit"},
    {"sent,sends", "send"},
    {"got,delivered,receive,received", "deliver"},
    {"replied,replies,answer,answered", "reply"},
    {"bounced,bounces", "bounce"},
    {"unsubscribed", "unsubscribe"},
    {"resubscribed", "resubscribe"},
    {"complained,complaint", "complain"},
    {"buy,bought,purchase,purchased,order,ordered,download,downloaded", "custom \"…\""},
};

std::string MeantAction(std::string_view word) {
  const std::string name = AsciiLower(word);
  for (const Synonyms& synonyms : kSynonyms) {
    for (const std::string_view synonym : SplitAtCommas(synonyms.words)) {
      if (synonym == name) return std::string(synonyms.meant);
    }
  }
  std::vector<std::string> names;
  for (const Action& action : kActions) names.emplace_back(action.name);
  return NearestName(name, names).value_or("");
}

std::string ActionHint(const TokenCursor& cursor) {
  if (cursor.AtWord("NOT")) return "write NOT DID …";
  if (cursor.AtWord("DID")) return "leave DID out";
  std::string hint;
  const std::string meant = cursor.At(TokenKind::kWord) ? MeantAction(cursor.Peek().text) : "";
  if (!meant.empty()) hint = "did you mean " + (IsWord(meant) ? "\"" + meant + "\"" : meant) + "? ";
  hint += "actions are";
  for (const Action& action : kActions) {
    hint += (action.type == kActions[0].type ? " " : ", ") + std::string(action.name);
  }
  return hint;
}

Scope ParseScope(TokenCursor* cursor) {
  if (cursor->AcceptWord("ANY")) return Scope::kAny;
  return cursor->AcceptWord("MACHINE") ? Scope::kMachine : Scope::kPeople;
}

Parsed ParseAction(TokenCursor* cursor, Step* step) {
  if (!cursor->At(TokenKind::kWord) || cursor->AtReservedWord()) {
    return cursor->FailExpected("an action", ActionHint(*cursor));
  }
  const std::optional<EventType> type = ActionFromWord(cursor->Peek().text);
  if (!type) return cursor->Fail("unknown action " + Excerpt(cursor->Peek().text), ActionHint(*cursor));
  step->type = *type;
  cursor->Take();
  return kParsed;
}

Parsed ParseName(TokenCursor* cursor, Step* step) {
  if (cursor->At(TokenKind::kString)) {
    std::optional<Text> name = ParseNonEmptyString(cursor, "a name");
    if (!name) return std::nullopt;
    step->name = *std::move(name);
    return kParsed;
  }
  if (AtTextOperator(*cursor)) {
    std::optional<TextTest> test = ParseTextTest(cursor);
    if (!test) return std::nullopt;
    if (test->text.text.empty()) return cursor->FailAt(cursor->TakenSpan(), "a name cannot be empty");
    step->name = *std::move(test);
    return kParsed;
  }
  if (step->type != EventType::kCustom) return kParsed;
  return cursor->FailExpected("the name of the custom event", "write custom \"order\" or custom STARTS WITH \"order\"");
}

Parsed ParseCampaign(TokenCursor* cursor, Step* step) {
  if (!cursor->AcceptWord("CAMPAIGN")) return kParsed;
  step->campaign = ParseNonEmptyString(cursor, "a campaign");
  if (!step->campaign) return std::nullopt;
  return kParsed;
}

std::nullopt_t FailNoPropertyTest(TokenCursor* cursor, const PropertyTest& property) {
  if (IsKeyword(property.spelling, "NOT")) {
    return cursor->FailAt(property.span, "NOT cannot stand before the test of a property",
                          "write !=, IS NOT, NOT IN or NOT CONTAINS after the property");
  }
  if (cursor->At(TokenKind::kWord) && !cursor->AtReservedWord()) {
    return cursor->FailExpected("a test of the property " + Excerpt(property.spelling),
                                "put a name of several words between backquotes");
  }
  return cursor->FailExpected("a test of the property " + Excerpt(property.spelling),
                              "properties take =, !=, <, <=, >, >=, IS, IN and text tests");
}

std::optional<PropertyTest> ParsePropertyTest(TokenCursor* cursor) {
  const Token& token = cursor->Peek();
  if (token.kind != TokenKind::kWord && token.kind != TokenKind::kBackquoted) {
    return cursor->FailExpected("the name of a property", "write WHERE total >= 50");
  }
  PropertyTest property;
  property.property = NormalizeName(token.text);
  property.spelling = token.text;
  property.span = token.span;
  cursor->Take();
  if (!AtValueTest(*cursor)) return FailNoPropertyTest(cursor, property);
  std::optional<ValueTest> test = ParseValueTest(cursor);
  if (!test) return std::nullopt;
  property.test = *std::move(test);
  return property;
}

// Parses WHERE. In parentheses every AND belongs to the list; without them the first one belongs to the rule.
Parsed ParseWhere(TokenCursor* cursor, Step* step) {
  if (!cursor->AcceptWord("WHERE")) return kParsed;
  const bool list = cursor->Accept(TokenKind::kOpen);
  do {
    std::optional<PropertyTest> test = ParsePropertyTest(cursor);
    if (!test) return std::nullopt;
    step->where.push_back(*std::move(test));
  } while (list && cursor->AcceptWord("AND"));
  if (!list || cursor->Accept(TokenKind::kClose)) return kParsed;
  const bool alternative = cursor->AtWord("OR");
  return cursor->FailExpected("AND or \")\"", alternative ? "for OR write two conditions: DID … OR DID …" : "");
}

bool AtThen(const TokenCursor& cursor) {
  return cursor.AtWord("THEN") || (cursor.AtWord("NOT") && cursor.AtWord("THEN", 1));
}

Parsed ParseCount(TokenCursor* cursor, DidCount* did) {
  if (cursor->At(TokenKind::kNumber)) return cursor->FailExpected("a comparison", "write = 3 TIMES or >= 3 TIMES");
  if (!cursor->At(TokenKind::kCompare)) return kParsed;
  did->op = cursor->Take().op;
  const std::optional<uint32_t> count = ParseInteger(cursor, "a number of times");
  if (!count) return std::nullopt;
  did->count = *count;
  if (cursor->AcceptWord("TIMES") || cursor->AcceptWord("TIME")) return kParsed;
  return cursor->FailExpected("TIMES", "write " + std::string(CompareSpelling(*did->op)) + " " + SpellTimes(*count));
}

// Parses an optional window, and finds common mistakes after it.
Parsed ParseOptionalWindow(TokenCursor* cursor, std::optional<TimeTest>* window) {
  if (!AtWindow(*cursor)) return kParsed;
  *window = ParseWindow(cursor);
  if (!*window) return std::nullopt;
  if (AtWindow(*cursor) && !cursor->AtWord("IN")) {
    return cursor->Fail("an event takes only one window of time", "for both ends write BETWEEN … AND …");
  }
  return kParsed;
}

Parsed ParseSame(TokenCursor* cursor, DidThen* did) {
  if (!cursor->AcceptWord("SAME")) return kParsed;
  if (cursor->AcceptWord("MESSAGE")) {
    did->same = SameKey::kMessage;
  } else if (cursor->AcceptWord("CAMPAIGN")) {
    did->same = SameKey::kCampaign;
  } else {
    return cursor->FailExpected("MESSAGE or CAMPAIGN");
  }
  return kParsed;
}

std::optional<DidThen> ParseThen(TokenCursor* cursor, Step first) {
  DidThen did;
  did.first = std::move(first);
  did.negated = cursor->AcceptWord("NOT");
  cursor->Take();
  if (cursor->AtWord("DID")) return cursor->Fail("DID stands only before the first step", "leave DID out");
  std::optional<Step> second = ParseStepTokens(cursor);
  if (!second) return std::nullopt;
  did.second = *std::move(second);
  if (!cursor->AcceptWord("WITHIN")) {
    return cursor->FailExpected("WITHIN", "say how soon the second step follows: WITHIN 7 DAYS");
  }
  const std::optional<Millis> within = ParseDurationTokens(cursor);
  if (!within) return std::nullopt;
  did.within = *within;
  if (!ParseSame(cursor, &did) || !ParseOptionalWindow(cursor, &did.window)) return std::nullopt;
  return did;
}

std::optional<DidCount> ParseDidCount(TokenCursor* cursor, Step step) {
  DidCount did;
  did.step = std::move(step);
  if (!ParseCount(cursor, &did) || !ParseOptionalWindow(cursor, &did.window)) return std::nullopt;
  if (AtThen(*cursor)) {
    return cursor->Fail("THEN follows the first step directly",
                        "leave out the number of times, and write the window at the end, after WITHIN");
  }
  if (did.window && cursor->At(TokenKind::kCompare)) {
    return cursor->Fail("the number of times stands before the window", "write DID open >= 3 TIMES IN LAST 30 DAYS");
  }
  return did;
}

}  // namespace

std::optional<Step> ParseStepTokens(TokenCursor* cursor) {
  const Span begin = cursor->Peek().span;
  Step step;
  step.scope = ParseScope(cursor);
  const bool parsed = ParseAction(cursor, &step) && ParseName(cursor, &step) && ParseCampaign(cursor, &step) &&
                      ParseWhere(cursor, &step);
  if (!parsed) return std::nullopt;
  step.span = cursor->SpanFrom(begin);
  return step;
}

std::optional<NodeKind> ParseDid(TokenCursor* cursor) {
  cursor->Take();
  std::optional<Step> step = ParseStepTokens(cursor);
  if (!step) return std::nullopt;
  if (AtThen(*cursor)) return ParseThen(cursor, *std::move(step));
  return ParseDidCount(cursor, *std::move(step));
}

}  // namespace leadpulse::rules
