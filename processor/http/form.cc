#include "processor/http/form.h"

#include <algorithm>
#include <optional>

#include "processor/base/encodings.h"
#include "processor/base/text.h"
#include "processor/http/multipart.h"

namespace leadpulse::http {
namespace {

using Fields = std::vector<FormField>;

constexpr std::string_view kMultipart = "multipart/form-data";

Status TooManyFields() {
  return Status::Rejected("the form has more than " + std::to_string(kMaxFormFields) + " fields");
}

// Decodes `%` escapes. A `+` becomes a space; a `%` without two digits stays.
std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' && i + 2 < text.size() ? FromHex(text.substr(i + 1, 2)) : std::nullopt;
    if (byte) {
      decoded += *byte;
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

Result<Fields> ParseUrlEncoded(std::string_view body) {
  Fields fields;
  while (!body.empty()) {
    const size_t end = body.find('&');
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (pair.empty()) continue;
    if (fields.size() == kMaxFormFields) return TooManyFields();
    const size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    fields.push_back({PercentDecoded(pair.substr(0, equals)), PercentDecoded(value)});
  }
  return fields;
}

// Parses a multipart body. Leaves out files.
Result<Fields> ParseMultipart(std::string_view body, const std::string& boundary) {
  if (boundary.empty()) return Status::Rejected("the multipart body does not hold its boundary");
  Fields fields;
  MultipartReader reader(boundary, [&fields](const MultipartReader::Part& part, std::string_view bytes) {
    if (part.is_file) return Status::Ok();
    if (!bytes.empty()) {
      fields.back().value += bytes;
    } else if (fields.size() == kMaxFormFields) {
      return TooManyFields();
    } else {
      fields.push_back({part.name, ""});
    }
    return Status::Ok();
  });
  LP_RETURN_IF_ERROR(reader.Append(body));
  LP_RETURN_IF_ERROR(reader.Finish());
  return fields;
}

}  // namespace

Result<std::vector<FormField>> ParseForm(std::string_view body, std::string_view content_type) {
  if (TrimAsciiSpace(body).empty()) return Status::Rejected("the body is empty");
  if (AsciiLower(TrimAsciiSpace(content_type)).starts_with(kMultipart)) {
    return ParseMultipart(body, ParameterOf(content_type, "boundary").value_or(""));
  }
  if (content_type.empty() && body.starts_with("--")) {
    const std::string_view line = body.substr(2, body.find('\n') - 2);
    return ParseMultipart(body, std::string(TrimAsciiSpace(line)));
  }
  return ParseUrlEncoded(TrimAsciiSpace(body));
}

std::string_view FirstOf(const std::vector<FormField>& form, std::string_view name) {
  const auto found = std::ranges::find(form, name, &FormField::name);
  return found == form.end() ? std::string_view() : found->value;
}

std::string_view LastOf(const std::vector<FormField>& form, std::string_view name) {
  const auto found = std::ranges::find(form.rbegin(), form.rend(), name, &FormField::name);
  return found == form.rend() ? std::string_view() : found->value;
}

}  // namespace leadpulse::http
