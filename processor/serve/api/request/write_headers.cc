#include "processor/serve/api/request/write_headers.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

constexpr int kLongestWaitSeconds = 30;
constexpr size_t kIdBytes = 16;

}  // namespace

bool IsKey(std::string_view key) {
  return key.size() <= 128 && std::ranges::all_of(key, [](char c) { return c > ' ' && c < 127 && c != '/'; });
}

std::string CommandIdOf(const access::SentCommand& sent) {
  const std::string all = sent.tenant + '\0' + sent.who + '\0' + sent.id + '\0' + std::to_string(sent.at.millis);
  return "api-" + access::Base64Url(access::HashOf(all).substr(0, kIdBytes));
}

std::optional<std::string> VersionOfIfMatch(std::string_view header) {
  if (header == "*") return "";
  if (header.size() < 3 || !header.starts_with('"') || !header.ends_with('"')) return std::nullopt;
  return std::string(header.substr(1, header.size() - 2));
}

http::Answer WrongIfMatch() {
  return Problem(http::kBadRequest, "invalid_value", "one ETag in quotation marks, as GET shows it", "If-Match");
}

std::optional<std::chrono::seconds> WaitOf(std::string_view prefer) {
  constexpr std::string_view kWait = "wait=";
  const size_t at = prefer.find(kWait);
  if (at == std::string_view::npos) {
    return prefer.find("respond-async") == std::string_view::npos ? std::nullopt
                                                                  : std::optional(std::chrono::seconds(0));
  }
  prefer.remove_prefix(at + kWait.size());
  int seconds = 0;
  const auto [end, error] = std::from_chars(prefer.data(), prefer.data() + prefer.size(), seconds);
  if (error != std::errc()) return std::nullopt;
  return std::chrono::seconds(std::clamp(seconds, 0, kLongestWaitSeconds));
}

}  // namespace leadpulse::serve
