#include "processor/query/search/search_words.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "processor/base/text.h"
#include "processor/query/search/search_tests.h"
#include "processor/rules/language/value_parser.h"

namespace leadpulse::query {
namespace {

using rules::Node;
using rules::NodePtr;
using rules::TextOperator;

constexpr size_t kMaxWordsOfPerson = 4;

// Collects the tests for one text; it is enough that one holds.
class WordTests {
 public:
  WordTests(rules::Span span, const std::vector<std::string>& attributes, std::vector<NodePtr>* tests)
      : span_(span), attributes_(attributes), tests_(tests) {}

  void Add(const SearchValue& value) {
    const std::string text(TrimAsciiSpace(value.text));
    if (text.find('@') != std::string::npos) {
      const bool anywhere = value.star_before || text.front() == '@';
      return AddTest("email", anywhere ? TextOperator::kContains : TextOperator::kStartsWith, text);
    }
    for (const std::string& attribute : attributes_) {
      if (value.star_before) {
        AddTest(attribute, TextOperator::kContains, text);
      } else {
        AddTest(attribute, TextOperator::kStartsWith, text);
        AddTest(attribute, TextOperator::kContains, " " + text);
      }
    }
    if (!value.star_before) AddPersons(text);
    AddTest("email", value.star_before ? TextOperator::kContains : TextOperator::kStartsWith, text);
  }

 private:
  NodePtr Make(decltype(Node::kind) kind) const { return std::make_unique<Node>(Node{std::move(kind), span_}); }
  NodePtr Test(std::string_view attribute, rules::ValueTest test) const {
    rules::Field field{std::string(attribute), std::string(attribute), span_};
    return Make(rules::ValuePredicate{std::move(field), std::move(test)});
  }
  void AddTest(std::string_view attribute, TextOperator op, const std::string& text) {
    tests_->push_back(Test(attribute, rules::TextTest{op, rules::MakeText(text), false}));
  }

  // For each place between two words: those before it as the first name, those behind it as the last.
  void AddPersons(const std::string& text) {
    const bool both = std::ranges::count(attributes_, "first_name") + std::ranges::count(attributes_, "last_name") == 2;
    if (!both || std::ranges::count(text, ' ') >= static_cast<std::ptrdiff_t>(kMaxWordsOfPerson)) return;
    for (size_t space = text.find(' '); space != std::string::npos; space = text.find(' ', space + 1)) {
      const std::string first(TrimAsciiSpace(std::string_view(text).substr(0, space)));
      const std::string last(TrimAsciiSpace(std::string_view(text).substr(space + 1)));
      rules::And person;
      person.children.push_back(
          Test("first_name", rules::CompareTest{rules::Compare::kEqual, rules::MakeTextLiteral(first)}));
      person.children.push_back(
          Test("last_name", rules::TextTest{TextOperator::kStartsWith, rules::MakeText(last), false}));
      tests_->push_back(Make(std::move(person)));
    }
  }

  rules::Span span_;
  const std::vector<std::string>& attributes_;
  std::vector<NodePtr>* tests_;
};

}  // namespace

NodePtr TestOfWords(const SearchTerm& term, const std::vector<std::string>& attributes) {
  std::vector<NodePtr> tests;
  WordTests words(term.span, attributes, &tests);
  for (const SearchValue& value : term.values) words.Add(value);
  return Either(std::move(tests), term.span);
}

}  // namespace leadpulse::query
