// The panel of one contact, with the forms that edit it.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "config/declared_names.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_edit.h"
#include "processor/serve/pages/lead_list.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

// Shown first, even while they are not set.
constexpr auto kUsualAttributes =
    std::to_array<std::string_view>({"first_name", "last_name", "phone", "company_name", "domain"});
constexpr std::string_view kTimelineLength = "50";

// Returns the names of the declared fields that are days. `fields` are all that the definitions declare.
std::set<std::string_view> DaysAmong(const Json& fields) {
  std::set<std::string_view> days;
  for (const Json& field : fields.elements()) {
    if (field["type"].text() == FieldTypeName(FieldType::kDay)) days.insert(field["name"].text());
  }
  return days;
}

PageData AttributeRow(std::string_view name, const Json& value) {
  PageData row;
  row["name"] = std::string(name);
  row["label"] = LabelOf(name);
  row["type"] = value.is_number() ? "number" : value.is_boolean() ? "boolean" : "text";
  std::string text = SpellingOf(value);
  if (value.is_array() || value.is_object()) {
    value.AppendTo(&text);
    row["is_fixed"] = true;
  }
  row["value"] = text;
  return row;
}

// Returns the attributes, and declared days even while they are not set: nobody need type one under New attribute.
// `refused` is a form that was refused, whose values stay in the fields, or null.
PageData AttributesOf(const Json& contact, const Json& fields, const PageRequest* refused) {
  PageList rows;
  std::set<std::string_view> days = DaysAmong(fields);  // that have no row yet
  const Json& profile = contact["profile"];
  const auto add = [&](std::string_view name, const Json& value) {
    PageData row = AttributeRow(name, value);
    row["is_day"] = days.erase(name) > 0;
    const std::string field = "value:" + std::string(name);
    const bool is_typed = refused != nullptr && refused->Has(field);
    const std::string input = is_typed ? std::string(refused->Field(field)) : row["value"].string_value();
    row["input"] = input;
    row["has_lines"] = input.find_first_of("\r\n") != std::string::npos;
    rows.push_back(std::move(row));
  };
  for (const std::string_view name : kUsualAttributes) add(name, profile[name]);
  for (const auto& [name, value] : profile.members()) {
    if (std::ranges::find(kUsualAttributes, name) == kUsualAttributes.end()) add(name, value);
  }
  for (const std::string_view name : std::set(days)) add(name, profile[name]);
  return rows;
}

// Returns the tags, lists or campaigns as `{name_id, name}`.
PageData NamesOf(const Json& ids, const config::DeclaredNames& names) {
  return ListOf(ids.elements(), [&names](const Json& id) {
    return PageRow{{"name_id", TextData(id.text())}, {"name", TextData(names.NameOf(id.text()))}};
  });
}

PageData ConsentsOf(const Json& ledger) {
  return ListOf(ledger.elements(), [](const Json& consent) {
    PageData row = DataOf(consent);
    row["at"] = TimeOf(consent["at"]);
    return row;
  });
}

// Returns the topics. `declared` are all topics, `out` the ids of the topics that the contact is opted out of.
PageData TopicsOf(const Json& declared, const Json& out) {
  return ListOf(declared.elements(), [&](const Json& topic) {
    const auto is_it = [&topic](const Json& id) { return id.text() == topic["id"].text(); };
    return PageRow{{"topic", TextData(topic["id"].text())},
                   {"topic_name", TextData(topic["name"].text())},
                   {"out", std::ranges::any_of(out.elements(), is_it)}};
  });
}

PageData ContributionsOf(const Json& score) {
  return ListOf(score["contributions"].elements(), [](const Json& part) {
    PageData row = DataOf(part);
    for (const char* name : {"occurredAt", "changesAt"}) row[name] = TimeOf(part[name]);
    const std::string_view outcome = part["outcome"].text();
    row["outcome"] = TextData(outcome == "counted" ? "" : LabelOf(outcome));
    return row;
  });
}

PageData SegmentsOf(const Json& segments) {
  PageList list;
  for (const Json& segment : segments.elements()) {
    if (!segment["holds"].truth()) continue;
    list.push_back(PageRow{{"name", TextData(TitleOf(segment))}, {"changes_at", TimeOf(segment["changesAt"])}});
  }
  return list;
}

