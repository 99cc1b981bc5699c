// leadpulse convert: converts posts of email providers to records.
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/yaml_tree.h"
#include "processor/base/clock.h"
#include "processor/base/text.h"
#include "processor/bots/scanner_habit.h"
#include "processor/webhooks/generic_provider.h"
#include "processor/webhooks/provider.h"
#include "processor/webhooks/scanner_clicks.h"
#include "processor/webhooks/signature.h"
#include "processor/webhooks/used_tokens.h"
#include "schemas/codec/input_writer.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

using webhooks::SkipReason;

constexpr char kStandardInput[] = "-";
constexpr char kGeneric[] = "generic";
constexpr size_t kMaxBodyBytes = 64 << 20;
constexpr size_t kMaxKeyBytes = 1 << 20;
// Longer than any two signatures in one call are apart, so that every token is remembered.
constexpr Millis kMaxTokenLifetime = std::chrono::days(36'500);
// Limits for skipped names, which come from the posts.
constexpr size_t kShownKinds = 50;
constexpr size_t kShownWidth = 110;

// Options for the verification of posts.
struct VerifyLine {
  webhooks::SignatureKey key;  // its scheme is not set
  std::string scheme = "provider";
};

struct ConvertLine {
  std::string provider;
  std::string mapping;
  webhooks::ConversionOptions options;
  std::vector<std::string> headers;
  std::string content_type;
  std::string received_at;  // RFC 3339; empty: now
  VerifyLine verify;
  std::string skipped_file;
  MachineAgentsLine machine_agents;
  int scanner_seconds = 0;  // 0: does not look for scanners
  std::vector<std::string> files = {kStandardInput};
};

struct Counts {
  uint64_t bodies = 0, unreadable = 0, records = 0, guessed_times = 0, scanners_clicks = 0;
  std::map<std::pair<SkipReason, std::string>, uint64_t> skipped;  // by reason and detail
};

std::string CheckHeader(const std::string& text) {
  return text.find(':') == std::string::npos ? "`" + text + "` is no header; write 'Name: value'" : "";
}

std::string CheckTime(const std::string& text) {
  return ParseRfc3339(text).has_value() ? "" : "`" + text + "` is no time; write 2026-03-10T09:30:00Z";
}

const std::map<std::string, webhooks::SignatureScheme>& Schemes() {
  static const std::map<std::string, webhooks::SignatureScheme> kSchemes = {
      {"provider", webhooks::SignatureScheme::kOfProvider},
      {"basic", webhooks::SignatureScheme::kBasic},
      {"header", webhooks::SignatureScheme::kHeader},
      {"hmac", webhooks::SignatureScheme::kBodyHmac},
      {"hmac-sha1", webhooks::SignatureScheme::kBodyHmacSha1},
      {"hmac-sha512", webhooks::SignatureScheme::kBodyHmacSha512}};
  return kSchemes;
}

// Reads the key, or the file after an `@`.
Result<std::string> ReadKey(const std::string& text) {
  if (!text.starts_with('@')) return text;
  LP_ASSIGN_OR_RETURN(const std::string read, ReadFile(text.substr(1), kMaxKeyBytes));
  if (read.size() > kMaxKeyBytes) return Status::Rejected(text.substr(1) + " is over 1 MiB: that is no key");
  return std::string(TrimAsciiSpace(read));
}

// Makes the check. Rejected: the key is not valid, or its file cannot be read.
Result<webhooks::SignatureCheck> MakeCheck(const VerifyLine& line, const std::string& provider) {
  LP_ASSIGN_OR_RETURN(std::string secret, ReadKey(line.key.secret));
  webhooks::SignatureKey key = line.key;
  key.secret = std::move(secret);
  key.scheme = Schemes().at(line.scheme);
  return webhooks::MakeSignatureCheck(provider, key);
}

std::vector<webhooks::Header> HeadersOf(const ConvertLine& line) {
  std::vector<webhooks::Header> headers;
  for (const std::string& text : line.headers) {
    const size_t colon = text.find(':');
    headers.push_back({std::string(TrimAsciiSpace(std::string_view(text).substr(0, colon))),
                       std::string(TrimAsciiSpace(std::string_view(text).substr(colon + 1)))});
  }
  return headers;
}

class Converting {
 public:
  Converting(const ConvertLine& line, const webhooks::Provider& provider)
      : line_(line), provider_(provider), headers_(HeadersOf(line)) {}

  // Reads the key. kDone: continue.
  ExitCode ReadVerifyKey() {
    if (line_.verify.key.secret.empty()) return kDone;
    Result<webhooks::SignatureCheck> made = MakeCheck(line_.verify, line_.provider);
    if (!made.ok()) return FailUsage("--verify-key: " + made.status().message());
    signature_ = std::move(*made);
    return kDone;
  }

  ExitCode OpenSkipped() {
    if (line_.skipped_file.empty()) return kDone;
    skipped_file_.reset(std::fopen(line_.skipped_file.c_str(), "wb"));
    return skipped_file_ != nullptr ? kDone : FailToWriteSkipped();
  }

  ExitCode Convert(const std::string& file) {
    ++counts_.bodies;
    const std::string name = file == kStandardInput ? "standard input" : file;
    const Result<std::string> body = ReadFile(file == kStandardInput ? "/dev/stdin" : file, kMaxBodyBytes);
    if (!body.ok()) return Unreadable(body.status().message());
    if (body->size() > kMaxBodyBytes) return Unreadable(name + " is over 64 MiB: no provider posts so much at once");
    const webhooks::Post post{*body, line_.content_type, headers_, ReceivedAt()};
    Result<webhooks::Conversion> converted = ConvertChecked(post);
    if (!converted.ok()) return Unreadable(name + ": " + converted.status().message());
    if (line_.scanner_seconds == 0) return Write(*converted);
    history_.push_back(*std::move(converted));
    return kDone;
  }

  // Writes the conversions that waited for the last file, because scanners are known only then.
  ExitCode WriteHistory() {
    counts_.scanners_clicks = webhooks::MarkScannersClicks(std::chrono::seconds(line_.scanner_seconds), history_);
    for (const webhooks::Conversion& converted : history_) {
      if (const ExitCode code = Write(converted); code != kDone) return code;
    }
    return kDone;
  }

  ExitCode PrintSummary() {
    uint64_t skipped = 0;
    for (const auto& [what, count] : counts_.skipped) skipped += count;
    std::fprintf(stderr, "%s: %s, %s, %s skipped\n", line_.provider.c_str(),
                 Counted(counts_.bodies, "body", "bodies").c_str(), Counted(counts_.records, "record").c_str(),
                 std::to_string(skipped).c_str());
    for (const auto& [what, count] : counts_.skipped) {
      std::fprintf(stderr, "  %8s  %-13s  %s\n", std::to_string(count).c_str(),
                   std::string(webhooks::SkipReasonName(what.first)).c_str(), what.second.c_str());
    }
    if (counts_.guessed_times > 0) {
      std::fprintf(stderr,
                   "  %8s  with the time of receipt: theirs is missing or cannot be read; --strict skips them\n",
                   Counted(counts_.guessed_times, "record").c_str());
    }
    if (counts_.scanners_clicks > 0) {
      std::fprintf(stderr, "  %8s  by their habit a security scanner's\n",
                   Counted(counts_.scanners_clicks, "click").c_str());
    }
    if (skipped_file_ != nullptr && std::fclose(skipped_file_.release()) != 0) {
      return FailToWriteSkipped();
    }
    return counts_.unreadable == 0 ? kDone : kFailed;
  }

 private:
  Instant ReceivedAt() const {
    return line_.received_at.empty() ? SystemClock().Now() : *ParseRfc3339(line_.received_at);
  }

  Result<webhooks::Conversion> ConvertChecked(const webhooks::Post& post) {
    const Result<webhooks::Payload> payload =
        signature_ ? signature_->check(post, post.received_at) : webhooks::WholePayload(post);
    if (!payload.ok()) return payload.status();
    Result<webhooks::Conversion> converted = provider_.Convert(*payload, line_.options);
    if (payload->token && converted.ok()) {
      LP_RETURN_IF_ERROR(tokens_.Reserve(*payload->token, post.received_at));
      tokens_.Settle(*payload->token, true);
    }
    return converted;
  }

  ExitCode FailToWriteSkipped() const {
    return Fail(line_.skipped_file + " cannot be written: " + std::generic_category().message(errno));
  }

  ExitCode Unreadable(const std::string& why) {
    ++counts_.unreadable;
    PrintError(why);
    return kDone;  // the other files are still read
  }

  void CountSkipped(const webhooks::Skipped& skipped) {
    const std::string name = skipped.name.empty() ? "(no name)" : skipped.name;
    const std::string said = skipped.detail.empty() ? name : name + ": " + skipped.detail;
    std::pair what(skipped.reason, CutToWidth(DisplayableLine(said), kShownWidth));
    if (counts_.skipped.size() >= kShownKinds && !counts_.skipped.contains(what)) what.second = "others";
    ++counts_.skipped[what];
  }

  ExitCode Write(const webhooks::Conversion& converted) {
    std::string lines;
    for (const codec::Command& command : converted.commands) codec::AppendInputJson(command, &lines);
    for (const codec::Event& event : converted.events) codec::AppendInputJson(event, &lines);
    counts_.records += converted.commands.size() + converted.events.size();
    counts_.guessed_times += converted.guessed_times;
    std::string kept;
    for (const webhooks::Skipped& skipped : converted.skipped) {
      CountSkipped(skipped);
      if (!skipped.item.empty()) webhooks::AppendSkippedLine(line_.provider, {}, skipped, &kept);
    }
    if (skipped_file_ != nullptr && std::fwrite(kept.data(), 1, kept.size(), skipped_file_.get()) != kept.size()) {
      return FailToWriteSkipped();
    }
    return PrintData(lines);
  }

  struct CloseFile {
    void operator()(FILE* file) const { std::fclose(file); }
  };

  const ConvertLine& line_;
  const webhooks::Provider& provider_;
  const std::vector<webhooks::Header> headers_;
  std::optional<webhooks::SignatureCheck> signature_;  // nullopt: nothing is checked
  webhooks::UsedTokens tokens_{kMaxTokenLifetime};
  std::unique_ptr<FILE, CloseFile> skipped_file_;
  std::vector<webhooks::Conversion> history_;
  Counts counts_;
};

// Loads the provider of a mapping file. Prints its errors; null if there are any.
std::unique_ptr<const webhooks::Provider> LoadMappingFile(const std::string& path) {
  const Result<std::string> text = ReadFile(path, config::kMaxYamlBytes);
  if (!text.ok()) {
    PrintError("mapping " + text.status().message());
    return nullptr;
  }
  webhooks::LoadedGenericProvider loaded = webhooks::LoadGenericProvider(*text);
  PrintProblems(path, "error", loaded.errors);
  return std::move(loaded.provider);
}

// Checks the tenants as the receiver does.
Status CheckTenants(const webhooks::ConversionOptions& options) {
  if (options.tenant_argument.empty() == options.tenants.empty()) return Status::Ok();
  if (!options.tenants.empty()) return Status::Rejected("--tenants is used with --tenant-argument only");
  return Status::Rejected(
      "--tenants is missing: a list of the tenants that --tenant-argument may name; without it a sender could name "
      "any");
}

int Convert(const ConvertLine& asked) {
  ConvertLine line = asked;
  Result<bots::MachineAgents> agents = ReadMachineAgents(line.machine_agents);
  if (!agents.ok()) return FailUsage(agents.status());
  line.options.machines = *std::move(agents);
  if ((line.provider == kGeneric) == line.mapping.empty()) {
    return FailUsage(
        "--provider generic and --mapping FILE go together: the file says what the fields and events are called");
  }
  if (const Status status = CheckTenants(line.options); !status.ok()) return FailUsage(status);
  std::unique_ptr<const webhooks::Provider> generic;
  if (!line.mapping.empty()) {
    generic = LoadMappingFile(line.mapping);
    if (generic == nullptr) return kUsage;
  }
  Converting converting(line, generic != nullptr ? *generic : *webhooks::FindProvider(line.provider));
  if (const ExitCode read = converting.ReadVerifyKey(); read != kDone) return read;
  if (const ExitCode opened = converting.OpenSkipped(); opened != kDone) return opened;
  for (const std::string& file : line.files) {
    if (const ExitCode code = converting.Convert(file); code != kDone) return code;
  }
  if (const ExitCode code = converting.WriteHistory(); code != kDone) return code;
  return converting.PrintSummary();
}

std::vector<std::string> ProviderNames() {
  std::vector<std::string> names;
  for (const webhooks::Provider& provider : webhooks::Providers()) names.emplace_back(provider.name());
  names.emplace_back(kGeneric);
  return names;
}

void DeclareMachineOptions(CLI::App* convert, ConvertLine* line) {
  AddMachineAgentsOptions(convert, &line->machine_agents);
  Add(convert, "--scanner-seconds", &line->scanner_seconds, "N",
      "Clicks so close to a delivery, on every link known of the mail, are a scanner's; see below")
      ->check(CLI::Range(1, bots::kMaxScannerSeconds));
}

void DeclareOptions(CLI::App* convert, ConvertLine* line) {
  Add(convert, "--provider", &line->provider, "NAME", "Who posted it")
      ->required()
      ->check(CLI::IsMember(ProviderNames()));
  Add(convert, "--mapping", &line->mapping, "FILE",
      "With --provider generic: what the sender calls its fields and events. Its `commands:` make commands "
      "of them, which change profiles");
  AddTenantOption(convert, &line->options.tenant);
  Add(convert, "--header", &line->headers, "HEADER", "A header of the request, 'Name: value'; may be repeated")
      ->allow_extra_args(false)
      ->check(Check(CheckHeader));
  Add(convert, "--content-type", &line->content_type, "TYPE", "The request's type; default: what the provider sends");
  Add(convert, "--received-at", &line->received_at, "TIME", "When it was posted; without it: now")
      ->check(Check(CheckTime));
  Add(convert, "--lead-argument", &line->options.lead_argument, "NAME", "The custom argument that holds the lead's id");
  Add(convert, "--tenant-argument", &line->options.tenant_argument, "NAME",
      "The custom argument that holds the tenant, one of --tenants. An event that names another is skipped");
  AddTenantsOption(convert, "Required with --tenant-argument: those that it may name beside --tenant",
                   &line->options.tenants);
  Add(convert, "--campaign-argument", &line->options.campaign_argument, "NAME",
      "The custom argument that holds the campaign; without it, the provider's campaign")
      ->capture_default_str();
  convert->add_flag("--strict", line->options.strict,
                    "Skip events whose time is missing or cannot be read; without it they get the time of receipt");
  Add(convert, "--skipped", &line->skipped_file, "FILE",
      "The file for events that are unknown or incomplete, as JSONL");
  Add(convert, "FILE", &line->files, "", "Each one request body; -: standard input")->capture_default_str();
}

void DeclareVerifyOptions(CLI::App* command, VerifyLine* line) {
  CLI::Option* key = command->add_option("--verify-key", line->key.secret,
                                         "Check signatures: the secret or the public key, or @FILE that holds it");
  key->type_name("KEY")->check(NotEmpty("it is empty"));
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

}  // namespace

void AddConvertCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [convert, line] =
      AddSubcommand(program, "convert", "Turn posts of an email provider into records", Convert, subcommands);
  DeclareOptions(convert, line.get());
  DeclareMachineOptions(convert, line.get());
  DeclareVerifyOptions(convert, &line->verify);
  convert->footer(
      "Records as JSONL on standard output, what was skipped and why on standard error. Duplicates stay: `run` "
      "removes\n"
      "them by their ids, which are the same whenever a provider sends an event again.\n"
      "\n"
      "With --verify-key a body gives no records where its signature is wrong, or too old at --received-at. In a FILE "
      "the\n"
      "key is in no list of processes: --verify-key @FILE.\n"
      "\n"
      "With --scanner-seconds all FILEs are one history, held in memory until the last is read: where every link of a\n"
      "mail that was clicked was clicked within N seconds of its delivery, before or after, and these are two or "
      "more,\n"
      "those clicks are a machine's. So give all posts of some days together.\n"
      "\n"
      "Example:\n"
      "  leadpulse convert --provider sendgrid --tenant acme body.json |\n"
      "    leadpulse run --input - --state state --output out\n"
      "\n"
      "Exit codes: 0 done; 1 a body could not be read or is not signed (the others were converted); 2 wrong usage, a\n"
      "wrong mapping or a wrong key.");
}

}  // namespace leadpulse::tools
