#include "processor/serve/pages/lead_filter.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/serve/pages/filter_offers.h"
#include "processor/serve/pages/filter_rule.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/typed_value.h"

namespace leadpulse::serve {
namespace {

using http::FormField;

// Returns the query string of the page with this rule and parameters of the filter, from its first page.
std::string QueryWith(const FilteredPage& page, const std::string& rule, std::initializer_list<FormField> more = {}) {
  std::vector<FormField> fields = {{"where", rule}};
  fields.insert(fields.end(), page.kept.begin(), page.kept.end());
  fields.insert(fields.end(), more);
  return QueryOf(fields);
}

// The rule around a condition that is edited.
struct Around {
  std::string rest;    // of the other chips
  std::string either;  // of the alternatives in the same chip; empty: none
};

// Sets the data of the editor: `editor` with the field, its tests and values, and the rule around. `problem`: what is
// wrong with the values, which are then as somebody typed them.
void AddEditor(const NamedField& field, const FilterCondition& edited, const std::string& problem, const Around& around,
               const PageRequest& request, PageData* data) {
  PageData editor;
  editor["field"] = field.name;
  editor["field_label"] = field.label;
  editor["rest"] = TextData(around.rest);
  editor["either"] = TextData(around.either);
  editor["tests"] = ListOf(TestsOf(field.type), [&edited](const FilterTest& test) {
    return OptionOf(test.name, test.label, test.name == edited.test);
  });
  Offers offers = OffersOf(field, request);
  std::vector<std::string> others = edited.values;
  for (const auto& [value, label] : offers) std::erase(others, value);
  const bool takes_offers = !offers.empty();
  if (takes_offers) {
    for (std::string& other : others) offers.emplace_back(other, other);
    others.clear();
  }
  const bool is_closed = field.type == FilterType::kTruth || field.name == "stage" || field.name == "status" ||
                         field.name == "email_status" || field.name == "segment";
  const Offers further = is_closed ? Offers() : TakeFurther(edited.values, &offers);
  AddList("further", ListOf(further, [](const auto& offer) { return PageRow{{"label", offer.second}}; }), &editor);
  editor["further_count"] = ShownNumbers::For(request).Of(further.size());
  editor["offers"] = ListOf(offers, [&edited](const auto& offer) {
    return OptionOf(offer.first, offer.second, std::ranges::find(edited.values, offer.first) != edited.values.end());
  });
  editor["has_offers"] = takes_offers;
  editor["is_truth"] = field.type == FilterType::kTruth;
  editor["takes_text"] = !is_closed;
  const auto number = field.type == FilterType::kNumber && problem.empty() && !others.empty()
                          ? Number::Parse(others.front())
                          : std::nullopt;
  editor["text"] = TextData(number ? NumberToType(*number) : others.empty() ? "" : others.front());
  editor["is_number"] = field.type == FilterType::kNumber && edited.test != "between";
  editor["is_time"] = field.type == FilterType::kTime;
  editor["problem"] = TextData(problem);
  (*data)["editor"] = std::move(editor);
  (*data)["filter_is_open"] = true;
}

// Returns the rules of all parts but one.
std::vector<std::string> RulesWithout(const std::vector<FilterPart>& parts, size_t left_out) {
  std::vector<std::string> rules;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i != left_out) rules.push_back(parts[i].rule);
  }
  return rules;
}

// Returns the rule so that another one can be joined by AND: with an OR in parentheses.
std::string AsParts(const std::string& rule) {
  const auto parts = PartsOf(rule);
  return parts ? JoinParts(RulesWithout(*parts, parts->size())) : rule;
}

// Returns the values that are not blank.
std::vector<std::string> ValuesIn(const PageRequest& request) {
  std::vector<std::string> values;
  for (const FormField& field : request.parameters) {
    const std::string_view value = TrimAsciiSpace(field.value);
    if (field.name == "value" && !value.empty()) values.emplace_back(value);
  }
  return values;
}

