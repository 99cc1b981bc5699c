#include "processor/serve/api/request/write_headers.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/http/compression.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

constexpr int kLongestWaitSeconds = 30;
constexpr size_t kIdBytes = 16;
constexpr std::string_view kWeak = "W/";  // before a weak ETag

}  // namespace

bool IsKey(std::string_view key) {
  return key.size() <= 128 && std::ranges::all_of(key, [](char c) { return c > ' ' && c < 127 && c != '/'; });
}

std::string CommandIdOf(const access::SentCommand& sent) {
  const std::string all = sent.tenant + '\0' + sent.who + '\0' + sent.id + '\0' + std::to_string(sent.at.millis);
  return "api-" + access::Base64Url(access::HashOf(all).substr(0, kIdBytes));
}

std::string RequestHashOf(const ApiRequest& request, const std::string& who) {
  std::string asked;
  for (const std::string_view part : {request.route->method, request.route->path, std::string_view(request.id),
                                      std::string_view(request.if_match), std::string_view(request.body)}) {
    asked.append(part).append(1, '\0');
  }
  for (const http::FormField& field : request.parameters) asked += field.name + '=' + field.value + '\0';
  return access::HashOf(asked + who);
}

bool HasTag(std::string_view if_none_match, std::string_view tag) {
  if (TrimAsciiSpace(if_none_match) == "*") return true;
  const auto bare = [](std::string_view quoted) {
    if (quoted.starts_with(kWeak)) quoted.remove_prefix(kWeak.size());
    if (quoted.size() < 2) return quoted;
    return http::WithoutGzip(quoted.substr(1, quoted.size() - 2));
  };
  return std::ranges::any_of(ListElements(if_none_match),
                             [&](std::string_view each) { return bare(TrimAsciiSpace(each)) == bare(tag); });
}

std::optional<ExpectedVersions> ExpectedVersions::Read(std::string_view header) {
  ExpectedVersions expected;
  std::string_view rest = TrimAsciiSpace(header);
  if (rest == "*") return expected;
  expected.are_any_ = false;
  do {
    const bool is_weak = rest.starts_with(kWeak);
    if (is_weak) rest.remove_prefix(kWeak.size());
    const size_t end = rest.starts_with('"') ? rest.find('"', 1) : std::string_view::npos;
    if (end == std::string_view::npos) return std::nullopt;
    if (!is_weak) expected.versions_.emplace_back(http::WithoutGzip(rest.substr(1, end - 1)));
    rest = TrimAsciiSpace(rest.substr(end + 1));
    if (!rest.empty() && !rest.starts_with(',')) return std::nullopt;
    if (!rest.empty()) rest = TrimAsciiSpace(rest.substr(1));
  } while (!rest.empty());
  return expected;
}

bool ExpectedVersions::Has(std::string_view version) const {
  return are_any_ || std::ranges::find(versions_, version) != versions_.end();
}

std::string ExpectedVersions::ForCommand(const std::string& current) const {
  constexpr char kNoVersion[] = "-";
  if (are_any_) return "";
  if (Has(current)) return current;
  return versions_.empty() || versions_.front().empty() ? kNoVersion : versions_.front();
}

http::Response WrongIfMatch() {
  return Problem(http::kBadRequest, "invalid_value", "ETags in quotation marks, as GET shows them, or *", "If-Match");
}

std::optional<std::chrono::seconds> WaitOf(std::string_view prefer) {
  bool is_async = false;
  for (std::string_view preference : ListElements(prefer)) {
    preference = preference.substr(0, FindOutsideQuotes(preference, ';'));  // parameters follow
    const size_t equals = std::min(preference.find('='), preference.size());
    const std::string name = AsciiLower(TrimAsciiSpace(preference.substr(0, equals)));
    is_async = is_async || name == "respond-async";
    if (name != "wait") continue;
    std::string_view value = TrimAsciiSpace(preference.substr(std::min(equals + 1, preference.size())));
    if (value.size() > 1 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    const std::optional<int> seconds = ParseInteger<int>(value);
    if (seconds) return std::chrono::seconds(std::clamp(*seconds, 0, kLongestWaitSeconds));
  }
  return is_async ? std::optional(std::chrono::seconds(0)) : std::nullopt;
}

}  // namespace leadpulse::serve
