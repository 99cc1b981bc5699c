#include "processor/serve/pages/page_request.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/serve/api/request/api_request.h"

namespace leadpulse::serve {

bool PageRequest::Has(std::string_view name) const {
  return std::ranges::find(form, name, &webhooks::FormField::name) != form.end();
}

std::vector<std::string> PageRequest::Fields(std::string_view name) const {
  std::vector<std::string> values;
  for (const webhooks::FormField& field : form) {
    if (field.name == name) values.push_back(field.value);
  }
  return values;
}

std::string QueryOf(const std::vector<webhooks::FormField>& fields) {
  std::string query;
  for (const webhooks::FormField& field : fields) {
    if (field.value.empty()) continue;
    AppendParts({query.empty() ? "" : "&", PathEnding(field.name), "=", PathEnding(field.value)}, &query);
  }
  return query;
}

std::vector<webhooks::FormField> FieldsNamed(const std::vector<webhooks::FormField>& fields,
                                             std::initializer_list<std::string_view> names) {
  std::vector<webhooks::FormField> named;
  for (const std::string_view name : names) {
    const std::string_view value = webhooks::LastOf(fields, name);
    if (!value.empty()) named.push_back({std::string(name), std::string(value)});
  }
  return named;
}

std::string WithLineFeeds(std::string_view field) {
  std::string text(field);
  std::erase(text, '\r');
  return text;
}

std::optional<std::vector<webhooks::FormField>> FieldsIn(std::string_view encoded, std::string_view content_type) {
  if (encoded.empty()) return std::vector<webhooks::FormField>();
  auto fields = webhooks::ParseForm(encoded, content_type);
  if (!fields.ok()) return std::nullopt;
  for (const webhooks::FormField& field : *fields) {
    if (!IsUtf8(field.name) || !IsUtf8(field.value)) return std::nullopt;
  }
  return std::move(*fields);
}

}  // namespace leadpulse::serve