// Describes an edit of names: `changed tags: + vip, − cold`, `changed Company name, Phone (cleared)`.
std::string NamesSentenceOf(std::string_view kind, const Json& content, const config::TenantNames& declared) {
  const config::DeclaredNames none;
  const config::DeclaredNames& titles = kind == "lists"       ? declared.lists
                                        : kind == "campaigns" ? declared.campaigns
                                                              : none;
  std::vector<std::string> names;
  for (const Json& name : content["set"].elements()) names.push_back(LabelOf(name.text()));
  for (const Json& name : content["unset"].elements()) names.push_back(LabelOf(name.text()) + " (cleared)");
  for (const Json& name : content["added"].elements()) names.push_back(Concat({"+ ", titles.NameOf(name.text())}));
  for (const Json& name : content["removed"].elements()) names.push_back(Concat({"− ", titles.NameOf(name.text())}));
  return Concat({"changed ", kind == "attributes" ? "" : Concat({kind, ": "}), Join(names, ", ")});
}

// Describes the values that a command set, without its sender; nullopt for an event.
std::optional<std::string> CommandSentenceOf(std::string_view kind, const Json& content,
                                             const config::TenantNames& declared) {
  if (kind == "note") return Concat({"noted: ", content["text"].text()});
  if (kind == "stage") return "moved it to " + LabelOf(content["stage"].text());
  if (kind == "doNotContact") return content["value"].truth() ? "set do not contact" : "lifted do not contact";
  if (kind == "agent") {
    const std::string_view agent = content["agentId"].text();
    return agent.empty() ? "removed the agent" : Concat({"assigned the agent ", agent});
  }
  if (kind == "qualification") {
    const std::string_view score = content["score"].text();
    return score.empty() ? "cleared the qualification" : Concat({"set the qualification to ", score});
  }
  if (kind == "attributes" || kind == "tags" || kind == "lists" || kind == "campaigns") {
    return NamesSentenceOf(kind, content, declared);
  }
  if (kind != "consent") return std::nullopt;
  return Concat(
      {"recorded: consent to ", content["purpose"].text(), content["granted"].truth() ? " given" : " withdrawn"});
}

// Names in the sentences of the timeline, by id: titles of segments, lists and campaigns, and types of the page's
// events.
struct TimelineNames {
  std::shared_ptr<const config::TenantNames> declared;
  std::map<std::string_view, std::string_view> segments;
  std::map<std::string_view, std::string_view> events;
};

std::string BecauseOf(const Json& change, const TimelineNames& names) {
  const Json& cause = change["cause"];
  const std::string_view kind = cause["kind"].text();
  if (kind == "TIME") return "by the passing of time";
  if (kind == "DEFINITIONS") return "by new definitions";
  if (kind == "COMMAND") {
    const std::string_view actor = change["actor"].text();
    return actor.empty() ? "by a command" : Concat({"by ", actor});
  }
  const auto event = names.events.find(cause["id"].text());
  if (event == names.events.end()) return "because of an event";
  const std::string type = AsciiLower(LabelOf(event->second));
  return Concat({"because of ", type == "open" || type == "unsubscribe" ? "an " : "a ", type});
}

// Returns `first_name, tags`.
std::string NamesIn(const Json& list) {
  std::vector<std::string_view> names;
  for (const Json& name : list.elements()) names.push_back(name.text());
  return Join(names, ", ");
}

