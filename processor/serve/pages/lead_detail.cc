// The panel of one contact, with the forms that edit it.
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/declared_names.h"
#include "processor/base/text.h"
#include "processor/query/leads/lead_record.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/lead_activity.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_fields.h"
#include "processor/serve/pages/lead_list.h"
#include "processor/serve/pages/lead_score.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/shown_time.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::serve {
namespace {

struct PanelTab {
  std::string_view id;  // the value of the parameter `tab`
  std::string_view label;
};
constexpr auto kTabs =
    std::to_array<PanelTab>({{"overview", "Overview"}, {"activity", "Activity"}, {"score", "Score"}, {"mail", "Mail"}});

// Asks for what the page of a contact shows, with the page of the timeline at `cursor`.
MessageReply<LeadPage> AskFor(const std::string& id, std::string_view cursor, const PageRequest& request) {
  return AskApi<LeadPage>({.action = "contact.timeline",
                           .id = id,
                           .parameters = {{"limit", kActivityLength}, {"cursor", std::string(cursor)}}},
                          request);
}

// Sets `tabs`, and `on_NAME` of the one that is shown.
void AddTabs(const PageRequest& request, PageData* panel) {
  const std::string_view asked = request.Parameter("tab");
  const bool is_known = std::ranges::find(kTabs, asked, &PanelTab::id) != kTabs.end();
  const std::string_view shown = is_known ? asked : kTabs[0].id;
  (*panel)["tabs"] = ListOf(kTabs, [shown](const PanelTab& tab) {
    return PageRow{{"tab", std::string(tab.id)}, {"tab_label", std::string(tab.label)}, {"is_shown", tab.id == shown}};
  });
  for (const PanelTab& tab : kTabs) (*panel)[Concat({"on_", tab.id})] = tab.id == shown;
}

using Names = google::protobuf::RepeatedPtrField<std::string>;

// Returns the tags, lists or campaigns as `{name_id, name}`.
PageData NamesOf(const Names& ids, const config::DeclaredNames& names) {
  return ListOf(ids, [&names](const std::string& id) {
    return PageRow{{"name_id", TextData(id)}, {"name", TextData(names.NameOf(id))}};
  });
}

// Returns the options of a picker: what is declared, still runs and does not have the contact yet.
PageList OptionsOf(const config::DeclaredNames& declared, const Names& present) {
  PageList options;
  for (const config::DeclaredName& one : declared.all()) {
    const auto is_it = [&one](const std::string& id) { return AsciiLower(id) == AsciiLower(one.id); };
    if (!one.active || options.size() == kMostOptions || std::ranges::any_of(present, is_it)) continue;
    options.push_back(OptionOf(one.id, one.name, false));
  }
  return options;
}

// Returns the agents of the company as options, with the present one selected. Only managers need them.
PageList AgentsOf(std::string_view present, const PageRequest& request) {
  std::set<std::string> ids;
  if (!present.empty()) ids.emplace(present);
  const auto users = request.parts->store->Users(request.user.tenant);
  if (!users.ok()) {
    LogFailure(users.status());
  } else {
    for (const access::User& user : *users) {
      if (!user.disabled && !user.agent_id.empty()) ids.insert(user.agent_id);
    }
  }
  PageList options;
  for (const std::string& id : ids) options.push_back(OptionOf(id, id, id == present));
  return options;
}

void AddNames(const v1::LeadProfile& lead, const PageRequest& request, PageData* panel) {
  const auto names = request.parts->api->NamesFor(request.user);
  (*panel)["tags"] = NamesOf(lead.tags(), {});
  (*panel)["lists"] = NamesOf(lead.lists(), names->lists);
  (*panel)["campaigns"] = NamesOf(lead.campaigns(), names->campaigns);
  AddList("list_choices", OptionsOf(names->lists, lead.lists()), panel);
  AddList("campaign_choices", OptionsOf(names->campaigns, lead.campaigns()), panel);
  if (request.user.role >= access::Role::kManager) {
    AddList("agent_choices", AgentsOf(lead.agent(), request), panel);
  }
}

// Returns `Head of Sales at Acme`, or what there is of it.
std::string PositionOf(const v1::LeadProfile& lead, std::string_view company) {
  std::string title = query::AttributeText(lead, "job_title");
  if (title.empty()) title = query::AttributeText(lead, "title");
  return Concat({title, title.empty() || company.empty() ? "" : " at ", company});
}

void AddFollowUp(const v1::LeadProfile& lead, const ShownTimes& times, PageData* panel) {
  const std::string day = query::AttributeText(lead, "follow_up_on");
  const std::string note = query::AttributeText(lead, "follow_up_note");
  const std::optional<Day> due = ParseDay(day);
  (*panel)["follow_up_on"] = TextData(day);
  (*panel)["is_follow_up_day"] = FitsDayControl(day);
  (*panel)["follow_up_day"] = times.OfDay(day);
  (*panel)["is_due"] = due && *due <= times.today();
  (*panel)["is_overdue"] = due && *due < times.today();
  (*panel)["follow_up_was"] = TextData(day);
  (*panel)["follow_up_note"] = TextData(note);
  (*panel)["follow_up_note_was"] = TextData(note);
  constexpr int32_t kSoon = 3, kWeek = 7;
  (*panel)["tomorrow"] = FormatDay(times.today() + 1);
  (*panel)["in_three_days"] = FormatDay(times.today() + kSoon);
  (*panel)["next_week"] = FormatDay(times.today() + kWeek);
}

// Sets the head of the panel, and what its menus need.
void AddHead(const v1::WholeRecord& record, const ShownTimes& times, PageData* panel) {
  const v1::LeadProfile& lead = record.row().lead();
  const auto text = [panel](const char* name) {
    const PageData* value = panel->get(name);
    return value != nullptr && value->is_string() ? value->string_value() : std::string();
  };
  (*panel)["initials"] = TextData(InitialsOf(text("name")));
  (*panel)["position"] = TextData(PositionOf(lead, text("company")));
  (*panel)["mail_to"] = TextData(MailtoOf(text("email")));
  (*panel)["dial"] = TextData(DialledNumber(text("phone")));
  const std::string& mail = lead.email_status();
  (*panel)["mail_status"] = TextData(mail == "active" ? "" : mail);
  (*panel)["mail_status_label"] = LabelOf(mail);
  (*panel)["stage_label"] = LabelOf(lead.stage());
  (*panel)["do_not_contact"] = lead.do_not_contact();
  (*panel)["do_not_contact_reason"] = TextData(record.do_not_contact_reason());
  (*panel)["created_at"] = times.Of(codec::GetTime(record.row().has_created(), record.row().created()));
  AddFollowUp(lead, times, panel);
}

// Describes why the contact may be mailed, or not.
std::string MailReasonOf(const v1::LeadProfile& lead, const v1::Explanation& explanation) {
  if (lead.do_not_contact()) return "“Do not contact” is set.";
  const std::string& held = explanation.sendable_reason();
  const std::string why = Capitalized(held.empty() ? explanation.email_status().reason() : held);
  return why.empty() ? "" : Concat({why, "."});
}

PageData TopicsOf(const LeadPage& page, const ShownTimes& times) {
  return ListOf(page.topics, [&](const v1::OptOut::Topic& topic) {
    PageRow row{
        {"topic", TextData(topic.id())}, {"topic_name", TextData(topic.name())}, {"out", false}, {"since", false}};
    for (const v1::Explanation::Topic& decided : page.explanation.topics()) {
      if (decided.id() != topic.id()) continue;
      row["out"] = decided.decision().value() == "out";
      row["since"] = times.Of(codec::GetTime(decided.decision().has_at(), decided.decision().at()));
    }
    return row;
  });
}

void AddMail(const LeadPage& page, const ShownTimes& times, PageData* panel) {
  const v1::Explanation& explanation = page.explanation;
  const v1::WholeRecord& record = page.lead.record();
  const v1::Explanation::Decision& mail = explanation.email_status();
  (*panel)["sendable"] = explanation.sendable();
  (*panel)["mail_reason"] = TextData(MailReasonOf(record.row().lead(), explanation));
  (*panel)["email_status"] = TextData(LabelOf(mail.value()));
  (*panel)["email_status_at"] = times.Of(codec::GetTime(mail.has_at(), mail.at()));
  (*panel)["unsubscribe_link"] = TextData(page.link);
  AddList("topics", TopicsOf(page, times), panel);
  const auto consent_row = [&times](const v1::RecordedConsent& consent) {
    return PageRow{{"purpose", TextData(consent.purpose())},
                   {"granted", consent.granted()},
                   {"source", TextData(consent.source())},
                   {"actor", TextData(consent.actor())},
                   {"given_at", times.Of(codec::GetTime(consent.has_at(), consent.at()))}};
  };
  AddList("consents", ListOf(record.consent_ledger(), consent_row), panel);
}

PageData SegmentsOf(const v1::Explanation& explanation, const ShownTimes& times) {
  PageList list;
  for (const v1::Explanation::Segment& segment : explanation.segments()) {
    if (!segment.holds()) continue;
    list.push_back(PageRow{{"name", TextData(TitleOf(segment))},
                           {"until", times.Of(codec::GetTime(segment.has_changes_at(), segment.changes_at()))}});
  }
  return list;
}

// Moves the message of a refused form to the panel that has the form: to its field, else beside its button.
void AddRefusal(const RefusedForm& refused, PageData* panel) {
  const PageRequest& request = *refused.request;
  std::string action(request.Field("action"));
  std::ranges::replace(action, '-', '_');
  const bool is_update = action == "update", is_follow_up = is_update && request.Has("value:follow_up_on");
  const bool is_of_field = is_update && !is_follow_up && request.Has(Concat({"value:", refused.notice->field}));
  const std::string place = Concat({"at_", is_follow_up ? "follow_up" : action});
  if (!is_of_field) (*panel)[place] = TextData(refused.notice->problem);
  AddList("conflicts", refused.notice->conflicts, panel);
  for (const char* name :
       {"text", "add", "assign", "reason", "purpose", "source", "new_name", "new_value", "agent_id", "confirm"}) {
    (*panel)[Concat({"typed_", name})] = TextData(request.Field(name));
  }
  if (request.Has("score")) (*panel)["qualification"] = TextData(request.Field("score"));
  if (!is_follow_up) return;
  const std::string_view day = request.Field("value:follow_up_on");
  (*panel)["follow_up_on"] = TextData(day);
  (*panel)["is_follow_up_day"] = FitsDayControl(day);
  (*panel)["follow_up_note"] = TextData(request.Field("value:follow_up_note"));
}

}  // namespace

