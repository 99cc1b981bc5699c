// leadpulse deliver: posts the changes of a run to an address.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/delivery/delivery.h"
#include "processor/delivery/delivery_metrics.h"
#include "processor/delivery/signature.h"
#include "processor/http/client.h"
#include "processor/telemetry/logging.h"
#include "processor/telemetry/metrics_page.h"
#include "schemas/codec/records.h"
#include "tools/leadpulse/operators.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kMaxSecretBytes = 4096;
constexpr size_t kMaxSecrets = 2;  // while one replaces the other
constexpr size_t kMaxBatch = 10'000;
constexpr double kMaxSeconds = 86'400;
constexpr char kSkip[] = "skip";

struct DeliverLine {
  delivery::DeliveryOptions options;  // only those that need no parsing are set
  std::string url, url_env, position;
  std::vector<std::string> secret_env, secret_file, header_env;
  std::string ca_file;
  std::vector<std::string> kinds, tenants;
  std::string on_refusal = "stop";
  std::string quarantined;
  double timeout = 30, first_retry = 1, longest_retry = 300;  // seconds
  std::string log_level = "info", log_format = "text";
  config::HttpSettings operators = NoOperators();
};

// Values that neither the command line nor a log may show.
struct Secrets {
  std::string url;
  std::vector<std::string> signing, headers;
};

Millis ToMillis(double seconds) { return Millis{std::max<int64_t>(static_cast<int64_t>(seconds * 1000), 1)}; }

// Reads a variable of the environment. Rejected: it is missing or empty.
Result<std::string> ReadVariable(const std::string& option, const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && *value != '\0') return std::string(value);
  return Status::Rejected(option + " " + name + ": the environment has no such variable, or it is empty");
}

Result<std::string> ReadSecretFile(const std::string& path) {
  LP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSecretBytes));
  const std::string secret(TrimAsciiSpace(text));
  if (!secret.empty() && text.size() <= kMaxSecretBytes) return secret;
  return Status::Rejected("--secret-file " + path + " is empty or over 4096 bytes");
}

Status AddSecret(const Result<std::string>& secret, const std::string& from, Secrets* secrets) {
  if (!secret.ok()) return secret.status();
  if (!delivery::StandardKey(*secret)) {
    return Status::Rejected(from + ": behind whsec_ the secret must be base64; take it as it was shown");
  }
  secrets->signing.push_back(*secret);
  return Status::Ok();
}