// What a chip needs to know of its filter.
struct Filter {
  const std::string& rule;
  const FilteredPage& page;
  const PageRequest& request;
  RuleNames names;
};

// Returns `words` and the queries of a condition with this number; opens its editor if it is asked for.
PageRow ConditionOf(const FilterPart& part, const std::string& number, const Around& around, const Filter& filter,
                    PageData* data) {
  const bool is_edited = filter.request.Parameter("chip") == number;
  PageRow chip{{"remove_query", QueryWith(filter.page, JoinParts({around.rest, around.either}))},
               {"is_edited", is_edited}};
  chip["words"] = WordsOfRule(part.rule, filter.names);
  if (!part.condition) return chip;
  const NamedField field = FieldNamed(filter.names.fields, part.condition->field);
  chip["edit_query"] = QueryWith(filter.page, filter.rule, {{"chip", number}});
  if (is_edited) AddEditor(field, *part.condition, "", around, filter.request, data);
  return chip;
}

// Returns the conditions of a chip, one or several of which one is enough.
PageRow ChipOf(const FilterPart& part, const std::string& number, const std::string& rest, const Filter& filter,
               PageData* data) {
  PageList conditions;
  if (part.either.empty()) conditions.push_back(ConditionOf(part, number, {rest, ""}, filter, data));
  for (size_t i = 0; i < part.either.size(); ++i) {
    const Around around{rest, JoinEither(RulesWithout(part.either, i))};
    PageRow condition = ConditionOf(part.either[i], Concat({number, ".", std::to_string(i)}), around, filter, data);
    condition["is_other"] = i > 0;
    conditions.push_back(condition);
  }
  return {{"conditions", conditions},
          {"has_several", part.either.size() > 1},
          {"or_query", QueryWith(filter.page, filter.rule, {{"or", number}})}};
}

// Returns the rule around a new condition: an alternative to the chip that `or` names, or a chip of its own.
Around AroundNew(const std::vector<FilterPart>& parts, const std::string& rule, const PageRequest& request) {
  const auto chip = ParseInteger<size_t>(request.Parameter("or"));
  if (!chip || *chip >= parts.size()) return {AsParts(rule), ""};
  return {JoinParts(RulesWithout(parts, *chip)), parts[*chip].rule};
}

// Returns the rule without the parentheses of JoinEither, so that another alternative fits in.
std::vector<std::string> EitherIn(const std::string& rule) {
  const auto parts = PartsOf(rule);
  if (!parts || parts->size() != 1 || parts->front().either.empty()) return {rule};
  std::vector<std::string> rules;
  for (const FilterPart& part : parts->front().either) rules.push_back(part.rule);
  return rules;
}

// The parameters of WriteFilter that the page it leads to does not keep.
constexpr auto kOwnParameters =
    std::to_array<std::string_view>({"where", "either", "field", "test", "value", "stays", "on", "chip", "or"});
constexpr auto kFilteredPages = std::to_array<std::string_view>({"leads", "pipeline", "segments/edit"});

// Returns the query string of the page whose editor shows the condition as it was typed: one of its own, or an
// alternative to the last chip of the rule.
std::string QueryForEditor(const FilteredPage& page, const std::string& rule, bool is_own,
                           const FilterCondition& typed) {
  const auto parts = PartsOf(rule);
  FilteredPage shown = page;
  for (const std::string& value : typed.values) shown.kept.push_back({"value", value});
  return QueryWith(shown, rule,
                   {{"field", typed.field},
                    {"test", typed.test},
                    {"or", is_own || !parts ? "" : std::to_string(parts->size() - 1)}});
}

}  // namespace

RuleNames RuleNamesFor(const PageRequest& request) {
  return {FieldsFor(request), request.parts->api->NamesFor(request.user), ShownNumbers::For(request)};
}

