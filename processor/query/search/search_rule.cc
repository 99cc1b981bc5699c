#include "processor/query/search/search_rule.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "config/never_true.h"
#include "config/rule_check.h"
#include "processor/base/normal_text.h"
#include "processor/base/search_words.h"
#include "processor/base/text.h"
#include "processor/query/leads/lead_columns.h"
#include "processor/query/search/search_fields.h"
#include "processor/query/search/search_terms.h"
#include "processor/query/search/search_tests.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/checker.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/rule_error.h"
#include "processor/rules/language/value_parser.h"

namespace leadpulse::query {
namespace {

using rules::Node;
using rules::NodePtr;
using rules::RuleError;
using rules::TextOperator;

Status Rejected(std::string_view search, const RuleError& error) {
  // Shows only the beginning of a search that is too long.
  return Status::Rejected(rules::RenderRuleError(search.substr(0, kMaxSearchBytes), error));
}

bool IsOperatorOfRules(const SearchTerm& term) {
  constexpr std::array<std::string_view, 3> kOperators = {"AND", "OR", "NOT"};
  const SearchValue& first = term.values.front();
  return !term.compare && term.values.size() == 1 && !first.is_quoted &&
         std::ranges::find(kOperators, first.text) != kOperators.end();
}

// The tests for one text; one of them must hold.
class WordTests {
 public:
  WordTests(rules::Span span, const SearchedAttributes& attributes, std::vector<NodePtr>* tests)
      : span_(span), attributes_(attributes), tests_(tests) {}

  void Add(const SearchValue& value) {
    const std::string text = AsSearchedAddress(TrimAsciiSpace(value.text));
    if (text.find('@') != std::string::npos) {
      const bool anywhere = value.star_before || text.front() == '@';
      return AddTest("email", anywhere ? TextOperator::kContains : TextOperator::kStartsWith, text);
    }
    std::string normal = NormalText(text);
    WordSearch search(normal);
    if (value.star_before || search.is_empty()) return AddAnywhere(text);
    tests_->push_back(Make(rules::HasWords{std::move(normal), std::move(search)}));
  }

 private:
  NodePtr Make(decltype(Node::kind) kind) const { return std::make_unique<Node>(Node{std::move(kind), span_}); }
  void AddTest(std::string_view attribute, TextOperator op, const std::string& text) {
    rules::Field field{std::string(attribute), std::string(attribute), span_};
    tests_->push_back(
        Make(rules::ValuePredicate{std::move(field), rules::TextTest{op, rules::MakeTextPart(text), false}}));
  }
  void AddAnywhere(const std::string& text) {
    for (const std::string& name : attributes_.names) AddTest(name, TextOperator::kContains, text);
    if (text.starts_with('+') || (!text.empty() && IsDigit(text.front()))) {
      for (const std::string& phone : attributes_.phones) AddTest(phone, TextOperator::kContains, text);
    }
    AddTest("email", TextOperator::kContains, text);
  }

