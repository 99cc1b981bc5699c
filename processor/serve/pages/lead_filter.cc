#include "processor/serve/pages/lead_filter.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/filter_rule.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_list.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

using http::FormField;

struct NamedField {
  std::string name;
  std::string label;
  FilterType type;
};

// The fields that every company has, the usual ones first.
constexpr auto kBuiltIns =
    std::to_array<std::pair<std::string_view, std::string_view>>({{"stage", "Stage"},
                                                                  {"status", "Status"},
                                                                  {"email_status", "E-mail status"},
                                                                  {"agent", "Owner"},
                                                                  {"tag", "Tag"},
                                                                  {"list", "List"},
                                                                  {"campaign", "Campaign"},
                                                                  {"segment", "Segment"},
                                                                  {"score", "Score"},
                                                                  {"tier", "Tier"},
                                                                  {"sendable", "Can be mailed"},
                                                                  {"do_not_contact", "Do not contact"},
                                                                  {"last_engaged", "Last activity"},
                                                                  {"created", "Created"},
                                                                  {"last_opened", "Last open"},
                                                                  {"last_clicked", "Last click"},
                                                                  {"last_replied", "Last reply"},
                                                                  {"opens", "Opens"},
                                                                  {"clicks", "Clicks"},
                                                                  {"replies", "Replies"},
                                                                  {"quality", "Quality"},
                                                                  {"qualification", "Qualification"}});

FilterType TypeNamed(std::string_view declared) {
  if (declared == "number") return FilterType::kNumber;
  if (declared == "boolean") return FilterType::kTruth;
  return declared == "day" || declared == "date" ? FilterType::kTime : FilterType::kText;
}

// Returns all fields that a filter can name: those that every company has, and those that its definitions declare.
std::vector<NamedField> FieldsFor(const PageRequest& request) {
  std::vector<NamedField> fields;
  for (const auto& [name, label] : kBuiltIns) {
    fields.push_back({std::string(name), std::string(label), BuiltInFilterType(name)});
  }
  const ApiReply declared = CallApi({.action = "field.list"}, request);
  for (const Json& field : declared.json["fields"].elements()) {
    const std::string_view name = field["name"].text();
    const bool is_own = std::ranges::find(fields, name, &NamedField::name) == fields.end();
    // An attribute may have the name of a built-in field.
    const std::string spelled = is_own ? std::string(name) : Concat({"profile.", name});
    fields.push_back({spelled, LabelOf(name), TypeNamed(field["type"].text())});
  }
  return fields;
}

NamedField FieldNamed(const std::vector<NamedField>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &NamedField::name);
  if (found != fields.end()) return *found;
  return {std::string(name), LabelOf(name), BuiltInFilterType(name)};
}

// Values with the names that people are shown.
using Offers = std::vector<std::pair<std::string, std::string>>;

