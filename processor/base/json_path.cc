#include "processor/base/json_path.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse {
namespace {

const Json& NoJson() {
  static const Json kNull;
  return kNull;
}

// Returns the position of the bracket that closes the one at `at`, or npos. Quotes hide brackets.
size_t ClosingBracket(std::string_view text, size_t at) {
  const size_t quoted = text.find_first_of("\"]", at);
  if (quoted == std::string_view::npos || text[quoted] == ']') return quoted;
  if (quoted != at + 1 && text[quoted - 1] != '=') return text.find(']', quoted);
  const size_t end = text.find("\"]", quoted + 1);
  return end == std::string_view::npos ? end : end + 1;
}

std::string_view Unquoted(std::string_view text) {
  const bool is_quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

// Splits names at dots. Empty if one of them is empty.
std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names;
  while (true) {
    const size_t end = std::min(text.find('.'), text.size());
    if (end == 0) return {};
    names.emplace_back(text.substr(0, end));
    if (end == text.size()) return names;
    text.remove_prefix(end + 1);
  }
}

const Json& Under(const std::vector<std::string>& names, const Json& json) {
  const Json* found = &json;
  for (const std::string& name : names) found = &(*found)[name];
  return *found;
}

}  // namespace

std::optional<std::variant<std::string, size_t, JsonPath::Choice>> JsonPath::ParseBracket(std::string_view text) {
  if (text.starts_with('"')) {
    if (text.size() < 3 || !text.ends_with('"')) return std::nullopt;
    return std::string(Unquoted(text));
  }
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    const bool is_number = !text.empty() && std::ranges::all_of(text, IsDigit);
    const std::optional<size_t> index = is_number ? ParseInteger<size_t>(text) : std::nullopt;
    return index ? std::optional<std::variant<std::string, size_t, Choice>>(*index) : std::nullopt;
  }
  Choice choice{SplitNames(text.substr(0, equals)), std::string(TrimAsciiSpace(Unquoted(text.substr(equals + 1))))};
  if (choice.key.empty() || choice.value.empty()) return std::nullopt;
  return choice;
}

std::variant<JsonPath, JsonPath::Fault> JsonPath::Parse(std::string_view text) {
  JsonPath path;
  size_t at = 0;
  bool name_expected = !text.starts_with('[');
  while (at < text.size() || name_expected) {
    if (name_expected) {
      const size_t end = std::min(text.find_first_of(".[]", at), text.size());
      if (end == at) return Fault{at, "expected a name"};
      path.steps_.emplace_back(std::string(text.substr(at, end - at)));
      at = end;
      name_expected = false;
    } else if (text[at] == '.') {
      ++at;
      name_expected = true;
    } else if (text[at] == '[') {
      const size_t end = ClosingBracket(text, at);
      auto step = end == std::string_view::npos ? std::nullopt : ParseBracket(text.substr(at + 1, end - at - 1));
      if (!step) return Fault{at, "expected an index such as [0], a choice such as [name=Email] or a name in [\"…\"]"};
      path.steps_.push_back(*std::move(step));
      at = end + 1;
    } else {
      return Fault{at, "expected a dot or an index such as [0]"};
    }
  }
  return path;
}

const Json& JsonPath::Chosen(const Choice& choice, const Json& json) {
  const auto is_chosen = [&choice](const Json& each) {
    return TrimAsciiSpace(Under(choice.key, each).spelling()) == choice.value;
  };
  for (const Json& element : json.elements()) {
    if (is_chosen(element)) return element;
  }
  for (const auto& [name, value] : json.members()) {
    if (is_chosen(value)) return value;
  }
  return NoJson();
}

const Json& JsonPath::In(const Json& json) const {
  const Json* found = &json;
  for (const auto& step : steps_) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      found = &(*found)[*name];
    } else if (const auto* index = std::get_if<size_t>(&step)) {
      found = *index < found->elements().size() ? &found->elements()[*index] : &NoJson();
    } else {
      found = &Chosen(std::get<Choice>(step), *found);
    }
  }
  return *found;
}

Json* JsonPath::MutableIn(Json* json) const {
  const Json& found = In(*json);
  return found.is_null() ? nullptr : const_cast<Json*>(&found);  // a part of *json
}

}  // namespace leadpulse
