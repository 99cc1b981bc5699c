#include "processor/serve/api/request/member_names.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

namespace leadpulse::serve {
namespace {

// Whose names the members of an object have.
enum class Names : uint8_t {
  kOurs,
  kTheirs,     // and so in all objects inside
  kOnlyTheirs  // of these members; objects inside are ours again
};

struct NamedObject {
  std::string_view member;
  Names names;
};
constexpr NamedObject kPeoplesNames[] = {{"attributes", Names::kTheirs},  {"consents", Names::kOnlyTheirs},
                                         {"reasons", Names::kOnlyTheirs}, {"profile", Names::kTheirs},
                                         {"properties", Names::kTheirs},  {"topics", Names::kOnlyTheirs}};

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// Returns whose names the object has that is the value of `member`.
Names NamesIn(std::string_view member) {
  const auto* found = std::ranges::find(kPeoplesNames, member, &NamedObject::member);
  return found == std::end(kPeoplesNames) ? Names::kOurs : found->names;
}

// Returns the value of `seq` or `kind`, a string.
std::string ValueOf(std::string_view member, std::string_view value) {
  const std::string_view text = value.substr(1, value.size() - 2);
  if (member == "seq") return std::string(text);
  const bool is_member = !text.empty() && text.front() >= 'a' && text.front() <= 'z';
  return is_member ? SnakeCase(value) : std::string(value);  // else TIER_CHANGED
}

}  // namespace

std::string SnakeCase(std::string_view name) {
  std::string snake;
  for (const char c : name) {
    if (IsUpper(c)) snake += '_';
    snake += IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return snake;
}

size_t EndOfJsonString(std::string_view json, size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) at += json[at] == '\\';
  return std::min(at + 1, json.size());
}

size_t EndOfJsonValue(std::string_view json, size_t at) {
  for (size_t depth = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      at = EndOfJsonString(json, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++at;
  }
  return at;
}

std::string WithSnakeNames(std::string_view json, std::span<const std::string> kept) {
  std::string renamed;
  renamed.reserve(json.size() + json.size() / 16);
  size_t copied = 0;  // how much of `json` is in `renamed`
  const auto replace = [&](size_t begin, size_t end, std::string_view with) {
    renamed.append(json.substr(copied, begin - copied)).append(with);
    copied = end;
  };
  std::vector<Names> around;  // of the objects and arrays that are open
  Names next = Names::kOurs;  // of the object that follows at once
  for (size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c != '"') {
      if (c == '{' || c == '[') around.push_back(c == '{' ? next : Names::kOurs);
      if ((c == '}' || c == ']') && !around.empty()) around.pop_back();
      if (c != ':') next = Names::kOurs;
      ++at;
      continue;
    }
    const size_t begin = at, end = EndOfJsonString(json, at);
    at = end;
    const bool is_name = end < json.size() && json[end] == ':';
    const bool is_ours = is_name && !around.empty() && around.back() == Names::kOurs;
    const std::string_view name = is_ours ? json.substr(begin + 1, end - begin - 2) : std::string_view();
    const bool is_kept = is_ours && std::ranges::find(kept, name) != kept.end();
    if (!is_kept && std::ranges::any_of(name, IsUpper)) replace(begin + 1, end - 1, SnakeCase(name));
    next = is_ours ? NamesIn(name) : Names::kOurs;
    if (is_ours && !is_kept && json.substr(end).starts_with(":\"") && (name == "seq" || name == "kind")) {
      at = EndOfJsonString(json, end + 1);
      replace(end + 1, at, ValueOf(name, json.substr(end + 1, at - end - 1)));
      continue;
    }
    if (!is_kept && next != Names::kTheirs) continue;
    at = EndOfJsonValue(json, end + 1);
    next = Names::kOurs;
  }
  return renamed.append(json.substr(copied));
}

}  // namespace leadpulse::serve