std::string DescribeChange(const Json& change, const TimelineNames& names) {
  const std::string_view kind = change["kind"].text(), name = change["name"].text();
  const auto moved = [&](std::string_view what) {
    return Concat({what, ": ", change["from"].text(), " → ", change["to"].text()});
  };
  const auto segment = names.segments.find(name);
  const std::string title = segment == names.segments.end() ? std::string(name) : std::string(segment->second);
  if (kind == "LEAD_CREATED") return "Created";
  if (kind == "LEAD_UPDATED") return "Changed: " + NamesIn(change["updated"]);
  if (kind == "LEAD_MERGED") return "Merged into another contact";
  if (kind == "SEGMENT_ENTERED") return "Entered segment " + title;
  if (kind == "SEGMENT_LEFT") return "Left segment " + title;
  if (kind == "TIER_CHANGED") return moved("Tier");
  if (kind == "SCORE_CHANGED") return moved("Score");
  if (kind == "EMAIL_STATUS_CHANGED") return moved("E-mail status");
  if (kind == "TOPIC_CHANGED") return moved(Concat({"Topic ", name}));
  if (kind == "SENDABLE_CHANGED") return change["to"].text() == "true" ? "Can be mailed" : "Cannot be mailed";
  if (kind != "STAGE_CHANGED") return LabelOf(kind);
  return Concat({"Stage: ", LabelOf(change["from"].text()), " → ", LabelOf(change["to"].text())});
}

// Describes an entry of the timeline.
std::string SentenceOf(const Json& entry, const TimelineNames& names) {
  const std::string_view kind = entry["kind"].text();
  const Json& content = entry[kind];
  if (kind == "change") return Concat({DescribeChange(content, names), ", ", BecauseOf(content, names)});
  if (const auto command = CommandSentenceOf(kind, content, *names.declared)) {
    const std::string_view actor = content["actor"].text();
    return actor.empty() ? Capitalized(*command) : Concat({actor, " ", *command});
  }
  std::string sentence = LabelOf(content["type"].text());
  if (!content["name"].text().empty()) AppendParts({" ", content["name"].text()}, &sentence);
  const std::string_view campaign = content["campaignId"].text();
  if (!campaign.empty()) AppendParts({", campaign ", names.declared->campaigns.NameOf(campaign)}, &sentence);
  if (!content["topic"].text().empty()) AppendParts({", topic ", content["topic"].text()}, &sentence);
  if (!content["bounceKind"].text().empty()) AppendParts({", ", content["bounceKind"].text()}, &sentence);
  if (content["machine"].truth()) sentence += ", by a machine";
  if (content["retracted"].truth()) sentence += ", retracted";
  return sentence;
}

// Describes events that have left the journal: `Open 3, Click 1`; empty if there are none.
std::string CountsOf(const Json& counts) {
  std::vector<std::string> texts;
  for (const auto& [type, count] : counts.members()) {
    if (count.text() != "0") texts.push_back(Concat({LabelOf(type), " ", count.text()}));
  }
  return Join(texts, ", ");
}

// Sets `timeline`, and `older_query` if there are older entries, else the rest of the oldest events.
void AddTimeline(const std::string& id, const Json& timeline, const Json& explained, const PageRequest& request,
                 PageData* data) {
  TimelineNames names;
  names.declared = request.parts->api->NamesFor(request.user);
  for (const Json& segment : explained["segments"].elements()) names.segments[segment["id"].text()] = TitleOf(segment);
  for (const Json& entry : timeline["entries"].elements()) {
    names.events[entry["event"]["eventId"].text()] = entry["event"]["type"].text();
  }
  (*data)["timeline"] = ListOf(timeline["entries"].elements(), [&names](const Json& entry) {
    return PageRow{{"at", TimeOf(entry["at"])}, {"sentence", SentenceOf(entry, names)}};
  });
  const std::string cursor(timeline["cursor"].text());
  (*data)["older_query"] = TextData(cursor.empty() ? "" : QueryOf({{"lead", id}, {"cursor", cursor}}));
  const Json& folded = timeline["folded"];
  (*data)["folded"] = TextData(cursor.empty() ? CountsOf(folded["counts"]) : "");
  (*data)["folded_until"] = TimeOf(folded["newestAt"]);
}

void AddExplanation(const Json& explained, PageData* data) {
  PageData& panel = *data;
  panel["score_changes_at"] = TimeOf(explained["score"]["changesAt"]);
  panel["contributions"] = ContributionsOf(explained["score"]);
  panel["excluded"] = explained["score"]["excluded"].truth();
  panel["email_status"] = TextData(explained["emailStatus"]["value"].text());
  panel["email_reason"] = TextData(explained["emailStatus"]["reason"].text());
  panel["sendable"] = explained["sendable"].truth();
  std::string reason(explained["stage"]["reason"].text());
  std::ranges::replace(reason, '_', ' ');  // `set to follow_up by a command`
  panel["stage_reason"] = TextData(reason);
  panel["quality"] = TextData(explained["quality"]["value"].text());
  panel["segments"] = SegmentsOf(explained["segments"]);
}

}  // namespace

