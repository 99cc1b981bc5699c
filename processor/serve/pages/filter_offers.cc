#include "processor/serve/pages/filter_offers.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>

#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/query/leads/lead_record.h"
#include "processor/rules/language/field_names.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/filter_activity.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_answers.h"

namespace leadpulse::serve {
namespace {

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
                                                                  {"has consent", "Has consented to"},
                                                                  {"sendable for", "Can be mailed about"},
                                                                  {"last_engaged", "Last activity"},
                                                                  {"created", "Created"},
                                                                  {"quality", "Quality"},
                                                                  {"qualification", "Qualification"}});

FilterType TypeNamed(std::string_view declared) {
  if (declared == "number") return FilterType::kNumber;
  if (declared == "boolean") return FilterType::kTruth;
  return declared == "day" || declared == "date" ? FilterType::kTime : FilterType::kText;
}

constexpr size_t kMostShown = 30;    // as boxes
constexpr size_t kMostFound = 2000;  // with those that are found by typing

// Returns what leads have of the resource: those that most leads have first, by name, then the others.
Offers OffersOfResource(std::string_view resource, const PageRequest& request) {
  const std::string action = Concat({resource.substr(0, resource.size() - 1), ".list"});
  const ApiReply found = CallApi({.action = action}, request);
  Offers offers;
  for (const Json& one : found.json[resource].elements()) {
    if (offers.size() < kMostFound) offers.emplace_back(one["id"].text(), one["id"].text());
  }
  const auto shown_end = offers.begin() + static_cast<ptrdiff_t>(std::min(kMostShown, offers.size()));
  std::sort(offers.begin(), shown_end);
  std::sort(shown_end, offers.end());
  return offers;
}

// Returns the values of a field that leads have, those that most leads have first. Of other fields than tags, lists,
// campaigns and agents nothing counts all: those of the first leads.
Offers OffersOfLeads(const NamedField& field, const PageRequest& request) {
  constexpr std::pair<std::string_view, std::string_view> kResources[] = {
      {"tag", "tags"}, {"list", "lists"}, {"campaign", "campaigns"}, {"agent", "agents"}};
  for (const auto& [name, resource] : kResources) {
    if (name == field.name) return OffersOfResource(resource, request);
  }
  const auto found = AskApi<v1::FoundLeads>(
      {.action = "contact.search", .parameters = {{"limit", "1000"}}, .prefer = "wait=1"}, request);
  std::map<std::string, size_t> counts;
  for (const v1::LeadRow& contact : found.message.rows()) {
    if (field.name == "tier") {
      ++counts[contact.lead().tier()];
    } else if (const v1::ProfileValue* value = query::FindAttribute(contact.lead(), field.name)) {
      for (const v1::ProfileValue& one : value->list().elements()) ++counts[query::TextOf(one)];
      if (std::string text = query::TextOf(*value); !text.empty()) ++counts[std::move(text)];
    }
  }
  std::vector<std::pair<size_t, std::string>> usual;
  for (const auto& [text, count] : counts) usual.emplace_back(count, text);
  std::ranges::sort(
      usual, [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  Offers offers;
  for (size_t i = 0; i < std::min(kMostShown, usual.size()); ++i) offers.emplace_back(usual[i].second, usual[i].second);
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
  for (const config::DeclaredName& one : declared.all()) {
    if (one.active && offers->size() < kMostFound) offers->emplace_back(one.id, one.name);
  }
}

}  // namespace

std::vector<NamedField> FieldsFor(const PageRequest& request) {
  std::vector<NamedField> fields;
  for (const auto& [name, label] : kBuiltIns) {
    fields.push_back({std::string(name), std::string(label), BuiltInFilterType(name)});
  }
  for (const auto& [name, label] : OfferedActivities()) {
    fields.push_back({std::string(name), std::string(label), FilterType::kActivity});
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
  const Activity* activity = ActivityNamed(name);
  if (activity != nullptr) return {std::string(name), std::string(activity->label), FilterType::kActivity};
  if (name == rules::kLeadIdField) return {std::string(name), "ID", FilterType::kText};
  if (name == rules::kUpdatedField) return {std::string(name), "Last change", FilterType::kTime};
  const bool is_prefixed = name.starts_with(rules::kProfilePrefix);
  const std::string_view attribute = is_prefixed ? name.substr(rules::kProfilePrefix.size()) : name;
  return {std::string(name), LabelOf(attribute), BuiltInFilterType(name)};
}

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
  const bool is_free = field.type == FilterType::kNumber || field.type == FilterType::kTime ||
                       field.name == "has consent" || field.name == "sendable for";
  if (is_free || field.type == FilterType::kActivity) return {};
  const auto names = request.parts->api->NamesFor(request.user);
  if (field.name == "segment") {
    for (const config::DeclaredName& segment : names->segments) offers.emplace_back(segment.id, segment.name);
    return offers;
  }
  if (field.name == "list") AddDeclared(names->lists, &offers);
  if (field.name == "campaign") AddDeclared(names->campaigns, &offers);
  std::set<std::string> known;
  for (const auto& [value, label] : offers) known.insert(FoldCase(value));
  for (auto& offer : OffersOfLeads(field, request)) {
    if (known.insert(FoldCase(offer.first)).second) offers.push_back(std::move(offer));
  }
  return offers;
}

Offers TakeFurther(const std::vector<std::string>& chosen, Offers* offers) {
  Offers shown, further;
  for (auto& offer : *offers) {
    const bool is_shown = shown.size() < kMostShown || std::ranges::find(chosen, offer.first) != chosen.end();
    (is_shown ? shown : further).push_back(std::move(offer));
  }
  *offers = std::move(shown);
  return further;
}

std::string IdOf(const config::DeclaredNames& declared, const std::string& text) {
  if (declared.Find(text) != nullptr) return text;
  const auto has_name = [folded = FoldCase(text)](const auto& one) { return FoldCase(one.name) == folded; };
  const auto found = std::ranges::find_if(declared.all(), has_name);
  return found == declared.all().end() ? text : found->id;
}

}  // namespace leadpulse::serve
