#include "processor/query/search/search_fields.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "processor/base/address.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/rules/language/field_names.h"

namespace leadpulse::query {
namespace {

using rules::BuiltIn;

struct OtherName {
  std::string_view name;
  std::string_view meant;
};
// Other names of built-in fields.
constexpr auto kFieldWords = std::to_array<OtherName>({
    {"tag", "tags"},
    {"list", "lists"},
    {"campaign", "campaigns"},
    {"owner", "agent"},
    {"sent", "last_sent"},
    {"delivered", "last_delivered"},
    {"opened", "last_opened"},
    {"clicked", "last_clicked"},
    {"replied", "last_replied"},
    {"bounced", "last_bounced"},
    {"visited", "last_visited"},
    {"engaged", "last_engaged"},
});
// Names that mean a field of searches, whatever is declared.
constexpr auto kSearchWords = std::to_array<OtherName>({
    {"id", rules::kLeadIdField},
    {"lead", rules::kLeadIdField},
    {"lead_id", rules::kLeadIdField},
    {"leadid", rules::kLeadIdField},
    {"updated", rules::kUpdatedField},
});
constexpr auto kMembershipWords = std::to_array<std::pair<std::string_view, SearchedKind>>({
    {"segment", SearchedKind::kSegment},
    {"segments", SearchedKind::kSegment},
    {"consent", SearchedKind::kConsent},
    {"consents", SearchedKind::kConsent},
});
// Other names of attributes, in the form of Simplified.
constexpr auto kAttributeWords = std::to_array<OtherName>({
    {"mail", "email"},
    {"emailaddress", "email"},
    {"givenname", "first_name"},
    {"forename", "first_name"},
    {"surname", "last_name"},
    {"familyname", "last_name"},
    {"company", "company_name"},
    {"organization", "company_name"},
    {"organisation", "company_name"},
    {"employer", "company_name"},
    {"companyname", "company"},
    {"employees", "company_size"},
    {"phonenumber", "phone"},
    {"telephone", "phone"},
    {"title", "job_title"},
    {"position", "job_title"},
    {"town", "city"},
});
constexpr std::array<std::string_view, 6> kNameAttributes = {"first_name", "last_name",    "full_name",
                                                             "name",       "company_name", "company"};

constexpr std::array<std::string_view, 2> kPhoneAttributes = {"phone", "mobile"};

// Returns the names that words search: declared as texts or, without strict_fields, not declared.
std::vector<std::string> TextsAmong(std::span<const std::string_view> names,
                                    const config::TenantDefinitions& definitions) {
  std::vector<std::string> texts;
  for (const std::string_view name : names) {
    const auto declared = definitions.fields.find(name);
    const bool is_searched =
        declared == definitions.fields.end() ? !definitions.strict_fields : declared->second == FieldType::kText;
    if (is_searched) texts.emplace_back(name);
  }
  return texts;
}

// Removes the separators between the words of a name.
std::string Simplified(std::string_view normalized) {
  std::string simple(normalized);
  std::erase_if(simple, [](char c) { return c == '_' || c == '-' || c == '.' || IsAsciiSpace(c); });
  return simple;
}

bool IsDeclared(const config::TenantDefinitions& definitions, std::string_view name) {
  return name == "email" || definitions.fields.contains(name);
}

std::optional<std::string_view> MeantBy(const auto& names, std::string_view name) {
  const auto found = std::ranges::find(names, name, &OtherName::name);
  return found == names.end() ? std::nullopt : std::optional(found->meant);
}

// Finds the field or declared attribute whose name differs only in separators. nullopt: none, or several.
std::optional<std::string> SpelledAlike(const config::TenantDefinitions& definitions, const std::string& simple) {
  std::vector<std::string> alike;
  const auto compare = [&](std::string_view name) {
    if (Simplified(name) == simple) alike.emplace_back(name);
  };
  for (const rules::BuiltInField& field : rules::kBuiltInFields) compare(field.name);
  for (const auto& [name, type] : definitions.fields) compare(name);
  if (!definitions.fields.contains("email")) compare("email");
  return alike.size() == 1 ? std::optional(alike.front()) : std::nullopt;
}

// Translates a normalised name that rules do not know.
std::string NameInRules(const config::TenantDefinitions& definitions, const std::string& name) {
  if (const auto meant = MeantBy(kFieldWords, name)) return std::string(*meant);
  const std::string simple = Simplified(name);
  for (const OtherName& word : kAttributeWords) {
    if (word.name == simple && IsDeclared(definitions, word.meant)) return std::string(word.meant);
  }
  return SpelledAlike(definitions, simple).value_or(name);
}

ValueKind KindOf(BuiltIn field) {
  if (field == BuiltIn::kDoNotContact || field == BuiltIn::kSendable) return ValueKind::kTruth;
  const rules::BuiltInField& info = rules::InfoOf(field);
  if (info.kind == rules::BuiltInKind::kNumber) return ValueKind::kNumber;
  return info.kind == rules::BuiltInKind::kInstant ? ValueKind::kTime : ValueKind::kText;
}

ValueKind KindOf(FieldType type) {
  switch (type) {
    case FieldType::kText:
      return ValueKind::kText;
    case FieldType::kNumber:
      return ValueKind::kNumber;
    case FieldType::kBoolean:
      return ValueKind::kTruth;
    case FieldType::kDate:
    case FieldType::kDay:
      return ValueKind::kTime;
  }
  LP_ASSERT(false && "a FieldType that is not one");
  return ValueKind::kText;
}

SearchedField NamedField(const config::TenantDefinitions& definitions, std::string name, const SearchTerm& term) {
  SearchedField searched;
  searched.field.spelling = term.name;
  searched.field.span = term.name_span;
  searched.field.name = rules::FieldNamed(std::move(name));
  if (const auto* built_in = std::get_if<BuiltIn>(&searched.field.name)) {
    searched.values = KindOf(*built_in);
    return searched;
  }
  const std::string& attribute = std::get<std::string>(searched.field.name);
  const auto declared = definitions.fields.find(attribute);
  const bool is_text = declared == definitions.fields.end() && attribute == "email";
  searched.values = declared != definitions.fields.end() ? KindOf(declared->second)
                    : is_text                            ? ValueKind::kText
                                                         : ValueKind::kUndeclared;
  return searched;
}

}  // namespace

bool IsPhone(const rules::Field& field) {
  const auto* attribute = std::get_if<std::string>(&field.name);
  return attribute != nullptr && std::ranges::find(kPhoneAttributes, *attribute) != kPhoneAttributes.end();
}

SearchedField FieldOfTerm(const SearchTerm& term, const config::TenantDefinitions& definitions) {
  std::string name = NormalizeName(term.name);
  if (const auto meant = MeantBy(kSearchWords, name); meant && !term.is_name_backquoted) {
    const ValueKind values = *meant == rules::kLeadIdField ? ValueKind::kText : ValueKind::kTime;
    return {SearchedKind::kField, {std::string(*meant), term.name, term.name_span}, values};
  }
  const bool is_known =
      rules::BuiltInFromName(name) || IsDeclared(definitions, name) || name.starts_with(rules::kProfilePrefix);
  if (is_known || term.is_name_backquoted) return NamedField(definitions, std::move(name), term);
  for (const auto& [word, kind] : kMembershipWords) {
    if (word == name) return {kind, {{}, term.name, term.name_span}, ValueKind::kText};
  }
  return NamedField(definitions, NameInRules(definitions, name), term);
}

std::string AsSearchedAddress(std::string_view text) {
  if (text.find('@') == std::string_view::npos) return std::string(text);
  std::string normal = NormalizeAddress(text);
  return normal == AsciiLower(text) ? std::string(text) : normal;
}

SearchedAttributes AttributesOfWords(const config::TenantDefinitions& definitions) {
  return {TextsAmong(kNameAttributes, definitions), TextsAmong(kPhoneAttributes, definitions)};
}

}  // namespace leadpulse::query