  rules::Span span_;
  const SearchedAttributes& attributes_;
  std::vector<NodePtr>* tests_;
};

// Makes a test that holds for leads with these words in any of their texts: HAS WORDS, for which case, accents and
// punctuation do not matter.
// - `*text` may begin anywhere in the names of people and companies, in addresses and, if it begins like one, in phone
//   numbers; so may a text without letters and digits.
// - A text with `@` is searched in addresses only; one that begins with `@`, anywhere in them.
// - `a,b` is either.
// The term has no comparison; its minus is ignored.
NodePtr TestOfWords(const SearchTerm& term, const SearchedAttributes& attributes) {
  std::vector<NodePtr> tests;
  WordTests words(term.span, attributes, &tests);
  for (const SearchValue& value : term.values) words.Add(value);
  return Either(std::move(tests), term.span);
}

constexpr std::string_view kDigits = "0123456789";

// Whether the term may be a part of a phone number: digits, and the signs that people write between them.
bool IsPhonePart(const SearchTerm& term) {
  const SearchValue& value = term.values.front();
  return !term.compare && !term.is_negated && term.values.size() == 1 && !value.is_quoted && value.is_exact() &&
         value.text.find_first_of(kDigits) != std::string::npos &&
         value.text.find_first_not_of("0123456789+-()/.") == std::string::npos;
}

// Joins the terms of a phone number with spaces in it, such as `0151 234 567`.
std::vector<SearchTerm> WithWholePhones(std::vector<SearchTerm> terms) {
  std::vector<SearchTerm> joined;
  for (auto begin = terms.begin(); begin != terms.end();) {
    const auto end = std::find_if_not(begin, terms.end(), IsPhonePart);
    if (end - begin > 1) {
      SearchTerm whole = *begin;
      std::string& text = whole.values.front().text;
      for (auto part = begin + 1; part != end; ++part) text += " " + part->values.front().text;
      if (!WordSearch(text).digits().empty()) {
        whole.span.end = std::prev(end)->span.end;
        joined.push_back(std::move(whole));
        begin = end;
        continue;
      }
    }
    joined.push_back(std::move(*begin++));
  }
  return joined;
}

constexpr std::string_view kTopicsOut = "topics_out";

// Whether the name is that of a member or column of a lead that rules do not know, and of no declared attribute.
bool IsShownOnly(const SearchTerm& term, const SearchedField& field) {
  const auto* attribute = std::get_if<std::string>(&field.field.name);
  const std::string name = NormalizeName(term.name);
  const bool may_be = field.kind == SearchedKind::kField && attribute != nullptr && *attribute == name;
  if (!may_be || field.values != ValueKind::kUndeclared || term.is_name_backquoted) return false;
  constexpr std::string_view kMembers[] = {"tenant_id", "notes", "counts", "last_at"};
  if (std::ranges::find(kMembers, name) != std::end(kMembers)) return true;
  const Result<Column> column = ParseColumn(name);
  return column.ok() && !std::holds_alternative<rules::Field>(column->what);
}

class SearchTranslation {
 public:
  SearchTranslation(std::string_view search, const config::TenantDefinitions& definitions)
      : search_(search), definitions_(definitions), attributes_(AttributesOfWords(definitions)) {}

  Result<UnderstoodSearch> Run() && {
    std::variant<std::vector<SearchTerm>, RuleError> parsed = ParseSearch(search_);
    if (const auto* error = std::get_if<RuleError>(&parsed)) return Rejected(search_, *error);
    const std::vector<SearchTerm> terms = WithWholePhones(std::get<std::vector<SearchTerm>>(std::move(parsed)));
    if (terms.empty()) return UnderstoodSearch{};
    std::vector<NodePtr> tests;
    for (const SearchTerm& term : terms) {
      NodePtr test = term.compare ? TestOfField(term) : TestOfName(term);
      if (test == nullptr) return Rejected(search_, *error_);
      tests.push_back(term.is_negated ? Negated(std::move(test)) : std::move(test));
    }
    rules::Rule rule{std::string(search_), Together(std::move(tests))};
    if (!Check(terms, &rule)) return Rejected(search_, *error_);
    return Print(*rule.root);
  }

 private:
  // Makes the test of a term with a field. Null after an error.
  NodePtr TestOfField(const SearchTerm& term) {
    const SearchedField field = FieldOfTerm(term, definitions_);
    if (IsShownOnly(term, field)) {
      const std::string name = NormalizeName(term.name);
      error_ = RuleError{term.name_span, rules::Excerpt(term.name) + " is shown, and cannot be searched",
                         name == kTopicsOut ? "a rule says who gets a topic: SENDABLE FOR \"news\""
                                            : "an attribute of that name is profile." + name};
      return nullptr;
    }
    std::variant<NodePtr, RuleError> test = TestOfTerm(term, field, definitions_);
    if (auto* error = std::get_if<RuleError>(&test)) {
      error_ = std::move(*error);
      return nullptr;
    }
    return std::move(std::get<NodePtr>(test));
  }

  NodePtr TestOfName(const SearchTerm& term) {
    if (IsOperatorOfRules(term)) {
      Warn({term.span, rules::Excerpt(term.values.front().text) + " is searched for as a word",
            "terms side by side must all hold, a,b is either, - is not; a rule may say more"});
    }
    return TestOfWords(term, attributes_);
  }