// Returns the texts of a member of the first leads, those of most leads first: nothing lists all that there are.
Offers OffersOfLeads(const NamedField& field, const PageRequest& request) {
  constexpr size_t kMost = 30;
  constexpr std::pair<std::string_view, std::string_view> kMembers[] = {
      {"tag", "tags"}, {"list", "lists"}, {"campaign", "campaigns"}, {"agent", "agent"}, {"tier", "tier"}};
  std::string_view member = "profile";
  for (const auto& [name, plural] : kMembers) {
    if (name == field.name) member = plural;
  }
  const ApiReply found = CallApi({.action = "contact.search",
                                  .parameters = {{"limit", "1000"}, {"fields", std::string(member)}},
                                  .prefer = "wait=1"},
                                 request);
  std::map<std::string, size_t> counts;
  for (const Json& contact : found.json["contacts"].elements()) {
    const Json& all = contact[member];
    const Json& value = member == "profile" ? all[field.name] : all;
    for (const Json& one : value.elements()) ++counts[std::string(one.text())];
    if (!value.text().empty()) ++counts[std::string(value.text())];
  }
  std::vector<std::pair<size_t, std::string>> usual;
  for (const auto& [text, count] : counts) usual.emplace_back(count, text);
  std::ranges::sort(
      usual, [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  Offers offers;
  for (size_t i = 0; i < std::min(kMost, usual.size()); ++i) offers.emplace_back(usual[i].second, usual[i].second);
  std::ranges::sort(offers);
  return offers;
}

void AddStages(Offers* offers) {
  for (int number = static_cast<int>(Stage::kNew); number <= static_cast<int>(Stage::kArchived); ++number) {
    const std::string_view name = StageName(static_cast<Stage>(number));
    offers->emplace_back(name, LabelOf(name));
  }
}

void AddDeclared(const config::DeclaredNames& declared, Offers* offers) {
  constexpr size_t kMostDeclared = 200;
  for (const config::DeclaredName& one : declared.all()) {
    if (one.active && offers->size() < kMostDeclared) offers->emplace_back(one.id, one.name);
  }
}

// Returns the values to choose from: all that can be, or those that some leads have.
Offers OffersOf(const NamedField& field, const PageRequest& request) {
  Offers offers;
  if (field.name == "stage" || field.name == "status") {
    AddStages(&offers);
    if (field.name == "status") offers.emplace_back("unsubscribed", "Unsubscribed");
    return offers;
  }
  if (field.name == "email_status") {
    for (const char* name : {"active", "unsubscribed", "bounced", "complained"}) {
      offers.emplace_back(name, LabelOf(name));
    }
    return offers;
  }
  if (field.type == FilterType::kTruth) return {{"true", "Yes"}, {"false", "No"}};
  if (field.type == FilterType::kNumber || field.type == FilterType::kTime) return {};
  if (field.name == "segment") {
    const ApiReply segments = CallApi({.action = "segment.list"}, request);
    for (const Json& segment : segments.json["segments"].elements()) {
      offers.emplace_back(segment["id"].text(), TitleOf(segment));
    }
    return offers;
  }
  const auto names = request.parts->api->NamesFor(request.user);
  if (field.name == "list") AddDeclared(names->lists, &offers);
  if (field.name == "campaign") AddDeclared(names->campaigns, &offers);
  for (auto& offer : OffersOfLeads(field, request)) {
    const auto folds_same = [&offer](const auto& one) { return FoldCase(one.first) == FoldCase(offer.first); };
    if (std::ranges::none_of(offers, folds_same)) offers.push_back(std::move(offer));
  }
  return offers;
}

// Returns the name that people are shown for a value, without asking the run.
std::string ShownValue(const FilterCondition& condition, const std::string& value, FilterType type,
                       const config::TenantNames& names) {
  if (type == FilterType::kTruth) return value == "true" ? "yes" : "no";
  if (condition.field == "list") return std::string(names.lists.NameOf(value));
  if (condition.field == "campaign") return std::string(names.campaigns.NameOf(value));
  const bool is_word = condition.field == "stage" || condition.field == "status" || condition.field == "email_status";
  return is_word ? LabelOf(value) : value;
}

// Returns the words of a chip: `Stage is New or Contacted`.
std::string WordsOf(const FilterPart& part, const NamedField& field, const config::TenantNames& names) {
  const FilterCondition& condition = *part.condition;
  std::vector<std::string> values;
  for (const std::string& value : condition.values) values.push_back(ShownValue(condition, value, part.type, names));
  const std::string shown = Join(values, " or ");
  if (condition.test == "last") return Concat({field.label, " in the last ", shown, shown == "1" ? " day" : " days"});
  if (condition.test == "older")
    return Concat({field.label, " more than ", shown, shown == "1" ? " day ago" : " days ago"});
  for (const FilterTest& test : TestsOf(part.type)) {
    if (test.name == condition.test) return Concat({field.label, " ", test.label, shown.empty() ? "" : " ", shown});
  }
  return part.rule;
}

// Returns the query string of the list with this rule and parameters of the filter, from its first page.
std::string QueryWith(const PageRequest& request, const std::string& rule, std::initializer_list<FormField> more = {}) {
  std::vector<FormField> fields = {{"where", rule},
                                   {"sort", std::string(request.Parameter("sort"))},
                                   {"columns", std::string(request.Parameter("columns"))}};
  fields.insert(fields.end(), more);
  return QueryOf(fields);
}

// Sets the data of the editor: `editor` with the field, its tests and values, and `rest`, the rule of the other parts.
void AddEditor(const NamedField& field, const FilterCondition& edited, const std::string& rest,
               const PageRequest& request, PageData* data) {
  PageData editor;
  editor["field"] = field.name;
  editor["field_label"] = field.label;
  editor["rest"] = TextData(rest);
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
  editor["offers"] = ListOf(offers, [&edited](const auto& offer) {
    return OptionOf(offer.first, offer.second, std::ranges::find(edited.values, offer.first) != edited.values.end());
  });
  editor["has_offers"] = takes_offers;
  editor["is_truth"] = field.type == FilterType::kTruth;
  const bool is_closed = field.type == FilterType::kTruth || field.name == "stage" || field.name == "status" ||
                         field.name == "email_status" || field.name == "segment";
  editor["takes_text"] = !is_closed;
  editor["text"] = TextData(others.empty() ? "" : others.front());
  editor["is_number"] = field.type == FilterType::kNumber;
  editor["is_time"] = field.type == FilterType::kTime;
  (*data)["editor"] = std::move(editor);
  (*data)["filter_is_open"] = true;
}

}  // namespace

void AddFilter(const std::string& rule, const PageRequest& request, PageData* data) {
  const auto parts = PartsOf(rule).value_or(std::vector<FilterPart>());
  const std::vector<NamedField> fields = FieldsFor(request);
  const auto names = request.parts->api->NamesFor(request.user);
  PageList chips;
  for (size_t i = 0; i < parts.size(); ++i) {
    std::vector<std::string> others;
    for (size_t j = 0; j < parts.size(); ++j) {
      if (j != i) others.push_back(parts[j].rule);
    }
    const std::string rest = JoinParts(others), number = std::to_string(i);
    const FilterPart& part = parts[i];
    const bool is_edited = request.Parameter("chip") == number;
    PageRow chip{{"remove_query", QueryWith(request, rest)}, {"is_edited", is_edited}};
    chip["words"] = part.condition ? WordsOf(part, FieldNamed(fields, part.condition->field), *names) : part.rule;
    if (part.condition) chip["edit_query"] = QueryWith(request, rule, {{"chip", number}});
    chips.push_back(chip);
    if (is_edited && part.condition) {
      AddEditor(FieldNamed(fields, part.condition->field), *part.condition, rest, request, data);
    }
  }
  AddList("chips", chips, data);
  const std::string chosen(TrimAsciiSpace(request.Parameter("field")));
  if (!chosen.empty()) AddEditor(FieldNamed(fields, chosen), {chosen, ""}, rule, request, data);
  (*data)["filter_fields"] = ListOf(fields, [&](const NamedField& field) {
    return PageRow{{"label", field.label},
                   {"is_current", field.name == chosen},
                   {"query", QueryWith(request, rule, {{"field", field.name}})}};
  });
}

http::Response WriteFilter(const PageRequest& request) {
  FilterCondition condition{std::string(TrimAsciiSpace(request.Parameter("field"))),
                            std::string(request.Parameter("test"))};
  for (const FormField& field : request.parameters) {
    const std::string_view value = TrimAsciiSpace(field.value);
    if (field.name == "value" && !value.empty()) condition.values.emplace_back(value);
  }
  const std::string rest(request.Parameter("where")), sort(request.Parameter("sort"));
  const FilterType type = FieldNamed(FieldsFor(request), condition.field).type;
  std::string rule = JoinParts({rest, condition.field.empty() ? "" : RuleOf(condition, type)});
  // With a script, the editor stays open while its values are chosen.
  const auto parts = PartsOf(rule);
  const bool stays = request.Parameter("stays") == "1" && parts;
  const bool has_part = stays && parts->size() > PartsOf(rest).value_or(std::vector<FilterPart>()).size();
  const std::string chip = has_part ? std::to_string(parts->size() - 1) : "";
  const std::string field = stays && !has_part ? condition.field : "";
  const std::string columns(request.Parameter("columns"));
  const std::string query =
      QueryOf({{"where", rule}, {"sort", sort}, {"columns", columns}, {"chip", chip}, {"field", field}});
  return Redirect(Concat({"/leads", query.empty() ? "" : "?", query}));
}

}  // namespace leadpulse::serve
