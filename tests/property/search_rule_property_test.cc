// Random searches over random leads: the rule gives the same result as a direct reading of the terms.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/definitions.h"
#include "processor/base/normal_text.h"
#include "processor/base/text.h"
#include "processor/query/search/search_rule.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "tests/support/rule_lead.h"

namespace leadpulse::query::search_rule_property_test {

const Instant kNow = ParseRfc3339("2026-03-10T12:00:00Z").value();
constexpr Millis kDay{86'400'000};

int Random(int low, int high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }
std::string Pick(std::vector<std::string> choices) { return *rc::gen::elementOf(choices); }

// The lead's values, as the search tests them.
struct Person {
  std::optional<std::string> first_name, last_name, city, email, phone;
  std::optional<double> size;
  std::optional<int> renewal;  // days from today, at noon
  std::vector<std::string> tags;
};

std::optional<std::string> Maybe(std::vector<std::string> choices) {
  if (Random(0, 4) == 0) return std::nullopt;
  return Pick(std::move(choices));
}

Person RandomPerson() {
  Person person;
  person.first_name = Maybe({"Jane", "jANE ann", "Bob"});
  person.last_name = Maybe({"Doe", "van Doe", "Ann", "O'Brien", "Müller-Rød"});
  person.city = Maybe({"Rome", "rome", "New Rome", "a,b:c", "5", "Zürich", "ZÜRICH-Süd", "Sankt-Gallen", "L’Aquila"});
  person.email = Maybe({"Jane@a.example", "bob@b.example"});
  person.phone = Maybe({"+49 (0)151 234-567", "0151/234 567", "0041 79 151.23.45", "1512"});
  if (Random(0, 4) > 0) person.size = Random(0, 4);
  if (Random(0, 4) > 0) person.renewal = Random(-3, 4);
  for (const char* tag : {"x", "y"}) {
    if (Random(0, 2) == 0) person.tags.emplace_back(tag);
  }
  return person;
}

testing::RuleLead LeadOf(const Person& person, const config::TenantDefinitions& definitions) {
  testing::RuleLead lead;
  lead.fields = definitions.fields;
  const auto set = [&](const char* name, const std::optional<std::string>& value) {
    if (value) lead.Set(name, Value(*value));
  };
  set("first_name", person.first_name);
  set("last_name", person.last_name);
  set("city", person.city);
  set("email", person.email);
  set("phone", person.phone);
  if (person.size) lead.Set("size", Value(*person.size));
  if (person.renewal) lead.Set("renewal", Value(FormatRfc3339(kNow + *person.renewal * kDay)));
  for (const std::string& tag : person.tags) lead.lead().profile.extras.Get().tags.Add(tag);
  return lead;
}

// A term and its result for a person.
struct Term {
  std::string text;
  bool holds = false;
};

bool Ordered(const std::string& sign, auto a, auto b) {
  if (sign == "<") return a < b;
  if (sign == "<=") return a <= b;
  return sign == ">" ? a > b : a >= b;
}

// Returns the words with a space before each, with accents left out. With `joins`, hyphens and the like join words.
std::string WordsOf(const std::string& text, bool joins) {
  static const std::vector<std::pair<std::string, std::string>> kPlain = {
      {"u\u0308", "u"}, {"ü", "u"}, {"Ü", "u"}, {"ø", "o"}, {"’", "'"}};
  std::string plain = text;
  for (const auto& [letter, meant] : kPlain) {
    for (size_t at = 0; (at = plain.find(letter, at)) != std::string::npos;) plain.replace(at, letter.size(), meant);
  }
  if (joins) std::erase_if(plain, [](char c) { return c == '\'' || c == '-' || c == '.' || c == '_' || c == '&'; });
  std::string words;
  bool is_between = true;
  for (const char c : AsciiLower(plain)) {
    const bool is_of_word = IsLetter(c) || IsDigit(c);
    if (is_of_word && is_between) words += ' ';
    if (is_of_word) words += c;
    is_between = !is_of_word;
  }
  return words;
}

// Returns the digits of a phone number of at least five; of one with letters, none.
std::string DigitsOf(std::string text) {
  if (const size_t zero = text.find("(0)"); zero != std::string::npos) text.erase(zero, 3);
  if (std::ranges::any_of(text, IsLetter)) return "";
  std::erase_if(text, [](char c) { return !IsDigit(c); });
  return text.size() < 5 ? "" : text;
}

bool HasWord(const std::string& text, const std::string& words) {
  for (const bool joins : {false, true}) {
    if (WordsOf(text, joins).find(WordsOf(words, joins)) != std::string::npos) return true;
  }
  std::string digits = DigitsOf(words);
  for (int i = 0; i < 2 && digits.size() > 4 && digits.front() == '0'; ++i) digits.erase(0, 1);
  return !digits.empty() && DigitsOf(text).find(digits) != std::string::npos;
}

Term WordTerm(const Person& person) {
  const std::string text =
      Pick({"jan", "DOE", "an", "o", "jane@", "bob", "jane van", "Jane Doe", "rom", "b c", "example", "obrien",
            "o’brien", "muller", "MULLER ROD", "zurich", "laquila", "0151 234", "15123"});
  const bool quoted = text.find(' ') != std::string::npos || Random(0, 2) == 0;
  bool holds = person.email && FoldCase(*person.email).starts_with(FoldCase(text));
  if (text.find('@') == std::string::npos) {
    for (const auto& of_person : {person.first_name, person.last_name, person.city, person.email, person.phone}) {
      holds |= of_person && HasWord(*of_person, text);
    }
    if (person.first_name && person.last_name) holds |= HasWord(*person.first_name + " " + *person.last_name, text);
  }
  return {quoted ? "\"" + text + "\"" : text, holds};
}

// Draws a term of one to three values, of which `:` looks for the words and `=` compares the whole. The last may be
// only a prefix.
Term CityTerm(const Person& person) {
  const bool is_whole = Random(0, 2) == 0;
  Term term{is_whole ? "City=" : "City:", false};
  const std::string city = person.city ? FoldCase(*person.city) : "";
  for (int i = Random(1, 4); i > 0; --i) {
    const std::string value = Pick({"ROME", "new", "a,b:c", "5", "New Rome", "r", "zurich", "Zu\u0308rich",
                                    "zürich sud", "zurichs", "sankt", "SANKTGALLEN", "l'aquila", "quila", "L’Aquila"});
    const bool begins = Random(0, 3) == 0;
    term.text += "\"" + value + "\"" + (begins ? "*" : "") + (i > 1 ? "," : "");
    const std::string folded = FoldCase(NormalText(value));
    const bool fits =
        is_whole ? (begins ? city.starts_with(folded) : city == folded) : person.city && HasWord(*person.city, value);
    term.holds |= person.city && fits;
  }
  return term;
}

Term PhoneTerm(const Person& person) {
  const std::string digits = Pick({"0151 234", "+49 151 23", "15123", "4179 151", "1512", "0041-79", "567", "00151 2"});
  return {"phone:\"" + digits + "\"", person.phone && HasWord(*person.phone, digits)};
}

Term TagTerm(const Person& person) {
  const std::string first = Pick({"x", "y", "z"});
  const std::string second = Pick({"x", "y", "z"});
  const auto has = [&](const std::string& tag) { return std::ranges::count(person.tags, tag) > 0; };
  if (Random(0, 2) == 0) return {"tag:" + FoldCase(first), has(first)};
  return {"TAGS:" + first + "," + second, has(first) || has(second)};
}

Term OrderedTerm(const Person& person) {
  const std::string sign = Pick({"<", "<=", ">", ">="});
  const int bound = Random(-3, 4);
  if (Random(0, 2) == 0) {
    return {"size" + sign + std::to_string(bound), person.size && Ordered(sign, *person.size, double{1.0 * bound})};
  }
  std::string day = FormatDay(*ParseDay("2026-03-10") + bound);
  if (bound >= -1 && bound <= 1 && Random(0, 2) == 0) day = bound < 0 ? "yesterday" : bound == 0 ? "today" : "tomorrow";
  return {"renewal" + sign + day, person.renewal && Ordered(sign, *person.renewal, bound)};
}

Term EqualTerm(const Person& person) {
  const int value = Random(-3, 4);
  if (Random(0, 2) == 0) return {"size:" + std::to_string(value), person.size == double{1.0 * value}};
  return {"renewal:" + FormatDay(*ParseDay("2026-03-10") + value), person.renewal == value};
}

Term AgeTerm(const Person& person) {
  const std::string sign = Pick({"<", "<=", ">", ">="});
  const int days = Random(0, 4);
  const bool from_now = Random(0, 2) == 0;
  const int age = person.renewal ? (from_now ? *person.renewal : -*person.renewal) : -1;
  return {"renewal" + sign + (from_now ? "+" : "") + std::to_string(days) + "d",
          person.renewal && age >= 0 && Ordered(sign, age, days)};
}

Term SetTerm(const Person& person) {
  switch (Random(0, 3)) {
    case 0:
      return {"city:" + Pick({"", "*"}), person.city.has_value()};
    case 1:
      return {"size:" + Pick({"", "*"}), person.size.has_value()};
    default:
      return {"tags:" + Pick({"", "*"}), !person.tags.empty()};
  }
}

Term RandomTerm(const Person& person) {
  using Make = Term (*)(const Person&);
  constexpr Make kMakers[] = {WordTerm, CityTerm, PhoneTerm, TagTerm, OrderedTerm, EqualTerm, AgeTerm, SetTerm};
  Term term = kMakers[Random(0, 8)](person);
  if (Random(0, 3) == 0) term = {"-" + term.text, !term.holds};
  return term;
}

RC_GTEST_PROP(SearchRuleProperty, TheRuleAnswersAsTheTermsDo, ()) {
  config::TenantDefinitions definitions;
  definitions.strict_fields = true;
  definitions.fields = {{"first_name", FieldType::kText}, {"last_name", FieldType::kText},
                        {"city", FieldType::kText},       {"phone", FieldType::kText},
                        {"size", FieldType::kNumber},     {"renewal", FieldType::kDate}};
  const Person person = RandomPerson();
  testing::RuleLead lead = LeadOf(person, definitions);
  std::string search;
  bool holds = true;
  for (int i = Random(1, 5); i > 0; --i) {
    const Term term = RandomTerm(person);
    search += term.text + " ";
    holds &= term.holds;
  }
  const Result<UnderstoodSearch> understood = RuleOfSearch(search, definitions);
  RC_LOG(search + "\n" + (understood.ok() ? understood->rule : understood.status().message()));
  RC_ASSERT(understood.ok());
  RC_ASSERT(lead.Ask(understood->rule, kNow).holds == holds);
  const auto again = rules::ParseRule(understood->rule);
  RC_ASSERT(rules::PrintNode(*std::get<rules::Rule>(again).root) == understood->rule);
}

}  // namespace leadpulse::query::search_rule_property_test