std::variant<PageData, ApiReply> DetailOf(const std::string& id, const PageRequest& request) {
  ApiReply contact = CallApi({.action = "contact.get", .id = id}, request);
  if (!contact.is_done()) return contact;
  ApiReply explained = CallApi({.action = "contact.explain", .id = id}, request);
  ApiReply timeline = CallApi(
      {.action = "contact.timeline", .id = id, .parameters = {{"limit", std::string(kTimelineLength)}}}, request);
  ApiReply fields = CallApi({.action = "field.list"}, request);
  ApiReply topics = CallApi({.action = "topic.list"}, request);
  ApiReply link = CallApi({.action = "contact.unsubscribe_link", .id = id}, request);
  for (ApiReply* reply : {&explained, &timeline, &fields, &topics, &link}) {
    if (!reply->is_done()) return std::move(*reply);
  }
  const Json& json = contact.json;
  PageData data = LeadCells(json);
  const bool was_refused = request.method == "POST" && request.Field("lead") == id;
  data["attributes"] = AttributesOf(json, fields.json["fields"], was_refused ? &request : nullptr);
  if (was_refused) {
    data["note_text"] = TextData(request.Field("text"));
    for (const char* name : {"new_name", "new_value"}) data[name] = TextData(request.Field(name));
  }
  const auto names = request.parts->api->NamesFor(request.user);
  data["tags"] = NamesOf(json["tags"], {});
  data["lists"] = NamesOf(json["lists"], names->lists);
  data["campaigns"] = NamesOf(json["campaigns"], names->campaigns);
  data["consents"] = ConsentsOf(json["consentLedger"]);
  data["do_not_contact"] = json["doNotContact"].truth();
  data["do_not_contact_reason"] = TextData(json["doNotContactReason"].text());
  data["qualification"] = TextData(json["qualification"].text());
  data["qualification_is_set"] = !json["qualificationSet"].is_null();
  data["created"] = TimeOf(json["created"]);
  data["unsubscribe_link"] = TextData(link.json["url"].text());
  AddTimeline(id, timeline.json, explained.json, request, &data);
  data["topics"] = TopicsOf(topics.json["topics"], json["topicsOut"]);
  AddExplanation(explained.json, &data);
  return data;
}

http::Response ShowTimeline(const PageRequest& request) {
  const std::string id(request.Parameter("lead"));
  const ApiCall call{
      .action = "contact.timeline",
      .id = id,
      .parameters = {{"limit", std::string(kTimelineLength)}, {"cursor", std::string(request.Parameter("cursor"))}}};
  constexpr char kNone[] = "No timeline";
  LP_ASSIGN_OR_ANSWER(const Json contact, JsonOrPage({.action = "contact.get", .id = id}, request, kNone));
  LP_ASSIGN_OR_ANSWER(const Json explained, JsonOrPage({.action = "contact.explain", .id = id}, request, kNone));
  LP_ASSIGN_OR_ANSWER(const Json timeline, JsonOrPage(call, request, kNone));
  PageData data = NewPage(request, "Timeline");
  data["name"] = NameOf(contact);
  data["lead_query"] = QueryOf({{"lead", id}});
  AddTimeline(id, timeline, explained, request, &data);
  return Page(http::kOk, "timeline", data);
}

http::Response ShowDetail(const PageRequest& request) {
  auto detail = DetailOf(std::string(request.Parameter("lead")), request);
  if (const auto* refused = std::get_if<ApiReply>(&detail)) return {refused->code, refused->sentence()};
  PageData data;
  AddForms(request, &data);
  data["detail"] = std::move(std::get<PageData>(detail));
  return Part("lead_detail", data);
}

}  // namespace leadpulse::serve