// Adds a header that a receiver, or the gateway before it, requires: `Authorization: Bearer …`.
Status AddHeader(const std::string& name, Secrets* secrets) {
  LP_ASSIGN_OR_RETURN(const std::string header, ReadVariable("--header-env", name));
  const size_t colon = header.find(':');
  if (colon == std::string::npos || colon == 0 || !IsAlphanumeric(header.substr(0, colon), "-_") ||
      std::ranges::any_of(header, [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
    return Status::Rejected("--header-env " + name + ": write a header on one line, as `Authorization: Bearer …`");
  }
  const std::string lower = AsciiLower(header.substr(0, colon));
  if (lower.starts_with("webhook-") || lower.starts_with("x-leadpulse-") || lower.starts_with("content-")) {
    return Status::Rejected("--header-env " + name + ": " + lower + " is a header that deliver writes itself");
  }
  secrets->headers.push_back(header);
  return Status::Ok();
}

Result<Secrets> ReadSecrets(const DeliverLine& line) {
  Secrets secrets{line.url, {}, {}};
  if (!line.url_env.empty()) {
    LP_ASSIGN_OR_RETURN(secrets.url, ReadVariable("--url-env", line.url_env));
  }
  for (const std::string& name : line.secret_env) {
    LP_RETURN_IF_ERROR(AddSecret(ReadVariable("--secret-env", name), "--secret-env " + name, &secrets));
  }
  for (const std::string& path : line.secret_file) {
    LP_RETURN_IF_ERROR(AddSecret(ReadSecretFile(path), "--secret-file " + path, &secrets));
  }
  for (const std::string& name : line.header_env) LP_RETURN_IF_ERROR(AddHeader(name, &secrets));
  return secrets;
}

// Checks the address. Messages do not quote it: it may hold a secret.
Status CheckUrl(const std::string& url) {
  if (url.empty()) return Status::Rejected("the address is empty: is the variable set that it comes from?");
  const Result<http::UrlParts> parts = http::ParseUrl(url);
  if (!parts.ok()) {
    return Status::Rejected("--to-url is no address: " + parts.status().message() + "; write it as https://host/path");
  }
  if (!parts->is_http()) {
    return Status::Rejected("the address begins with " + parts->scheme +
                            "://, and only https:// and http:// are posted to");
  }
  if (!parts->has_login) return Status::Ok();
  return Status::Rejected(
      "the address holds a name or a password; give them as a header (--header-env), or rely on the signature "
      "(--secret-env)");
}

Result<std::unique_ptr<http::Client>> MakeClient(const DeliverLine& line, const std::string& url,
                                                 const std::atomic<bool>& stop) {
  LP_RETURN_IF_ERROR(CheckUrl(url));
  if (!line.ca_file.empty() && ::access(line.ca_file.c_str(), R_OK) != 0) {
    return Status::Rejected("--ca-file " + line.ca_file + " cannot be read: " + strerror(errno));
  }
  return http::MakeClient({url, line.ca_file, ToMillis(line.timeout)}, stop);
}

std::string FindUsageProblem(const DeliverLine& line) {
  if (line.secret_env.size() + line.secret_file.size() > kMaxSecrets) {
    return "give two secrets at most, by --secret-env or --secret-file: the new one and the one before it";
  }
  if ((line.on_refusal == kSkip) == line.quarantined.empty()) {
    return "--on-refusal skip and --set-aside FILE go together: what is refused is kept there";
  }
  if (line.longest_retry < line.first_retry) return "--longest-retry is shorter than --first-retry";
  return "";
}

delivery::DeliveryOptions MakeOptions(const DeliverLine& line, const Secrets& secrets) {
  delivery::DeliveryOptions options = line.options;
  options.address = http::ShownAddress(secrets.url);
  options.headers = secrets.headers;
  options.secrets = secrets.signing;
  options.filter.kinds.insert(line.kinds.begin(), line.kinds.end());
  options.filter.tenants.insert(line.tenants.begin(), line.tenants.end());
  options.backoff = {ToMillis(line.first_retry), ToMillis(line.longest_retry)};
  return options;
}

void WarnOfWhatIsOpen(const Secrets& secrets) {
  if (secrets.signing.empty()) {
    telemetry::LogWarning("posts are not signed, so the receiver cannot know who sends them; --secret-env signs them");
  }
  const std::string_view url = secrets.url;
  const bool local =
      url.starts_with("http://127.") || url.starts_with("http://localhost") || url.starts_with("http://[::1]");
  if (url.starts_with("http://") && !local) telemetry::LogWarning("posts are not encrypted; use https://");
}

Status Readiness(const delivery::DeliveryMetrics& metrics) {
  if (!metrics.has_changes) return Status::Retriable("no run has published changes yet");
  if (metrics.is_failing) return Status::Retriable("the last post failed and is tried again; see the log");
  return Status::Ok();
}

Result<delivery::DeliverySummary> DeliverToEnd(const DeliverLine& line, const Secrets& secrets, http::Client* client,
                                               const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<delivery::PositionFile> position, delivery::PositionFile::Open(line.position));
  std::unique_ptr<delivery::RefusedFile> refused;
  if (!line.quarantined.empty()) {
    LP_ASSIGN_OR_RETURN(refused, delivery::RefusedFile::Open(line.quarantined));
  }
  telemetry::LogInfo("delivering " + line.options.changes + " to " + http::ShownAddress(secrets.url) + ", after line " +
                     std::to_string(position->position().lines));
  const SystemClock clock;
  delivery::DeliveryMetrics metrics;
  telemetry::MetricsPage page;
  delivery::AddDeliveryMetrics(&metrics, &clock, &page);
  LP_ASSIGN_OR_RETURN(const auto operators, ServeOperators(
                                                line.operators, &page, [] { return Status::Ok(); },
                                                [&metrics] { return Readiness(metrics); }));
  std::mt19937_64 generator{std::random_device()()};
  return delivery::Deliver(MakeOptions(line, secrets),
                           {.client = client,
                            .clock = &clock,
                            .metrics = &metrics,
                            .position = position.get(),
                            .refused = refused.get(),
                            .stop = &stop,
                            .pause = [&stop](Millis wait) { Pause(wait, stop); },
                            .random = [&generator] { return std::uniform_real_distribution<>(0, 1)(generator); }});
}

Result<int> Deliver(const DeliverLine& line) {
  const std::atomic<bool>& stop = StopOnSignals();
  const bool json = line.log_format == "json";
  Status logging = telemetry::SetUpLogging(line.log_level, json);
  std::string problem = FindUsageProblem(line);
  if (!logging.ok()) problem = logging.message();
  if (!problem.empty()) return FailUsage(problem);
  Result<Secrets> secrets = ReadSecrets(line);
  if (!secrets.ok()) return FailUsage(secrets.status());
  Result<std::unique_ptr<http::Client>> client = MakeClient(line, secrets->url, stop);
  if (!client.ok()) return FailUsage(client.status());
  if (const Status may = CheckOperators(line.operators); !may.ok()) return FailUsage(may);
  WarnOfWhatIsOpen(*secrets);
  Result<delivery::DeliverySummary> done = DeliverToEnd(line, *secrets, client->get(), stop);
  if (!done.ok() && !json) return Fail(done.status());
  if (!done.ok()) {
    telemetry::LogError(done.status().message(), {telemetry::ErrorField(done.status().message())});
    return kFailed;
  }
  telemetry::LogInfo("delivery ended: " + std::to_string(done->delivered) + " changes in " +
                     std::to_string(done->posts) + " posts, " + std::to_string(done->failed) + " tries failed, " +
                     std::to_string(done->refused) + " changes set aside, " + std::to_string(done->left_out) +
                     " left out");
  return line.options.once && stop ? kStopped : kDone;
}

std::vector<std::string> KindNames() {
  std::vector<std::string> names;
  for (int kind = 1; kind < codec::kChangeKindCount; ++kind) {
    names.emplace_back(codec::ChangeKindName(static_cast<codec::ChangeKind>(kind)));
  }
  return names;
}

void DeclareWhat(CLI::App* deliver, DeliverLine* line) {
  delivery::DeliveryOptions* const options = &line->options;
  Add(deliver, "--from", &options->changes, "FILE", "The changes.jsonl of a run, which may go on writing it")
      ->required();
  CLI::Option_group* address = deliver->add_option_group("address");
  Add(address, "--to-url", &line->url, "URL",
      "Where to post them, https://… or http://…. Everyone on this machine can read it in the list of processes");
  Add(address, "--url-env", &line->url_env, "NAME",
      "The environment variable with that address, where it holds a secret");
  address->require_option(1);
  Add(deliver, "--position", &line->position, "FILE", "Stores how far they are delivered; one for each receiver")
      ->required();
  Add(deliver, "--kinds", &line->kinds, "KINDS", "Only changes of these kinds, as TIER_CHANGED,SEGMENT_ENTERED")
      ->delimiter(',')
      ->check(CLI::IsMember(KindNames()));
  AddEach(deliver, "--tenant", &line->tenants, "T", "Only this tenant's changes; may be repeated");
  deliver->add_flag("--no-backfill", options->filter.skip_backfill,
                    "Leave out changes caused by late history (backfill) or by new definitions");
  Add(deliver, "--batch", &options->batch, "N", "The most changes in a post")
      ->check(CLI::Range(size_t{1}, kMaxBatch))
      ->capture_default_str();
  deliver->add_flag("--once", options->once, "End when what is committed now is delivered; else go on until stopped");
}

void DeclareHow(CLI::App* deliver, DeliverLine* line) {
  AddEach(deliver, "--secret-env", &line->secret_env, "NAME",
          "The environment variable with the secret that posts are signed with. Twice, while one takes the place "
          "of the other: both sign");
  AddEach(deliver, "--secret-file", &line->secret_file, "FILE", "Or the file with it");
  AddEach(deliver, "--header-env", &line->header_env, "NAME",
          "The environment variable with a header of each post, as `Authorization: Bearer …`; may be repeated");
  Add(deliver, "--ca-file", &line->ca_file, "FILE", "Certificates to trust in place of the system's, as PEM");
  AddChoice(deliver, "--on-refusal", &line->on_refusal, "stop|skip", {"stop", kSkip},
            "When the receiver refuses a batch (4xx): stop, or skip it");
  Add(deliver, "--set-aside", &line->quarantined, "FILE", "The file for skipped changes, as JSON lines");
  const auto seconds = [deliver](const char* name, double* value, const char* help) {
    deliver->add_option(name, *value, help)
        ->type_name("SECONDS")
        ->check(CLI::Range(0.001, kMaxSeconds))
        ->capture_default_str();
  };
  seconds("--timeout", &line->timeout, "How long a post may take");
  seconds("--first-retry", &line->first_retry, "The first wait after a failure; each further one is twice as long");
  seconds("--longest-retry", &line->longest_retry, "The longest wait after a failure");
  AddOperators(deliver, &line->operators);
  AddChoice(deliver, "--log-level", &line->log_level, "LEVEL", telemetry::LogLevels(), "What to log on standard error");
  AddChoice(deliver, "--log-format", &line->log_format, "text|json", {"text", "json"}, "How to log");
}

}  // namespace

void AddDeliverCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [deliver, line] =
      AddSubcommand(program, "deliver", "Post the changes of a run to an address, as they come", Deliver, subcommands);
  DeclareWhat(deliver, line.get());
  DeclareHow(deliver, line.get());
  deliver->footer(
      "Each post is a JSON array of changes as they stand in the file, in its order, one post after the other. Posts\n"
      "that fail are tried again for as long as it takes. Nothing is lost; after a kill a batch may come twice, and "
      "the\n"
      "receiver knows it by tenantId, leadId and seq. Only what a run has committed is posted. Headers: webhook-id,\n"
      "the same for every try of a body, and webhook-timestamp; with a secret webhook-signature, as Standard Webhooks\n"
      "describes them; also X-Leadpulse-Id and X-Leadpulse-Signature: t=TIME,v1=HMAC-SHA256 of TIME.BODY.\n"
      "\n"
      "Example:\n"
      "  leadpulse deliver --from out/changes.jsonl --to-url https://crm.example/leads --position crm.position \\\n"
      "    --secret-env CRM_SECRET --kinds TIER_CHANGED,SEGMENT_ENTERED,SEGMENT_LEFT\n"
      "\n"
      "Exit codes: 0 stopped by a signal, or with --once done; 1 it cannot go on; 2 wrong usage; 3 --once, stopped by "
      "a\n"
      "signal. The position is kept: the same command goes on.");
}

}  // namespace leadpulse::tools
