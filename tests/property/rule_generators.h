// Random trees of the rule language: those that the parser can return.
//
// These draw inside rc::gen::exec or a property, so that RapidCheck can shrink a failure.
#pragma once

#include <rapidcheck.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "processor/base/normal_text.h"
#include "processor/base/search_words.h"
#include "processor/base/text.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/value_parser.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::rules {

inline int Draw(int low, int high) { return *rc::gen::inRange(low, high + 1); }
inline bool Toss() { return Draw(0, 1) == 1; }

template <typename T, size_t N>
T DrawOf(const std::array<T, N>& all) {
  return all[static_cast<size_t>(Draw(0, static_cast<int>(N) - 1))];
}

// Draws UTF-8 with characters that need escapes, quotes or folding.
inline std::string DrawText(int min_pieces) {
  constexpr std::array<const char*, 14> kPieces = {"a", "Z", " ", "_",  "7",  "\"", "\\",
                                                   "'", "é", "Ä", "字", "\n", "-",  "AND"};
  std::string text;
  for (int i = Draw(min_pieces, min_pieces + 4); i > 0; --i) text += DrawOf(kPieces);
  return text;
}
// Draws a text that is not blank.
inline std::string DrawVisible() {
  std::string text = DrawText(1);
  return NormalText(text).empty() ? "_" : text;
}
inline Text DrawName() {
  const std::string name = NormalText(DrawText(1));
  return MakeText(name.empty() ? "_" : name);
}

inline std::string DrawAttribute() {
  constexpr std::array<const char*, 12> kNames = {"in",    "not",      "did",   "has_tag", "industry",    "a.b-c",
                                                  "größe", "1st name", "today", "true",    "anniversary", "_"};
  const std::string name = NormalizeName(Toss() ? DrawOf(kNames) : DrawText(1));
  return name.empty() ? "_" : name;
}

inline Field DrawField() {
  Field field;
  if (Toss()) {
    field.name = static_cast<BuiltIn>(Draw(0, static_cast<int>(BuiltIn::kCampaigns)));
    return field;
  }
  const std::string name = DrawAttribute();
  if (const auto built_in = BuiltInFromName(name)) {
    field.name = *built_in;
  } else {
    field.name = name;
  }
  return field;
}

inline std::string DrawDate(bool day_only) {
  constexpr std::array<const char*, 3> kDays = {"2026-03-10", "2024-02-29", "0001-01-01"};
  constexpr std::array<const char*, 2> kInstants = {"2026-03-10T09:30:00Z", "1999-12-31T23:59:59.123456+05:30"};
  return day_only || Toss() ? DrawOf(kDays) : DrawOf(kInstants);
}

inline double DrawNumber() {
  constexpr std::array<double, 8> kNumbers = {0, 0.1, -2.5, 1e21, 1e-9, 123456789.125, 1e-20, -9.75e39};
  return Toss() ? Draw(-1000, 1000) : DrawOf(kNumbers);
}

inline Literal DrawLiteral(bool ordered) {
  Literal literal;
  const int kind = Draw(0, 3);
  if (kind == 0) {
    literal.value = DrawNumber();
  } else if (kind == 1 && !ordered) {
    literal.value = Toss();
  } else {
    std::string text = kind == 2 || ordered ? DrawDate(false) : NormalText(DrawText(0));
    literal.date = MakeDateLiteral(text);
    literal.value = MakeText(std::move(text));
  }
  return literal;
}

inline Compare DrawCompare() { return static_cast<Compare>(Draw(0, 5)); }
inline Compare DrawOrdered() { return static_cast<Compare>(Draw(2, 5)); }

inline TextTest DrawTextTest(int min_pieces, bool negated) {
  return {static_cast<TextOperator>(Draw(0, 2)), MakeText(min_pieces > 0 ? DrawVisible() : DrawText(0)), negated};
}

inline ValueTest DrawValueTest() {
  switch (Draw(0, 3)) {
    case 0: {
      const Compare op = DrawCompare();
      return CompareTest{op, DrawLiteral(IsOrdered(op))};
    }
    case 1:
      return SetTest{Toss()};
    case 2: {
      InTest in{{}, Toss()};
      for (int i = Draw(1, 3); i > 0; --i) in.literals.push_back(DrawLiteral(false));
      return in;
    }
    default:
      return DrawTextTest(0, Toss());
  }
}

inline Millis DrawDuration() {
  const DurationUnit& unit = kDurationUnits[static_cast<size_t>(Draw(0, 4))];
  return unit.length * Draw(0, 5000);
}

inline InstantExpression DrawInstant() {
  switch (Draw(0, 2)) {
    case 0:
      return *MakeDateLiteral(DrawDate(false));
    case 1:
      return RelativeDay{Draw(-1, 1)};
    default:
      return RelativeInstant{Toss() ? DrawDuration() : -DrawDuration()};
  }
}

