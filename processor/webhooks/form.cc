#include "processor/webhooks/form.h"

#include <algorithm>
#include <optional>

#include "processor/base/text.h"
#include "processor/webhooks/digests.h"

namespace leadpulse::webhooks {
namespace {

using Fields = std::vector<FormField>;

constexpr std::string_view kMultipart = "multipart/form-data";

Status TooManyFields() {
  return Status::Rejected("the form has more than " + std::to_string(kMaxFormFields) + " fields");
}

// `+` is a blank; a `%` without two digits stands for itself.
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

// What a parameter's value begins: up to the closing quote, with `\"` for a quote inside, or up to the next `;`.
std::string ParameterValue(std::string_view text) {
  if (!text.starts_with('"')) return std::string(TrimAsciiSpace(text.substr(0, text.find(';'))));
  std::string value;
  for (size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value += text[i];
  }
  return value;
}

// How far the parameter goes: to the next `;` outside of quotes.
size_t ParameterEnd(std::string_view text) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ';' && !quoted) {
      return i;
    }
  }
  return text.size();
}

// Of `form-data; name="a"` the parameter `name`; nothing where there is none. Names compare without case.
std::optional<std::string> ParameterOf(std::string_view header, std::string_view name) {
  while (true) {
    const size_t end = ParameterEnd(header);
    if (end == header.size()) return std::nullopt;  // what stands before the first `;` is no parameter
    header.remove_prefix(end + 1);
    const std::string_view parameter = header.substr(0, ParameterEnd(header));
    const size_t equals = parameter.find('=');
    if (equals == std::string_view::npos || AsciiLower(TrimAsciiSpace(parameter.substr(0, equals))) != name) continue;
    return ParameterValue(TrimAsciiSpace(parameter.substr(equals + 1)));
  }
}

// The line without its end, which goes from the text, too. Lines end in CR LF; a bare LF is what an editor made of it.
std::string_view TakeLine(std::string_view* text) {
  const size_t end = text->find('\n');
  std::string_view line = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What lies between two delimiters: headers, an empty line, the value. A file or a part without a name is no field.
void AddPart(std::string_view part, Fields* fields) {
  std::optional<std::string> name;
  std::optional<std::string> file;
  while (!part.empty()) {
    const std::string_view line = TakeLine(&part);
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (AsciiLower(TrimAsciiSpace(line.substr(0, colon))) != "content-disposition") continue;
    name = ParameterOf(line, "name");
    file = ParameterOf(line, "filename");
  }
  if (name.has_value() && !file.has_value()) fields->push_back({*name, std::string(part)});
}

Result<Fields> ParseMultipart(std::string_view body, const std::string& boundary) {
  const std::string delimiter = "--" + boundary;
  size_t at = body.find(delimiter);
  if (boundary.empty() || at == std::string_view::npos) {
    return Status::Rejected("the multipart body does not hold its boundary");
  }
  Fields fields;
  body.remove_prefix(at + delimiter.size());
  while (!body.starts_with("--")) {
    if (fields.size() == kMaxFormFields) return TooManyFields();
    TakeLine(&body);  // white space behind the delimiter
    at = body.find("\n" + delimiter);
    if (at == std::string_view::npos) return Status::Rejected("the multipart body ends within a part");
    std::string_view part = body.substr(0, at);
    if (part.ends_with('\r')) part.remove_suffix(1);
    AddPart(part, &fields);
    body.remove_prefix(at + 1 + delimiter.size());
  }
  return fields;
}

}  // namespace

Result<std::vector<FormField>> ParseForm(std::string_view body, std::string_view content_type) {
  if (TrimAsciiSpace(body).empty()) return Status::Rejected("the body is empty");
  if (AsciiLower(TrimAsciiSpace(content_type)).starts_with(kMultipart)) {
    return ParseMultipart(body, ParameterOf(content_type, "boundary").value_or(""));
  }
  if (content_type.empty() && body.starts_with("--")) {
    std::string_view rest = body.substr(2);
    return ParseMultipart(body, std::string(TrimAsciiSpace(TakeLine(&rest))));
  }
  return ParseUrlEncoded(TrimAsciiSpace(body));
}

std::string_view FirstOf(const std::vector<FormField>& form, std::string_view name) {
  const auto found = std::find_if(form.begin(), form.end(), [&](const FormField& field) { return field.name == name; });
  return found == form.end() ? std::string_view() : found->value;
}

std::string_view LastOf(const std::vector<FormField>& form, std::string_view name) {
  const auto found =
      std::find_if(form.rbegin(), form.rend(), [&](const FormField& field) { return field.name == name; });
  return found == form.rend() ? std::string_view() : found->value;
}

}  // namespace leadpulse::webhooks
