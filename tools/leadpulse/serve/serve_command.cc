// leadpulse serve: serves web pages for people and an HTTP API for programs that read and edit leads.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/settings.h"
#include "processor/base/clock.h"
#include "processor/base/durability.h"
#include "processor/base/file_modes.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/http/listening_socket.h"
#include "processor/http/server.h"
#include "processor/kafka/topic_sink.h"
#include "processor/receiver/file_inbox.h"
#include "processor/receiver/receiver_metrics.h"
#include "processor/serve/access/access_database.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/access/link_keys.h"
#include "processor/serve/access/private_file.h"
#include "processor/serve/access/rate_limiter.h"
#include "processor/serve/access/session_store.h"
#include "processor/serve/access/view_store.h"
#include "processor/serve/access/webhook_store.h"
#include "processor/serve/api/dispatch/lead_api.h"
#include "processor/serve/pages/pages.h"
#include "processor/serve/queries/query_server.h"
#include "processor/serve/runs/run_client.h"
#include "processor/telemetry/logging.h"
#include "processor/telemetry/metrics_page.h"
#include "tools/leadpulse/live/live_definitions.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/operators.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/serve/access_commands.h"
#include "tools/leadpulse/serve/run_addresses.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

constexpr std::chrono::milliseconds kServerInterval{100};

struct ServeLine {
  std::string data;
  std::string state;
  RunAddressOptions run_options;
  std::string inbox;        // empty: DATA/inbox
  std::string config;       // the settings of a live run; empty: the run is on files
  std::string definitions;  // the file that the run watches; empty: unknown
  std::string public_url;
  serve::ProxySettings proxy;
  std::string proxy_secret_file;
  std::vector<std::string> trusted_proxies;
  uint32_t most_upload_mb = 100;
  std::vector<std::string> rates;
  bool webhooks_anywhere = false;
  std::string webhook_changes;  // a file; empty: the memory of the run
  std::string address = "127.0.0.1";
  uint16_t port = 8080;
  config::HttpSettings operators = NoOperators();
  std::string log_format = "text";
};

// Enough that requests which are much too long are answered as problems.
constexpr size_t kConnectionMemory = 256 << 10;

std::string InboxOf(const ServeLine& line) { return line.inbox.empty() ? line.data + "/" + kInboxFolder : line.inbox; }

