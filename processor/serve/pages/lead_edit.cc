#include "processor/serve/pages/lead_edit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/query/leads/lead_record.h"
#include "processor/serve/pages/typed_value.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kValue = "value:", kWas = "was:", kType = "type:";

std::string FieldText(std::string_view field) { return WithLineFeeds(TrimAsciiSpace(field)); }

}  // namespace

std::vector<std::string> SplitTexts(const std::vector<std::string>& fields) {
  std::vector<std::string> texts;
  for (const std::string& field : fields) {
    const std::vector<std::string> parts = absl::StrSplit(field, ',', absl::SkipWhitespace());
    for (const std::string& part : parts) texts.emplace_back(TrimAsciiSpace(part));
  }
  return texts;
}

std::string BodyOf(const Route& route, const PageRequest& request) {
  std::string body;
  JsonObject object(&body);
  for (const BodyMember& member : route.body) {
    if (!request.Has(member.name)) continue;
    const std::string value = FieldText(request.Field(member.name));
    if (member.type == "strings") {
      const auto texts = SplitTexts(request.Fields(member.name));
      if (!texts.empty()) object.Texts(member.name, texts);
    } else if (member.type == "boolean") {
      object.Boolean(member.name, value == "true");
    } else if (const auto number = member.type == "integer" ? ReadTypedInteger(value) : Status::Rejected("");
               number.ok()) {
      object.Number(member.name, *number);
    } else if (!value.empty() || member.required) {
      object.Text(member.name, value);
    }
  }
  object.End();
  return body;
}

std::vector<AttributeEdit> EditsOf(const PageRequest& request) {
  std::vector<AttributeEdit> edits;
  for (const http::FormField& field : request.form) {
    if (!field.name.starts_with(kValue)) continue;
    const std::string name = field.name.substr(kValue.size());
    AttributeEdit edit{name, FieldText(request.Field(std::string(kWas) + name)), FieldText(field.value),
                       std::string(request.Field(std::string(kType) + name))};
    if (edit.value != edit.was) edits.push_back(std::move(edit));
  }
  const std::string_view name = TrimAsciiSpace(request.Field("new_name"));
  const std::string_view value = TrimAsciiSpace(request.Field("new_value"));
  if (!name.empty()) edits.push_back({std::string(name), "", std::string(value), "text"});
  return edits;
}

std::optional<AttributeEdit> ReadTypedNumbers(std::vector<AttributeEdit>* edits) {
  for (AttributeEdit& edit : *edits) {
    if (edit.type != "number" || edit.value.empty()) continue;
    const Result<Number> number = ReadTypedNumber(edit.value);
    const bool is_text = std::ranges::any_of(edit.value, absl::ascii_isalpha);  // the route says whether it may be one
    if (!number.ok() && !is_text) return AttributeEdit{edit.name, edit.was, number.status().message(), edit.type};
    if (number.ok()) edit.value = number->Spelling();
  }
  std::erase_if(*edits, [](const AttributeEdit& edit) { return edit.value == edit.was; });
  return std::nullopt;
}

std::string PatchOf(const std::vector<AttributeEdit>& edits) {
  std::string attributes;
  {
    JsonObject object(&attributes);
    for (const AttributeEdit& edit : edits) {
      const bool is_truth = edit.type == "boolean" && (edit.value == "true" || edit.value == "false");
      if (edit.value.empty()) {
        object.Null(edit.name);
      } else if (is_truth) {
        object.Key(edit.name)->append(edit.value);
      } else if (const auto number = edit.type == "number" ? Number::Parse(edit.value) : std::nullopt) {
        object.Key(edit.name)->append(number->Spelling());
      } else {
        object.Text(edit.name, edit.value);
      }
    }
  }
  return R"({"attributes":)" + attributes + "}";
}

std::string SpellingOf(const v1::ProfileValue& value) {
  return value.has_boolean() ? (value.boolean() ? "true" : "false") : query::TextOf(value);
}

std::string SpellingIn(const v1::LeadRow& contact, std::string_view attribute) {
  const v1::ProfileValue* const value = query::FindAttribute(contact.lead(), attribute);
  return value == nullptr ? "" : SpellingOf(*value);
}

std::vector<AttributeEdit> ConflictsOf(const std::vector<AttributeEdit>& edits, const v1::LeadRow& contact) {
  std::vector<AttributeEdit> conflicts;
  for (const AttributeEdit& edit : edits) {
    const std::string now = FieldText(SpellingIn(contact, edit.name));
    if (now != edit.was && now != edit.value) conflicts.push_back(edit);
  }
  return conflicts;
}

}  // namespace leadpulse::serve