void AddFilter(const std::string& rule, const FilteredPage& page, const PageRequest& request, PageData* data) {
  const auto parts = PartsOf(rule).value_or(std::vector<FilterPart>());
  const Filter filter{rule, page, request, RuleNamesFor(request)};
  PageList chips;
  for (size_t i = 0; i < parts.size(); ++i) {
    chips.push_back(ChipOf(parts[i], std::to_string(i), JoinParts(RulesWithout(parts, i)), filter, data));
  }
  AddList("chips", chips, data);
  const std::string chosen(TrimAsciiSpace(request.Parameter("field"))), chip(request.Parameter("or"));
  const Around around = AroundNew(parts, rule, request);
  if (!chosen.empty()) {
    const FilterCondition typed{chosen, std::string(request.Parameter("test")), ValuesIn(request)};
    const NamedField field = FieldNamed(filter.names.fields, chosen);
    FilterCondition read = typed;
    const Status status = ReadTypedValues(field.type, &read);
    AddEditor(field, typed, status.ok() ? "" : status.message(), around, request, data);
  }
  if (!around.either.empty()) (*data)["filter_is_open"] = true;
  (*data)["new_rest"] = TextData(around.rest);
  (*data)["new_either"] = TextData(around.either);
  if (!around.either.empty()) (*data)["new_either_words"] = WordsOfRule(around.either, filter.names);
  (*data)["page"] = page.path;
  (*data)["clear_query"] = QueryWith(page, "");
  (*data)["kept"] = ListOf(page.kept, [](const FormField& field) {
    return PageRow{{"kept_name", field.name}, {"kept_value", TextData(field.value)}};
  });
  (*data)["filter_fields"] = ListOf(filter.names.fields, [&](const NamedField& field) {
    return PageRow{{"label", field.label},
                   {"is_current", field.name == chosen},
                   {"query", QueryWith(page, rule, {{"field", field.name}, {"or", chip}})}};
  });
}

http::Response WriteFilter(const PageRequest& request) {
  FilterCondition condition{std::string(TrimAsciiSpace(request.Parameter("field"))),
                            std::string(request.Parameter("test")), ValuesIn(request)};
  FilteredPage page{std::string(request.Parameter("on"))};
  if (std::ranges::find(kFilteredPages, page.path) == kFilteredPages.end()) page.path = kFilteredPages.front();
  for (const FormField& field : request.parameters) {
    if (std::ranges::find(kOwnParameters, field.name) == kOwnParameters.end()) page.kept.push_back(field);
  }
  const auto names = request.parts->api->NamesFor(request.user);
  for (std::string& value : condition.values) {
    if (condition.field == "list") value = IdOf(names->lists, value);
    if (condition.field == "campaign" || condition.test == "campaign") value = IdOf(names->campaigns, value);
  }
  const std::string rest = AsParts(std::string(request.Parameter("where"))), either(request.Parameter("either"));
  const FilterType type = FieldNamed(FieldsFor(request), condition.field).type;
  const auto redirect = [&page](const std::string& query) {
    return Redirect(Concat({"/", page.path, query.empty() ? "" : "?", query}));
  };
  if (FilterCondition read = condition; !ReadTypedValues(type, &read).ok()) {
    return redirect(QueryForEditor(page, JoinParts({rest, either}), either.empty(), condition));
  } else {
    condition = std::move(read);
  }
  std::vector<std::string> alternatives = EitherIn(either);
  const std::string added = condition.field.empty() ? "" : RuleOf(condition, type);
  for (std::string& one : EitherIn(added)) alternatives.push_back(std::move(one));
  const std::string rule = JoinParts({rest, either.empty() ? added : JoinEither(alternatives)});
  // With a script, the editor stays open while its values are chosen.
  const auto parts = PartsOf(rule);
  const bool stays = request.Parameter("stays") == "1" && parts;
  const bool has_part = stays && !added.empty();
  std::string chip = has_part ? std::to_string(parts->size() - 1) : "";
  if (has_part && !parts->back().either.empty()) chip += "." + std::to_string(parts->back().either.size() - 1);
  const std::string field = stays && !has_part ? condition.field : "";
  return redirect(QueryWith(page, rule, {{"chip", chip}, {"field", field}}));
}

}  // namespace leadpulse::serve
