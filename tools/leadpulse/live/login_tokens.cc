#include "tools/leadpulse/live/login_tokens.h"

#include <absl/strings/escaping.h>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <optional>
#include <utility>

#include "processor/base/encodings.h"
#include "processor/base/json.h"
#include "processor/base/text.h"
#include "processor/http/client.h"

namespace leadpulse::tools {
namespace {

using kafka::LoginToken;

constexpr const char* kTokenFile = "kafka.security.sasl.token_file: ";
constexpr const char* kTokenUrl = "kafka.security.sasl.token_url: ";
// The most bytes of a token that are read. Brokers take 64 KiB at most for a whole login.
constexpr size_t kMostTokenBytes = 64 << 10;
constexpr std::chrono::seconds kServerTimeout{10};

std::string UrlEncoded(std::string_view text) { return PercentEncoded(text, "-._~"); }

// Returns whole seconds of a JSON number, or of a string with one, as some servers send; nullopt if the value is
// neither. RFC 7519's NumericDate may have a fraction.
std::optional<int64_t> SecondsOf(const Json& value) {
  const std::string_view text = value.text();
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr double kMost = 253'402'300'799;  // the year 9999
  if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0 && seconds <= kMost))
    return std::nullopt;
  return static_cast<int64_t>(std::floor(seconds));
}

// Rejects a token that librdkafka would not take any more.
Result<LoginToken> UnlessExpired(Result<LoginToken> token, const Clock& clock) {
  if (!token.ok() || token->expires_at > clock.Now()) return token;
  return Status::Rejected("has expired; see what renews it, and the clock of this machine");
}

Result<LoginToken> TokenInFile(const std::string& path, const Clock& clock) {
  const auto retriable = [&](const std::string& what) { return Status::Retriable(kTokenFile + path + " " + what); };
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostTokenBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) return retriable("cannot be read");
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMostTokenBytes) return retriable("is too large for a token");
  Result<LoginToken> token = UnlessExpired(ParseToken(std::string(TrimAsciiSpace(text))), clock);
  return token.ok() ? token : retriable(token.status().message());
}

// Returns the token of a server's answer.
Result<LoginToken> TokenInAnswer(std::string_view body, const std::string& client_id, Instant asked_at) {
  LP_ASSIGN_OR_RETURN(const Json answer, Json::Parse(body));
  std::string value(answer["access_token"].text());
  if (value.empty()) return Status::Rejected("it has no access_token");
  Result<LoginToken> parsed = ParseToken(value);
  if (const auto seconds = SecondsOf(answer["expires_in"])) {
    const std::string whose = parsed.ok() ? parsed->principal : client_id;
    return LoginToken{std::move(value), asked_at + std::chrono::seconds(*seconds), whose};
  }
  if (!parsed.ok()) return Status::Rejected("it has no expires_in, and its access_token " + parsed.status().message());
  return parsed;
}

// Returns the server's own words for a refusal (RFC 6749 §5.2); empty if it has none.
std::string SaidIn(std::string_view body) {
  const auto answer = Json::Parse(body);
  if (!answer.ok()) return {};
  std::string said;
  for (const char* member : {"error", "error_description"}) {
    const std::string_view text = (*answer)[member].text();
    if (!text.empty()) said += (said.empty() ? ": " : ", ") + std::string(text.substr(0, 200));
  }
  return said;
}

Result<LoginToken> TokenOfServer(const config::SaslSettings& sasl, const Clock& clock) {
  static const std::atomic<bool> kNeverStopped = false;
  LP_ASSIGN_OR_RETURN(
      const auto client,
      http::MakeClient({.url = sasl.token_url, .timeout = kServerTimeout, .answer_bytes = kMostTokenBytes},
                       kNeverStopped));
  std::string body = "grant_type=client_credentials";
  if (!sasl.token_scope.empty()) body += "&scope=" + UrlEncoded(sasl.token_scope);
  const std::string login = UrlEncoded(sasl.username) + ":" + UrlEncoded(sasl.password.Reveal());
  const std::array headers{std::string("Content-Type: application/x-www-form-urlencoded"),
                           std::string("Accept: application/json"),
                           "Authorization: Basic " + absl::Base64Escape(login)};
  const Instant asked_at = clock.Now();
  const Result<http::ClientResponse> answer = client->Post(body, {headers.begin(), headers.end()});
  if (!answer.ok()) {
    const std::string what = kTokenUrl + answer.status().message();
    return answer.status().kind() == ErrorKind::kRetriable ? Status::Retriable(what) : Status::Rejected(what);
  }
  const std::string& said = answer->beginning;
  const std::string from = kTokenUrl + http::ShownAddress(sasl.token_url) + " ";
  if (answer->status == 200) {
    Result<LoginToken> token = UnlessExpired(TokenInAnswer(said, sasl.username, asked_at), clock);
    return token.ok() ? token : Status::Retriable(from + "gave no token: " + token.status().message());
  }
  const std::string what = from + "answers " + std::to_string(answer->status) + SaidIn(said);
  return http::MayAnswerLater(answer->status) ? Status::Retriable(what) : Status::Rejected(what);
}

}  // namespace

Result<LoginToken> ParseToken(std::string text) {
  const size_t head = text.find('.');
  const size_t claims = head == std::string::npos ? head : text.find('.', head + 1);
  std::string payload;
  if (claims == std::string::npos ||
      !absl::WebSafeBase64Unescape({text.data() + head + 1, claims - head - 1}, &payload)) {
    return Status::Rejected("is no JSON Web Token");
  }
  const auto parsed = Json::Parse(payload);
  if (!parsed.ok() || !parsed->is_object()) return Status::Rejected("is no JSON Web Token");
  const auto expires = SecondsOf((*parsed)["exp"]);
  if (!expires) return Status::Rejected("does not say when it expires (the claim exp)");
  std::string whose((*parsed)["sub"].text());
  return LoginToken{std::move(text), Instant{*expires * 1000}, whose.empty() ? "unnamed" : std::move(whose)};
}

kafka::TokenSource TokensFor(const config::SaslSettings& sasl, const Clock* clock) {
  return [sasl, clock] {
    return sasl.token_file.empty() ? TokenOfServer(sasl, *clock) : TokenInFile(sasl.token_file, *clock);
  };
}

}  // namespace leadpulse::tools