std::variant<PageData, ApiReply> DetailOf(const std::string& id, const PageRequest& request, PageNotice* notice) {
  const auto asked = AskFor(id, "", request);
  if (!asked.is_done()) return ApiReply(asked);
  const LeadPage& page = asked.message;
  const v1::WholeRecord& record = page.lead.record();
  const ShownTimes times = ShownTimes::For(request);
  const bool was_refused = request.method == "POST" && request.Field("lead") == id && !notice->problem.empty();
  const RefusedForm refused{&request, notice};
  const ShownNumbers numbers = ShownNumbers::For(request);
  PageData panel = LeadCells(record.row(), numbers);
  AddTabs(request, &panel);
  AddHead(record, times, &panel);
  panel["groups"] = FieldGroupsOf(record.row().lead(), page.fields, was_refused ? &refused : nullptr);
  AddNames(record.row().lead(), request, &panel);
  const v1::Explanation& explanation = page.explanation;
  AddScore(explanation, times, numbers, &panel);
  std::string reason = explanation.stage().reason();
  std::ranges::replace(reason, '_', ' ');  // `set to follow_up by a command`
  panel["stage_reason"] = TextData(Capitalized(std::move(reason)));
  panel["segments"] = SegmentsOf(explanation, times);
  panel["qualification"] = std::to_string(record.row().lead().qualification());
  panel["qualification_is_set"] = record.has_qualification_set();
  AddMail(page, times, &panel);
  AddActivity(id, page.timeline, explanation, request, &panel);
  if (was_refused) {
    AddRefusal(refused, &panel);
    notice->problem.clear();  // the panel shows it
    notice->conflicts = PageList();
  }
  return panel;
}

