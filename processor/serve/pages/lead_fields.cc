#include "processor/serve/pages/lead_fields.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/query/leads/lead_record.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/pages/lead_edit.h"
#include "processor/serve/pages/page_answers.h"
#include "schemas/codec/profile_value.h"

namespace leadpulse::serve {
namespace {

// A group, whose fields are shown in this order.
struct UsualFields {
  std::string_view group;
  std::vector<std::string_view> always;    // also if nobody declares or sets them
  std::vector<std::string_view> if_known;  // declared or set
};
const std::vector<UsualFields>& Usual() {
  static const std::vector<UsualFields> usual = {
      {"Person",
       {"first_name", "last_name", "job_title", "email", "phone"},
       {"name", "title", "mobile", "linkedin", "twitter", "birthday", "born", "location", "city", "country",
        "language"}},
      {"Company",
       {"company_name", "domain"},
       {"company", "website", "industry", "company_size", "employees", "company_linkedin", "revenue"}}};
  return usual;
}
// The menu Follow up has these.
constexpr auto kElsewhere = std::to_array<std::string_view>({"follow_up_note", "follow_up_on"});

bool HasDotAndNoBlank(std::string_view text) {
  return text.find('.') != std::string_view::npos && text.find_first_of(" \t\r\n") == std::string_view::npos;
}

// Returns an address of the web without `https://`, for links; empty if the value is none.
std::string WebAddressOf(std::string_view name, std::string_view value) {
  constexpr std::string_view kHttps = "https://", kHttp = "http://";
  const bool has_scheme = value.starts_with(kHttps) || value.starts_with(kHttp);
  constexpr auto kOfSites = std::to_array<std::string_view>({"domain", "website", "linkedin", "company_linkedin"});
  if (!has_scheme && std::ranges::find(kOfSites, name) == kOfSites.end()) return {};
  if (has_scheme) value.remove_prefix(value.starts_with(kHttps) ? kHttps.size() : kHttp.size());
  return HasDotAndNoBlank(value) && value.find(':') == std::string_view::npos ? std::string(value) : "";
}

bool IsPhone(std::string_view name) { return name.ends_with("phone") || name == "mobile"; }

// Sets the link that stands beside the value, if there is one.
void AddLink(std::string_view name, std::string_view value, PageData* row) {
  (*row)["mail_to"] = TextData(name.ends_with("email") ? MailtoOf(value) : "");
  (*row)["dial"] = TextData(IsPhone(name) ? DialledNumber(value) : "");
  (*row)["web"] = TextData(WebAddressOf(name, value));
}

// Returns what is wrong with a value that the API refused, in words for the person who typed it.
std::string SentenceFor(std::string_view type, const PageNotice& notice) {
  if (notice.problem.find("does not convert to the declared type") == std::string::npos) return notice.problem;
  if (type == FieldTypeName(FieldType::kNumber)) return "Enter a number, such as 250.";
  if (type == FieldTypeName(FieldType::kBoolean)) return "Choose yes or no.";
  if (type == FieldTypeName(FieldType::kDay)) return "Enter a day, such as 2026-03-12.";
  if (type == FieldTypeName(FieldType::kDate)) return "Enter a time, such as 2026-03-12T09:30:00Z.";
  return notice.problem;
}

class FieldRows {
 public:
  FieldRows(const v1::LeadProfile& contact, std::span<const v1::DeclaredFields::Field> declared,
            const RefusedForm* refused)
      : contact_(contact), refused_(refused) {
    for (const v1::DeclaredFields::Field& field : declared) types_[field.name()] = field.type();
    for (const auto& [name, type] : types_) left_.insert(name);
    for (const v1::ProfileAttribute& attribute : contact.attributes()) left_.insert(attribute.name());
    for (const std::string_view name : kElsewhere) left_.erase(name);
  }

  void AddGroup(const UsualFields& usual, PageList* groups) {
    PageList rows;
    for (const std::string_view name : usual.always) rows.push_back(RowOf(name));
    for (const std::string_view name : usual.if_known) {
      if (left_.contains(name)) rows.push_back(RowOf(name));
    }
    groups->push_back(PageRow{{"group", std::string(usual.group)}, {"fields", rows}});
  }
  void AddOthers(PageList* groups) {
    PageList rows;
    for (const std::string_view name : std::set(left_)) rows.push_back(RowOf(name));
    if (!rows.empty()) groups->push_back(PageRow{{"group", "More"}, {"fields", rows}});
  }

