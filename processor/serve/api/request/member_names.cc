#include "processor/serve/api/request/member_names.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
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

// Whether the name has a capital. Names are short, so it is faster to look at every character than to stop at a
// capital.
bool HasUpper(std::string_view name) {
  bool has = false;
  for (const char c : name) has |= IsUpper(c);
  return has;
}

void AppendSnakeCase(std::string_view name, std::string* out) {
  for (const char c : name) {
    if (IsUpper(c)) *out += '_';
    *out += IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
}

// Returns the index of the first quotation mark or backslash at or after `at`; the size if there is none. Compares
// eight bytes at a time.
size_t FindMark(std::string_view json, size_t at) {
  static_assert(std::endian::native == std::endian::little);
  constexpr uint64_t kOnes = 0x0101010101010101, kTops = kOnes << 7;
  const auto top_of_zeros = [](uint64_t word) { return (word - kOnes) & ~word & kTops; };
  for (; at + sizeof(uint64_t) <= json.size(); at += sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, json.data() + at, sizeof word);
    // Borrows make bytes behind the first one seem found, but never one before it.
    const uint64_t found = top_of_zeros(word ^ kOnes * '"') | top_of_zeros(word ^ kOnes * '\\');
    if (found != 0) return at + static_cast<size_t>(std::countr_zero(found)) / 8;
  }
  while (at < json.size() && json[at] != '"' && json[at] != '\\') ++at;
  return at;
}

// Returns whose names the object has that is the value of `member`.
Names NamesIn(std::string_view member) {
  const auto* found = std::ranges::find(kPeoplesNames, member, &NamedObject::member);
  return found == std::end(kPeoplesNames) ? Names::kOurs : found->names;
}

// Appends the value of `seq` or `kind`, a string.
void AppendValue(std::string_view member, std::string_view value, std::string* out) {
  const std::string_view text = value.substr(1, value.size() - 2);
  if (member == "seq") {
    out->append(text);
  } else if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
    AppendSnakeCase(value, out);
  } else {
    out->append(value);  // TIER_CHANGED
  }
}

}  // namespace

std::string SnakeCase(std::string_view name) {
  std::string snake;
  AppendSnakeCase(name, &snake);
  return snake;
}

size_t EndOfJsonString(std::string_view json, size_t at) {
  for (at = FindMark(json, at + 1); at < json.size() && json[at] == '\\';) at = FindMark(json, at + 2);
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
  const auto copy_until = [&](size_t begin, size_t end) {
    renamed.append(json.substr(copied, begin - copied));
    copied = end;
  };
  std::vector<Names> around;  // of the objects and arrays that are open
  Names next = Names::kOurs;  // of the object that follows at once
  for (size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c != '"') {
      if (c == '{' || c == '[') around.push_back(c == '{' ? next : Names::kOurs);
      if ((c == '}' || c == ']') && !around.empty()) around.pop_back();
      next = Names::kOurs;
      ++at;
      continue;
    }
    const size_t begin = at, end = EndOfJsonString(json, at);
    at = end;
    const bool is_ours = end + 1 < json.size() && json[end] == ':' && !around.empty() && around.back() == Names::kOurs;
    if (!is_ours) continue;
    const std::string_view name = json.substr(begin + 1, end - begin - 2);
    const bool is_kept = std::ranges::find(kept, name) != kept.end();
    if (!is_kept && HasUpper(name)) {
      copy_until(begin + 1, end - 1);
      AppendSnakeCase(name, &renamed);
    }
    at = end + 1;  // where the value begins
    if (json[at] == '"') {
      const size_t value = at;
      at = EndOfJsonString(json, value);
      if (is_kept || (name != "seq" && name != "kind")) continue;
      copy_until(value, at);
      AppendValue(name, json.substr(value, at - value), &renamed);
      continue;
    }
    const bool has_names = json[at] == '{' || json[at] == '[';
    next = has_names ? NamesIn(name) : Names::kOurs;
    if (!is_kept && next != Names::kTheirs) continue;
    at = EndOfJsonValue(json, at);
    next = Names::kOurs;
  }
  return renamed.append(json.substr(copied));
}

}  // namespace leadpulse::serve
