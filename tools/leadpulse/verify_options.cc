#include "tools/leadpulse/verify_options.h"

#include <map>
#include <utility>

#include <CLI/CLI.hpp>

#include "processor/base/text.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kMaxKeyBytes = 1 << 20;

const std::map<std::string, webhooks::SignatureScheme>& Schemes() {
  static const std::map<std::string, webhooks::SignatureScheme> kSchemes = {
      {"provider", webhooks::SignatureScheme::kOfProvider},
      {"basic", webhooks::SignatureScheme::kBasic},
      {"header", webhooks::SignatureScheme::kHeader},
      {"hmac", webhooks::SignatureScheme::kBodyHmac}};
  return kSchemes;
}

// The key, or `@` and the file that holds it.
Result<std::string> ReadKey(const std::string& text) {
  if (!text.starts_with('@')) return text;
  LP_ASSIGN_OR_RETURN(const std::string read, ReadFile(text.substr(1), kMaxKeyBytes));
  if (read.size() > kMaxKeyBytes) return Status::Rejected(text.substr(1) + " is over 1 MiB: that is no key");
  return std::string(TrimAsciiSpace(read));
}

std::string CheckKey(const std::string& text) { return text.empty() ? "it is empty" : ""; }

}  // namespace

void DeclareVerifyOptions(CLI::App* command, VerifyLine* line) {
  CLI::Option* key = command->add_option("--verify-key", line->key.secret,
                                         "Check signatures: the secret or the public key, or @FILE that holds it");
  key->type_name("KEY")->check(Check(CheckKey));
  Add(command, "--verify-scheme", &line->scheme, "SCHEME",
      "What KEY is: as the provider signs, or basic (user:password), header (a value), hmac (of the body)")
      ->check(CLI::IsMember(Schemes()))
      ->needs(key)
      ->capture_default_str();
  Add(command, "--verify-header", &line->key.header, "NAME", "The header that holds the value or the HMAC")->needs(key);
  Add(command, "--verify-url", &line->key.url, "URL", "Mandrill: the webhook's URL as it has it")->needs(key);
  Add(command, "--verify-topic", &line->key.topics, "ARN", "Amazon SNS: a TopicArn that may post; may be repeated")
      ->allow_extra_args(false)
      ->needs(key);
}

Result<std::unique_ptr<webhooks::SignatureCheck>> MakeCheck(const VerifyLine& line, const std::string& provider) {
  if (line.key.secret.empty()) return std::unique_ptr<webhooks::SignatureCheck>();
  LP_ASSIGN_OR_RETURN(std::string secret, ReadKey(line.key.secret));
  webhooks::SignatureKey key = line.key;
  key.secret = std::move(secret);
  key.scheme = Schemes().at(line.scheme);
  return webhooks::MakeSignatureCheck(provider, key);
}

}  // namespace leadpulse::tools