 private:
  PageData RowOf(std::string_view name) {
    left_.erase(name);
    const v1::ProfileValue* const set = query::FindAttribute(contact_, name);
    const v1::ProfileValue& value = set == nullptr ? v1::ProfileValue::default_instance() : *set;
    const auto declared = types_.find(name);
    const bool is_number = value.has_number() || value.has_decimal();
    const std::string_view type = declared != types_.end() ? declared->second
                                  : is_number              ? "number"
                                  : value.has_boolean()    ? "boolean"
                                                           : "text";
    PageData row;
    row["name"] = std::string(name);
    row["label"] = LabelOf(name);
    row["number"] = std::to_string(++rows_);
    row["type"] = std::string(type);
    std::string text = SpellingOf(value);
    const bool is_fixed = value.has_list() || value.has_json();
    if (is_fixed) codec::AppendProfileValueJson(value, &text);
    row["is_fixed"] = is_fixed;
    row["value"] = text;
    const std::string field = Concat({"value:", name});
    const bool is_typed = refused_ != nullptr && refused_->request->Has(field);
    const std::string input = is_typed ? std::string(refused_->request->Field(field)) : text;
    row["input"] = input;
    AddControl(type, input, is_fixed, &row);
    row["other"] = TextData(name == "email" && text.empty() ? contact_.email() : "");
    AddLink(name, name == "email" && text.empty() ? contact_.email() : text, &row);
    AddError(name, type, &row);
    return row;
  }

  static void AddControl(std::string_view type, std::string_view input, bool is_fixed, PageData* row) {
    const bool is_choice = !is_fixed && type == "boolean" && (input.empty() || input == "true" || input == "false");
    const bool has_lines = !is_fixed && input.find_first_of("\r\n") != std::string_view::npos;
    const bool is_day = !is_fixed && !has_lines && type == "day" && FitsDayControl(input);
    (*row)["is_choice"] = is_choice;
    (*row)["is_yes"] = input == "true";
    (*row)["is_no"] = input == "false";
    (*row)["has_lines"] = has_lines;
    (*row)["is_day"] = is_day;
    (*row)["is_number"] = type == "number";
    (*row)["is_line"] = !is_fixed && !is_choice && !has_lines;
  }

  void AddError(std::string_view name, std::string_view type, PageData* row) const {
    const bool is_wrong = refused_ != nullptr && refused_->notice->field == name;
    (*row)["error"] = TextData(is_wrong ? SentenceFor(type, *refused_->notice) : "");
  }

  const v1::LeadProfile& contact_;
  const RefusedForm* const refused_;
  std::map<std::string_view, std::string_view> types_;  // of the declared fields
  std::set<std::string_view> left_;                     // known fields that have no row yet
  int rows_ = 0;
};

}  // namespace

PageData FieldGroupsOf(const v1::LeadProfile& contact, std::span<const v1::DeclaredFields::Field> declared,
                       const RefusedForm* refused) {
  FieldRows rows(contact, declared, refused);
  PageList groups;
  for (const UsualFields& usual : Usual()) rows.AddGroup(usual, &groups);
  rows.AddOthers(&groups);
  return groups;
}

bool FitsDayControl(std::string_view text) { return text.empty() || ParseDay(text).has_value(); }

std::string DialledNumber(std::string_view phone) {
  std::string number;
  for (const char c : phone) {
    if (IsDigit(c) || (c == '+' && number.empty())) {
      number += c;
    } else if (std::string_view(" ()-./").find(c) == std::string_view::npos) {
      return {};
    }
  }
  constexpr size_t kLeastDigits = 3;
  return number.size() < kLeastDigits ? "" : number;
}

std::string MailtoOf(std::string_view address) {
  const size_t at = address.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == address.size()) return {};
  return Concat({PathEnding(address.substr(0, at)), "@", PathEnding(address.substr(at + 1))});
}

}  // namespace leadpulse::serve