// Returns the public URL. `port`: where the server listens.
std::string PublicUrlOf(const ServeLine& line, uint16_t port) {
  std::string url = line.public_url.empty() ? "http://" + line.address + ":" + std::to_string(port) : line.public_url;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// Where writes go: a folder, or the topics of a live run.
struct WriteInbox {
  receiver::InboxMetrics file_metrics;
  webhooks::UsedTokens tokens{Millis{0}};
  std::unique_ptr<receiver::FileInbox> files;
  std::unique_ptr<kafka::TopicSink> topics;
  codec::RecordSink* sink = nullptr;
  std::string name;  // as positions have it, and as the run is asked about it

  // Ends waiting writes and rejects new ones.
  Status Close() {
    if (topics == nullptr) return files->Close();
    (void)topics->Close();  // writes without an acknowledgement are answered 503
    return topics->failure();
  }
  void AddMetrics(telemetry::MetricsPage* page) const {
    topics == nullptr ? receiver::AddInboxMetrics(&file_metrics, page)
                      : receiver::AddTopicMetrics(&topics->metrics(), &file_metrics, page);
  }
};

Status OpenInTopics(const config::Settings& settings, const Clock* clock, WriteInbox* inbox) {
  LP_ASSIGN_OR_RETURN(inbox->topics, OpenServerTopics({.kafka = settings.kafka,
                                                       .formats = settings.formats,
                                                       .waiting_bytes = receiver::InboxOptions().waiting_bytes,
                                                       .without_brokers = "Until then every write is answered 503"},
                                                      clock));
  inbox->sink = inbox->topics.get();
  inbox->name = settings.kafka.topics.commands;
  return Status::Ok();
}

Result<std::string> AbsoluteFolder(const std::string& folder) {
  LP_RETURN_IF_ERROR(CreateDirectory(folder, kPrivateDirectory));
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::canonical(folder, error);
  if (error) return Status::Rejected(folder + " cannot be used: " + error.message());
  return absolute.string();
}

Status OpenInFolder(const std::string& path, const Clock* clock, WriteInbox* inbox) {
  LP_ASSIGN_OR_RETURN(inbox->name, AbsoluteFolder(path));
  receiver::InboxOptions options;
  options.folder = inbox->name;
  LP_ASSIGN_OR_RETURN(inbox->files, receiver::FileInbox::Open(options, clock, &inbox->file_metrics, &inbox->tokens));
  inbox->sink = inbox->files.get();
  return Status::Ok();
}

// Returns where the definitions are. `live`: as below.
serve::DefinitionsFileOptions DefinitionsOf(const ServeLine& line, const std::optional<config::Settings>& live) {
  if (!live) {
    return {line.definitions, "give the front the file that the run watches: leadpulse serve --definitions FILE",
            nullptr};
  }
  if (live->definitions.topic) {
    return {"", "the definitions are in a Kafka topic: publish new ones with leadpulse definitions apply", nullptr};
  }
  return {live->definitions.file, "", [partitioning = live->input_partitioning](const config::Definitions& wanted) {
            return CheckLiveDefinitions(wanted, partitioning);
          }};
}

std::string ShownRuns(const ServeLine& line) {
  if (line.run_options.runs.empty()) return "the run with the state " + line.state;
  std::string shown;
  for (const std::string& run : line.run_options.runs) shown += (shown.empty() ? "the runs " : ", ") + run;
  return shown;
}

// Serves until `stop` is true. `live`: the settings of a live run; nullopt: the run is on files.
Status ServeUntil(const ServeLine& line, const std::optional<config::Settings>& live,
                  const std::vector<serve::RunAddress>& runs, const std::atomic<bool>& stop) {
  const SystemClock clock;
  LP_ASSIGN_OR_RETURN(const auto database, access::AccessDatabase::Open(line.data));
  access::AuditLog audit(database.get());
  access::AccessStore store(database.get(), &audit);
  access::SessionStore sessions(database.get(), &audit);
  access::RateLimits rates;
  for (const std::string& rate : line.rates) LP_RETURN_IF_ERROR(access::SetRate(rate, &rates));
  access::RateLimiter limiter(rates, &clock);
  serve::RunClient run(runs, stop);
  serve::StoppedState stopped(line.state);
  const auto answer_stopped = [&stopped](const std::string& path, const std::string& body) {
    return stopped.Answer(path, body);
  };
  serve::RunClient reads(runs, stop, line.run_options.runs.empty() ? answer_stopped : serve::RunClient::Stopped());
  LP_ASSIGN_OR_RETURN(const access::LinkKeys link_keys, access::LinkKeys::Open(line.data));
  access::CommandLog commands(database.get(), &audit);
  access::JobLog jobs(database.get(), &audit);
  access::ViewStore views(database.get());
  access::NoticeStore notices(database.get());
  access::WebhookStore webhooks(database.get(), &audit);
  serve::DefinitionsFile definitions(DefinitionsOf(line, live));
  WriteInbox inbox;
  LP_RETURN_IF_ERROR(live ? OpenInTopics(*live, &clock, &inbox) : OpenInFolder(InboxOf(line), &clock, &inbox));
  std::atomic<uint16_t> port = line.port;  // 0 until the server has one
  serve::LeadApi api({database.get(), &store, &sessions, &audit, &commands, &jobs, &views, &notices, &limiter,
                      inbox.sink, inbox.name, size_t{line.most_upload_mb} << 20, line.data + "/jobs", &link_keys,
                      [&line, &port] { return PublicUrlOf(line, port); }, &run, &definitions, &reads, &clock},
                     {&webhooks, line.data + "/webhooks.lock", line.webhooks_anywhere, line.webhook_changes});
  access::RateLimiter logins(serve::LoginRates(), &clock);
  serve::Pages pages({&api, &store, &sessions, &views, &notices, &logins, PublicUrlOf(line, port).starts_with("https:"),
                      line.proxy, &clock});
  http::ServerOptions options;
  options.address = line.address;
  options.port = line.port;
  options.takes_escaped_slashes = true;
  options.connection_memory = kConnectionMemory;
  LP_ASSIGN_OR_RETURN(options.proxies, http::TrustedProxies::Parse(line.trusted_proxies));
  LP_ASSIGN_OR_RETURN(auto server, http::Server::Start(options, &pages, &clock));
  port = server->port();
  telemetry::MetricsPage page;
  api.metrics().AddTo(&page);
  serve::AddServerMetrics(server.get(), &page);
  inbox.AddMetrics(&page);
  Result<std::unique_ptr<telemetry::OperatorServer>> operators = ServeOperators(
      line.operators, &page, [&inbox] { return inbox.sink->failure(); }, [&inbox] { return inbox.sink->readiness(); });
  const auto stop_serving = [&] {
    server->StopListening();
    Status closed = inbox.Close();
    pages.Stop();
    api.Stop();
    return closed;
  };
  if (!operators.ok()) {
    (void)stop_serving();
    return operators.status();
  }
  telemetry::LogInfo("serving on http://" + line.address + ":" + std::to_string(server->port()) + " the leads of " +
                     ShownRuns(line));
  while (!stop && inbox.sink->failure().ok()) {
    std::this_thread::sleep_for(kServerInterval);
    server->CloseLate();
  }
  telemetry::LogInfo("stopping");
  operators->reset();
  return stop_serving();
}

Status CheckProxy(ServeLine* line) {
  serve::ProxySettings& proxy = line->proxy;
  if (proxy.user_header.empty() != line->proxy_secret_file.empty()) {
    return Status::Rejected("--proxy-user-header and --proxy-secret-file belong together: give both");
  }
  if (proxy.user_header.empty() && !proxy.tenant_header.empty()) {
    return Status::Rejected("--proxy-tenant-header needs --proxy-user-header");
  }
  for (std::string* header : {&proxy.user_header, &proxy.tenant_header}) {
    *header = AsciiLower(*header);
    if (!IsAlphanumeric(*header, "-")) {
      return Status::Rejected("the header " + *header + " has other characters than letters, digits and -");
    }
  }
  if (proxy.user_header.empty()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(proxy.secret, access::ReadSecretFile("--proxy-secret-file", line->proxy_secret_file));
  return Status::Ok();
}

Result<int> Serve(ServeLine line) {
  std::optional<config::Settings> live;
  if (!line.config.empty()) {
    live = LoadSettingsFile(line.config);
    if (!live) return kUsage;
    if (line.state.empty()) line.state = live->state.directory;
  }
  const bool has_runs = !line.run_options.runs.empty();
  if (has_runs && !live) return FailUsage("--run is for live runs: give their --config, too");
  if (line.state.empty()) return FailUsage("give --state, or --config of a live run");
  const auto runs = RunAddressesOf(line.run_options, line.state);
  if (!runs.ok()) return FailUsage(runs.status());
  if (live && !line.definitions.empty()) {
    return FailUsage("--definitions is of a run on files; with --config the settings have it");
  }
  if (live && !line.webhook_changes.empty()) {
    return FailUsage("--webhook-changes is of a run on files; with --config the run's memory is read");
  }
  if (live && !line.inbox.empty()) return FailUsage("--inbox is of a run on files; give no --config");
  if (const Status proxy = CheckProxy(&line); !proxy.ok()) return FailUsage(proxy);
  if (const auto proxies = http::TrustedProxies::Parse(line.trusted_proxies); !proxies.ok()) {
    return FailUsage(Status::Rejected("--trusted-proxy: " + proxies.status().message()));
  }
  access::RateLimits rates;
  for (const std::string& rate : line.rates) {
    if (const Status set = access::SetRate(rate, &rates); !set.ok()) {
      return FailUsage(Status::Rejected("--rate: " + set.message()));
    }
  }
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("info", line.log_format == "json"));
  for (const Status& may : {http::CheckMayListen(line.address, line.port), CheckOperators(line.operators)}) {
    if (!may.ok()) return FailUsage(may);
  }
  const Status status = ServeUntil(line, live, *runs, StopOnSignals());
  if (!status.ok()) telemetry::LogError(status.message(), {telemetry::ErrorField(status.message())});
  return status.ok() ? kDone : kFailed;
}

}  // namespace

void AddServeCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto line = std::make_shared<ServeLine>();
  CLI::App* serve = program->add_subcommand("serve", "Serve leads to people and programs over HTTP");
  const std::vector<CLI::Option*> required = {
      Add(serve, "--data", &line->data, "DIR REQUIRED", "The front's own directory, made by `leadpulse serve init`")};
  Add(serve, "--state", &line->state, "DIR",
      "The state of a running `leadpulse run`, on this machine [with --config, that of the settings]");
  Add(serve, "--config", &line->config, "FILE",
      "The settings of a live run: writes go to its topics, with its format and its rights");
  AddRunOptions(serve, &line->run_options);
  Add(serve, "--inbox", &line->inbox, "DIR",
      "Where writes go; the run must follow it: leadpulse run --follow --input DIR [DATA/inbox]");
  Add(serve, "--definitions", &line->definitions, "FILE",
      "The definitions that the run watches, to change them over HTTP [with --config, those of the settings]");
  Add(serve, "--public-url", &line->public_url, "URL",
      "How people reach this front, for links in mails and for cookies: https://mail.example.com "
      "[http://ADDRESS:PORT]");
  Add(serve, "--proxy-user-header", &line->proxy.user_header, "NAME",
      "Also admit whom a proxy in front has logged in: the header with the name of the user, such as X-Forwarded-User");
  Add(serve, "--proxy-tenant-header", &line->proxy.tenant_header, "NAME",
      "The proxy's header with the tenant [the only tenant of the front]");
  Add(serve, "--proxy-secret-file", &line->proxy_secret_file, "FILE",
      "What the proxy sends in the header X-Leadpulse-Proxy-Secret, so that nobody else can name a user");
  Add(serve, "--trusted-proxy", &line->trusted_proxies, "ADDRESS",
      "The address or network of a proxy in front, such as 10.0.0.0/8, whose header X-Forwarded-For names the client; "
      "may be repeated. Else everybody behind it is one client, and waits for the wrong passwords of all");
  Add(serve, "--address", &line->address, "A", "Where to listen; only this machine unless changed");
  Add(serve, "--port", &line->port, "N", "0: any that is free")->check(Unnamed(CLI::Range(0, 65535)));
  Add(serve, "--most-upload-mb", &line->most_upload_mb, "N", "Largest file that can be uploaded to import")
      ->check(Unnamed(CLI::Range(1, 10'000)));
  Add(serve, "--rate", &line->rates, "CLASS=N,BURST",
      "How many requests of a class (read, write, scan, import) a token may send a second, and at once; a tenant ten "
      "times as many; may be repeated [read=50,200 write=200,2000 scan=2,20 import=1,20]");
  Add(serve, "--webhook-changes", &line->webhook_changes, "FILE",
      "The changes.jsonl of the run on files, from which webhooks are sent, so that none is missing whatever restarts "
      "[the run's memory of the latest changes]");
  serve->add_flag("--webhooks-anywhere", line->webhooks_anywhere,
                  "Webhooks may also go to http:// and to addresses of this machine and of private networks; else only "
                  "to https:// at public ones, because admins of tenants choose them");
  AddOperators(serve, &line->operators);
  AddChoice(serve, "--log-format", &line->log_format, "FORMAT", {"text", "json"}, "The log as text or json");
  serve->footer(
      "Open http://ADDRESS:PORT/ in a browser: people log in with the names and passwords of `leadpulse serve user`.\n"
      "GET /api/v1/contacts/ID (or email:ADDRESS) answers a lead as `leadpulse lead` prints it,\n"
      "GET /api/v1/contacts/search?query=SEARCH&sort=-score&limit=50 a page of leads, and POST /api/v1/contacts makes\n"
      "one; GET /openapi.json has all routes. Send an API token with each request (leadpulse serve token create):\n"
      "Authorization: Bearer lp_…. The leads come from a run with --follow or --config. While it is stopped they are\n"
      "read from its state, and writes get 503. Writes go through the inbox, which the run must follow, or with\n"
      "--config to the topics of the live run. There is no TLS: for other machines, put a proxy in front.\n"
      "\n"
      "Example:\n"
      "  leadpulse serve --data front --state state\n"
      "\n"
      "Exit codes: 0 stopped; 1 the work failed; 2 wrong usage.");
  AddAccessCommands(serve, subcommands);
  RequireUnlessSubcommand(serve, required);
  subcommands->push_back({serve, [line] { return Serve(*line); }});
}

}  // namespace leadpulse::tools
