#include "processor/serve/pages/page_request.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/serve/api/request/api_request.h"

namespace leadpulse::serve {

bool PageRequest::Has(std::string_view name) const {
  return std::ranges::find(form, name, &http::FormField::name) != form.end();
}

std::vector<std::string> PageRequest::Fields(std::string_view name) const {
  std::vector<std::string> values;
  for (const http::FormField& field : form) {
    if (field.name == name) values.push_back(field.value);
  }
  return values;
}

std::string QueryOf(const std::vector<http::FormField>& fields) {
  std::string query;
  for (const http::FormField& field : fields) {
    if (field.value.empty()) continue;
    AppendParts({query.empty() ? "" : "&", PathEnding(field.name), "=", PathEnding(field.value)}, &query);
  }
  return query;
}

std::vector<http::FormField> FieldsNamed(const std::vector<http::FormField>& fields,
                                         std::initializer_list<std::string_view> names) {
  std::vector<http::FormField> named;
  for (const std::string_view name : names) {
    const std::string_view value = http::LastOf(fields, name);
    if (!value.empty()) named.push_back({std::string(name), std::string(value)});
  }
  return named;
}

std::string WithLineFeeds(std::string_view field) {
  std::string text(field);
  std::erase(text, '\r');
  return text;
}

std::optional<std::vector<http::FormField>> FieldsIn(std::string_view encoded, std::string_view content_type) {
  if (encoded.empty()) return std::vector<http::FormField>();
  auto fields = http::ParseForm(encoded, content_type);
  if (!fields.ok()) return std::nullopt;
  for (const http::FormField& field : *fields) {
    if (!IsUtf8(field.name) || !IsUtf8(field.value)) return std::nullopt;
  }
  return std::move(*fields);
}

}  // namespace leadpulse::serve
