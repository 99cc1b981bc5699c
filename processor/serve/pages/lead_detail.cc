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
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/lead_activity.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/lead_fields.h"
#include "processor/serve/pages/lead_list.h"
#include "processor/serve/pages/lead_score.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
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

// What the page of a contact shows.
struct PanelAnswers {
  LeadPage page;
  Json contact;
};

// Asks for it, with the page of the timeline at `cursor`.
std::variant<PanelAnswers, ApiReply> AskFor(const std::string& id, std::string_view cursor,
                                            const PageRequest& request) {
  auto answered =
      request.parts->api->PageOf(id, {{"limit", kActivityLength}, {"cursor", std::string(cursor)}}, request.user);
  if (const auto* refused = std::get_if<http::Response>(&answered)) return ReplyOf(*refused);
  auto& page = std::get<LeadPage>(answered);
  Json contact = JsonOf(page.contact);
  return PanelAnswers{std::move(page), std::move(contact)};
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

// Returns the tags, lists or campaigns as `{name_id, name}`.
PageData NamesOf(const Json& ids, const config::DeclaredNames& names) {
  return ListOf(ids.elements(), [&names](const Json& id) {
    return PageRow{{"name_id", TextData(id.text())}, {"name", TextData(names.NameOf(id.text()))}};
  });
}

// Returns the options of a picker: what is declared, still runs and does not have the contact yet.
PageList OptionsOf(const config::DeclaredNames& declared, const Json& present) {
  PageList options;
  for (const config::DeclaredName& one : declared.all()) {
    const auto is_it = [&one](const Json& id) { return AsciiLower(id.text()) == AsciiLower(one.id); };
    if (!one.active || options.size() == kMostOptions || std::ranges::any_of(present.elements(), is_it)) continue;
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

void AddNames(const Json& contact, const PageRequest& request, PageData* panel) {
  const auto names = request.parts->api->NamesFor(request.user);
  (*panel)["tags"] = NamesOf(contact["tags"], {});
  (*panel)["lists"] = NamesOf(contact["lists"], names->lists);
  (*panel)["campaigns"] = NamesOf(contact["campaigns"], names->campaigns);
  AddList("list_choices", OptionsOf(names->lists, contact["lists"]), panel);
  AddList("campaign_choices", OptionsOf(names->campaigns, contact["campaigns"]), panel);
  if (request.user.role >= access::Role::kManager) {
    AddList("agent_choices", AgentsOf(contact["agent"].text(), request), panel);
  }
}

// Returns `Head of Sales at Acme`, or what there is of it.
std::string PositionOf(const Json& profile, std::string_view company) {
  std::string_view title = profile["job_title"].text();
  if (title.empty()) title = profile["title"].text();
  return Concat({title, title.empty() || company.empty() ? "" : " at ", company});
}

void AddFollowUp(const Json& profile, const ShownTimes& times, PageData* panel) {
  const std::string_view day = profile["follow_up_on"].text();
  const std::optional<Day> due = ParseDay(day);
  (*panel)["follow_up_on"] = TextData(day);
  (*panel)["follow_up_day"] = times.OfDay(day);
  (*panel)["is_due"] = due && *due <= times.today();
  (*panel)["is_overdue"] = due && *due < times.today();
  (*panel)["follow_up_was"] = TextData(day);
  (*panel)["follow_up_note"] = TextData(profile["follow_up_note"].text());
  (*panel)["follow_up_note_was"] = TextData(profile["follow_up_note"].text());
  constexpr int32_t kSoon = 3, kWeek = 7;
  (*panel)["tomorrow"] = FormatDay(times.today() + 1);
  (*panel)["in_three_days"] = FormatDay(times.today() + kSoon);
  (*panel)["next_week"] = FormatDay(times.today() + kWeek);
}

// Sets the head of the panel, and what its menus need.
void AddHead(const Json& contact, const ShownTimes& times, PageData* panel) {
  const auto text = [panel](const char* name) {
    const PageData* value = panel->get(name);
    return value != nullptr && value->is_string() ? value->string_value() : std::string();
  };
  (*panel)["initials"] = TextData(InitialsOf(text("name")));
  (*panel)["position"] = TextData(PositionOf(contact["profile"], text("company")));
  (*panel)["mail_to"] = TextData(MailtoOf(text("email")));
  (*panel)["dial"] = TextData(DialledNumber(text("phone")));
  const std::string_view mail = contact["emailStatus"].text();
  (*panel)["mail_status"] = TextData(mail == "active" ? "" : mail);
  (*panel)["mail_status_label"] = LabelOf(mail);
  (*panel)["stage_label"] = LabelOf(contact["stage"].text());
  (*panel)["do_not_contact"] = contact["doNotContact"].truth();
  (*panel)["do_not_contact_reason"] = TextData(contact["doNotContactReason"].text());
  (*panel)["created_at"] = times.Of(contact["created"]);
  AddFollowUp(contact["profile"], times, panel);
}

// Describes why the contact may be mailed, or not.
std::string MailReasonOf(const Json& contact, const v1::Explanation& explanation) {
  if (contact["doNotContact"].truth()) return "“Do not contact” is set.";
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

void AddMail(const PanelAnswers& answers, const ShownTimes& times, PageData* panel) {
  const v1::Explanation& explanation = answers.page.explanation;
  const v1::Explanation::Decision& mail = explanation.email_status();
  (*panel)["sendable"] = explanation.sendable();
  (*panel)["mail_reason"] = TextData(MailReasonOf(answers.contact, explanation));
  (*panel)["email_status"] = TextData(LabelOf(mail.value()));
  (*panel)["email_status_at"] = times.Of(codec::GetTime(mail.has_at(), mail.at()));
  (*panel)["unsubscribe_link"] = TextData(answers.page.link);
  AddList("topics", TopicsOf(answers.page, times), panel);
  const auto consent_row = [&times](const Json& consent) {
    PageData row = DataOf(consent);
    row["given_at"] = times.Of(consent["at"]);
    return row;
  };
  AddList("consents", ListOf(answers.contact["consentLedger"].elements(), consent_row), panel);
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
  for (const char* name : {"text", "add", "assign", "reason", "purpose", "source", "new_name", "new_value", "score"}) {
    (*panel)[Concat({"typed_", name})] = TextData(request.Field(name));
  }
  if (is_follow_up) {
    (*panel)["follow_up_on"] = TextData(request.Field("value:follow_up_on"));
    (*panel)["follow_up_note"] = TextData(request.Field("value:follow_up_note"));
  }
}

}  // namespace

std::variant<PageData, ApiReply> DetailOf(const std::string& id, const PageRequest& request, PageNotice* notice) {
  auto asked = AskFor(id, "", request);
  if (auto* refused = std::get_if<ApiReply>(&asked)) return std::move(*refused);
  const PanelAnswers& answers = std::get<PanelAnswers>(asked);
  const ShownTimes times = ShownTimes::For(request);
  const bool was_refused = request.method == "POST" && request.Field("lead") == id && !notice->problem.empty();
  const RefusedForm refused{&request, notice};
  PageData panel = LeadCells(answers.contact);
  AddTabs(request, &panel);
  AddHead(answers.contact, times, &panel);
  panel["groups"] = FieldGroupsOf(answers.contact, answers.page.fields, was_refused ? &refused : nullptr);
  AddNames(answers.contact, request, &panel);
  const v1::Explanation& explanation = answers.page.explanation;
  AddScore(explanation, times, &panel);
  std::string reason = explanation.stage().reason();
  std::ranges::replace(reason, '_', ' ');  // `set to follow_up by a command`
  panel["stage_reason"] = TextData(Capitalized(std::move(reason)));
  panel["segments"] = SegmentsOf(explanation, times);
  panel["qualification"] = TextData(answers.contact["qualification"].text());
  panel["qualification_is_set"] = !answers.contact["qualificationSet"].is_null();
  AddMail(answers, times, &panel);
  AddActivity(id, answers.page.timeline, explanation, request, &panel);
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
  if (const auto* refused = std::get_if<ApiReply>(&asked)) {
    return Message(refused->code, request, "No activity", refused->sentence());
  }
  const PanelAnswers& answers = std::get<PanelAnswers>(asked);
  PageData data = NewPage(request, "Activity");
  data["name"] = NameOf(answers.contact);
  data["lead_query"] = QueryOf({{"lead", id}, {"tab", "activity"}});
  AddActivity(id, answers.page.timeline, answers.page.explanation, request, &data);
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