  NodePtr Together(std::vector<NodePtr> tests) const {
    if (tests.size() == 1) return std::move(tests.front());
    const rules::Span whole{0, static_cast<uint32_t>(search_.size())};
    return std::make_unique<Node>(Node{rules::And{std::move(tests)}, whole});
  }

  // Checks the rule. The places in the tree, and so in the findings, are those of the search. Looks only at names
  // that were typed, not at attributes that words search, where it warns, or at comparisons that never hold.
  bool Check(const std::vector<SearchTerm>& terms, rules::Rule* rule) {
    rules::CheckResult found = config::CheckSearchForTenant(definitions_, rule);
    if (!found.errors.empty()) {
      error_ = std::move(found.errors.front());
      return false;
    }
    const auto is_written = [&](const RuleError& problem) {
      return std::ranges::any_of(
          terms, [&](const SearchTerm& term) { return term.compare && term.name_span.begin == problem.span.begin; });
    };
    for (const RuleError& undeclared : found.undeclared) {
      if (is_written(undeclared)) Warn(undeclared);
    }
    for (RuleError& never : config::FindNeverTrue(definitions_, *rule)) {
      if (!is_written(never)) continue;
      error_ = std::move(never);
      return false;
    }
    return true;
  }

  void Warn(const RuleError& warning) {
    std::string text = rules::RenderRuleError(search_, warning);
    if (std::ranges::find(warnings_, text) == warnings_.end()) warnings_.push_back(std::move(text));
  }

  Result<UnderstoodSearch> Print(const Node& root) {
    std::string rule = rules::PrintNode(root);
    if (rule.size() <= rules::kMaxRuleBytes) return UnderstoodSearch{std::move(rule), std::move(warnings_)};
    return Rejected(
        search_, {root.span, "as a rule the search is longer than " + std::to_string(rules::kMaxRuleBytes) + " bytes",
                  "leave out some words: those with a * are looked for in several fields"});
  }

  std::string_view search_;
  const config::TenantDefinitions& definitions_;
  SearchedAttributes attributes_;
  std::vector<std::string> warnings_;
  std::optional<RuleError> error_;
};

}  // namespace

Result<UnderstoodSearch> RuleOfSearch(std::string_view search, const config::TenantDefinitions& definitions) {
  return SearchTranslation(search, definitions).Run();
}

Status CheckSearchSyntax(std::string_view search) {
  const std::variant<std::vector<SearchTerm>, RuleError> terms = ParseSearch(search);
  const auto* error = std::get_if<RuleError>(&terms);
  return error == nullptr ? Status::Ok() : Rejected(search, *error);
}

SearchedLeads CheckSearch(const std::string& search, const config::Definitions& definitions,
                          const std::vector<std::string>& tenants) {
  constexpr char kOption[] = "--search";
  TenantsOf errors, warnings, understood;
  std::map<const config::TenantDefinitions*, Result<UnderstoodSearch>> results;
  std::map<const config::TenantDefinitions*, std::string> rules;
  for (const std::string& tenant : tenants) {
    const config::TenantDefinitions& of_tenant = definitions.For(tenant);
    auto found = results.find(&of_tenant);
    if (found == results.end()) found = results.emplace(&of_tenant, RuleOfSearch(search, of_tenant)).first;
    const Result<UnderstoodSearch>& result = found->second;
    if (!result.ok()) {
      AddTenant(result.status().message(), tenant, &errors);
      continue;
    }
    for (const std::string& warning : result->warnings) AddTenant(warning, tenant, &warnings);
    if (result->rule.empty()) continue;
    AddTenant(result->rule, tenant, &understood);
    rules[&of_tenant] = result->rule;
  }
  SearchedLeads searched;
  searched.errors = Sentences(errors, kOption, tenants.size());
  searched.warnings = Sentences(warnings, kOption, tenants.size());
  for (const auto& [rule, whose] : understood) {
    searched.understood.push_back((understood.size() > 1 ? "tenant " + JoinSome(whose) + ": " : "") + rule);
  }
  if (errors.empty() && !rules.empty()) searched.rule = WhereRule::OfRules(rules);
  return searched;
}

}  // namespace leadpulse::query