http::Response ShowTimeline(const PageRequest& request) {
  const std::string id(request.Parameter("lead"));
  const auto asked = AskFor(id, request.Parameter("cursor"), request);
  if (!asked.is_done()) return Message(asked.code, request, "No activity", asked.sentence());
  const LeadPage& page = asked.message;
  PageData data = NewPage(request, "Activity");
  data["name"] = NameOf(page.lead.record().row());
  const std::string lead_query = QueryOf({{"lead", id}, {"tab", "activity"}});
  data["lead_query"] = lead_query;
  data["id"] = id;
  AddFormFields(request, lead_query, &data);
  AddActivity(id, page.timeline, page.explanation, request, &data);
  return Page(http::kOk, "timeline", data);
}

http::Response PanelPart(const std::string& id, const PageRequest& request, PageNotice notice) {
  const unsigned int code = notice.code;
  const std::string problem = notice.problem;
  auto detail = DetailOf(id, request, &notice);
  if (const auto* refused = std::get_if<ApiReply>(&detail)) {
    return problem.empty() ? http::Response{refused->code, refused->sentence()} : http::Response{code, problem};
  }
  PageData data = NewPage(request, "");
  AddForms(request, &data);
  data["detail"] = std::move(std::get<PageData>(detail));
  http::Response response = Part("lead_detail", data);
  response.code = code;
  return response;
}

http::Response ShowDetail(const PageRequest& request) {
  return PanelPart(std::string(request.Parameter("lead")), request, {});
}

}  // namespace leadpulse::serve
