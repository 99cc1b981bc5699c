#include "processor/serve/pages/lead_cells.h"

#include <algorithm>
#include <optional>

#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/query/leads/lead_record.h"
#include "processor/rules/language/field_names.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_answers.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::serve {
namespace {

// Returns the first of these attributes that the contact has; empty if it has none.
std::string AttributeOf(const v1::LeadRow& contact, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    std::string value = query::AttributeText(contact.lead(), name);
    if (!value.empty()) return value;
  }
  return {};
}

std::string AddressOf(const v1::LeadRow& contact) {
  std::string email = AttributeOf(contact, {"email"});
  if (email.empty()) email = contact.lead().email();
  const std::string& id = contact.lead().lead_id();
  return email.empty() && id.find('@') != std::string::npos ? id : email;
}

// Sets what the chip of the status says: the stage, and in its place why nobody may mail the lead, unless the lead has
// reached its end.
void AddStatus(const v1::LeadProfile& lead, PageData* cells) {
  const std::string_view stage = lead.stage(), mail = lead.email_status();
  const bool is_active = mail.empty() || mail == "active";
  (*cells)["mail_label"] = LabelOf(mail);
  (*cells)["mail_class"] = TextData(is_active ? "" : mail);
  (*cells)["mail_word"] = TextData(is_active || IsFinalStage(stage) ? "" : LabelOf(mail));
  (*cells)["status_label"] = is_active || IsFinalStage(stage) ? LabelOf(stage) : LabelOf(mail);
  (*cells)["stage_title"] = TextData(is_active ? "" : Concat({"Stage: ", LabelOf(stage), ". E-mail status: ", mail}));
}

}  // namespace

std::string NameOf(const v1::LeadRow& contact) {
  const std::string first = AttributeOf(contact, {"first_name"}), last = AttributeOf(contact, {"last_name"});
  std::string name = first.empty() || last.empty() ? first + last : first + " " + last;
  if (name.empty()) name = AttributeOf(contact, {"name"});
  if (name.empty()) name = AddressOf(contact);
  return name.empty() ? contact.lead().lead_id() : name;
}

std::variant<LeadNames, http::Response> NamesOfLeads(const std::set<std::string>& leads, const PageRequest& request,
                                                     std::string_view title) {
  LeadNames names;
  if (leads.empty()) return names;
  std::string rule;
  for (const std::string& lead : leads) rule += Concat({rule.empty() ? "" : ", ", rules::QuoteString(lead)});
  const auto found =
      AskApi<v1::FoundLeads>({.action = "contact.search",
                              .parameters = {{"where", Concat({rules::kLeadIdField, " IN (", rule, ")"})},
                                             {"limit", std::to_string(leads.size())}}},
                             request);
  if (!found.is_done()) return Message(found.code, request, title, found.sentence());
  for (const v1::LeadRow& contact : found.message.rows()) names.emplace(contact.lead().lead_id(), NameOf(contact));
  return names;
}

bool IsFinalStage(std::string_view name) {
  const std::optional<Stage> stage = StageFromName(name);
  return stage && IsFinal(*stage);
}

PageData StageOptions(std::string_view stage) {
  PageList options;
  for (int number = static_cast<int>(Stage::kNew); number <= static_cast<int>(Stage::kArchived); ++number) {
    const std::string_view name = StageName(static_cast<Stage>(number));
    PageData option = OptionOf(name, LabelOf(name), name == stage);
    option["ends"] = IsFinal(static_cast<Stage>(number));
    options.push_back(std::move(option));
  }
  return options;
}

std::string StageRule(std::string_view stage) { return Concat({"stage IS \"", stage, "\""}); }

std::string StageQuery(std::string_view stage) { return QueryOf({{"where", StageRule(stage)}}); }

PageData LeadCells(const v1::LeadRow& contact, const ShownNumbers& numbers) {
  const v1::LeadProfile& lead = contact.lead();
  PageData cells;
  const auto set = [&cells](const char* name, std::string_view text) { cells[name] = TextData(text); };
  const std::string email = AddressOf(contact);
  const size_t at = email.rfind('@');
  std::string domain = AttributeOf(contact, {"domain", "website"});
  if (domain.empty() && at != std::string::npos) domain = email.substr(at + 1);
  set("lead_query", QueryOf({{"lead", lead.lead_id()}}));
  set("name", NameOf(contact));
  set("initials", InitialsOf(NameOf(contact)));
  set("email", email);
  set("phone", AttributeOf(contact, {"phone", "mobile"}));
  set("company", AttributeOf(contact, {"company_name", "company"}));
  set("domain", domain);
  AddStatus(lead, &cells);
  set("id", lead.lead_id());
  set("stage", lead.stage());
  set("score", numbers.Of(lead.score()));
  set("tier", lead.tier());
  set("agent", lead.agent());
  set("version", lead.version());
  set("agent_initials", InitialsOf(lead.agent()));
  cells["is_final"] = IsFinalStage(lead.stage());
  cells["stages"] = StageOptions(lead.stage());
  return cells;
}

std::optional<Instant> LastActivityOf(const v1::LeadRow& contact) {
  std::optional<Instant> last;
  for (const EventType type : {EventType::kOpen, EventType::kClick, EventType::kReply, EventType::kPageVisit}) {
    last = std::max(last, query::LastAt(contact.lead(), EventTypeName(type)));
  }
  return last;
}

void AddActivity(const v1::LeadRow& contact, const ShownTimes& times, PageData* cells) {
  const std::optional<Instant> last = LastActivityOf(contact);
  (*cells)["last_activity"] = last ? times.Of(*last) : PageData(false);
}

void AddStageSince(const v1::LeadRow& contact, const ShownTimes& times, const ShownNumbers& numbers, PageData* cells) {
  (*cells)["in_stage"] = false;
  if (!contact.has_stage_since()) return;
  const Day day = times.DayOf(codec::GetTime(true, contact.stage_since()));
  const int32_t days = std::max(times.today() - day, 0);
  const std::string count = numbers.Of(days);
  (*cells)["in_stage"] =
      PageRow{{"text", days == 0 ? "today" : count + " d"},
              {"spoken", days == 0 ? "In this stage since today"
                                   : Concat({"In this stage for ", count, days == 1 ? " day" : " days"})},
              {"full", "In this stage since " + ShownTimes::FullTextOf(day)}};
}

std::string_view TitleOf(const Json& named) {
  return named["name"].text().empty() ? named["id"].text() : named["name"].text();
}

}  // namespace leadpulse::serve