inline DayExpression DrawDay() {
  if (Toss()) return *MakeDateLiteral(DrawDate(true));
  return RelativeDay{Draw(-40, 40)};
}

// Draws a test of time. With `in_field` it may be an age instead of IN LAST.
inline TimeTest DrawTimeTest(bool in_field) {
  switch (Draw(0, 5)) {
    case 0:
      if (in_field) return Age{DrawOrdered(), DrawDuration(), Toss()};
      return InLast{DrawDuration()};
    case 1:
      return Before{DrawInstant()};
    case 2:
      return After{DrawInstant()};
    case 3:
      return Between{DrawInstant(), DrawInstant()};
    case 4:
      return OnDay{DrawDay()};
    default:
      return InPeriod{static_cast<PeriodUnit>(Draw(0, 3)), Draw(-1, 1)};
  }
}

inline Step DrawStep() {
  Step step;
  step.scope = static_cast<Scope>(Draw(0, 2));
  step.type = DrawOf(kActions).type;
  const int name = Draw(step.type == EventType::kCustom ? 1 : 0, 2);
  if (name == 1) step.name = DrawName();
  if (name == 2) step.name = DrawTextTest(1, false);
  if (Toss()) step.campaign = DrawName();
  for (int i = Draw(0, 2); i > 0; --i) step.where.push_back({DrawAttribute(), "", {}, DrawValueTest()});
  return step;
}

inline std::optional<TimeTest> DrawWindow() {
  if (Toss()) return std::nullopt;
  return DrawTimeTest(false);
}

inline DidCount DrawDidCount() {
  DidCount did;
  did.step = DrawStep();
  if (Toss()) {
    did.op = DrawCompare();
    did.count = static_cast<uint32_t>(Draw(0, 999'999'998));
  }
  did.window = DrawWindow();
  return did;
}

inline DidThen DrawDidThen() {
  return {DrawStep(), DrawStep(), Toss(), DrawDuration(), static_cast<SameKey>(Draw(0, 2)), DrawWindow()};
}

inline TimePredicate DrawTimePredicate() {
  TimePredicate predicate{DrawField(), DrawTimeTest(true), false};
  const bool takes_not = std::holds_alternative<Between>(predicate.test) ||
                         std::holds_alternative<OnDay>(predicate.test) ||
                         std::holds_alternative<InPeriod>(predicate.test);
  predicate.negated = takes_not && Toss();
  return predicate;
}

inline HasWords DrawHasWords() {
  const std::string text = NormalText("x" + DrawName().text);
  return {text, WordSearch(text)};
}

inline WordPredicate DrawWordPredicate() {
  HasWords words = DrawHasWords();
  return {{DrawAttribute(), "", {}}, std::move(words.text), std::move(words.search), Toss()};
}

inline decltype(Node::kind) DrawMembership() {
  switch (Draw(0, 6)) {
    case 5:
      return DrawHasWords();
    case 0:
      return HasTag{DrawName()};
    case 4:
      return SendableFor{DrawName(), {}};
    case 1:
      return HasConsent{DrawName()};
    case 2:
      return InList{DrawName()};
    case 3:
      return InCampaign{DrawName()};
    default:
      return InSegment{NormalText(DrawVisible()), {}};
  }
}

inline decltype(Node::kind) DrawPredicate() {
  switch (Draw(0, 7)) {
    case 6:
      return DrawWordPredicate();
    case 0:
      return ValuePredicate{DrawField(), DrawValueTest()};
    case 1:
      return NumberBetween{DrawField(), DrawNumber(), DrawNumber(), Toss()};
    case 2:
      return DrawTimePredicate();
    case 3:
      return Anniversary{DrawField(), Toss() ? std::optional<int32_t>(Draw(0, 36'500)) : std::nullopt};
    case 4:
      return DrawDidCount();
    case 5:
      return DrawDidThen();
    default:
      return DrawMembership();
  }
}

inline NodePtr DrawNode(int depth);

template <typename Chain>
Chain DrawChain(int depth) {
  Chain chain;
  for (int i = Draw(2, 3); i > 0; --i) chain.children.push_back(DrawNode(depth - 1));
  return chain;
}

inline NodePtr DrawNode(int depth) {
  auto node = std::make_unique<Node>();
  const int kind = depth == 0 ? 3 : Draw(0, 4);
  if (kind == 0) {
    node->kind = DrawChain<And>(depth);
  } else if (kind == 1) {
    node->kind = DrawChain<Or>(depth);
  } else if (kind == 2) {
    node->kind = Not{DrawNode(depth - 1)};
  } else {
    node->kind = DrawPredicate();
  }
  return node;
}

}  // namespace leadpulse::rules
