// leadpulse receive: receives the posts of email providers.
#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "config/settings_document.h"
#include "processor/base/clock.h"
#include "processor/base/file_modes.h"
#include "processor/base/open_files.h"
#include "processor/base/status.h"
#include "processor/http/listening_socket.h"
#include "processor/http/server.h"
#include "processor/kafka/topic_sink.h"
#include "processor/receiver/file_inbox.h"
#include "processor/receiver/receiver.h"
#include "processor/receiver/receiver_metrics.h"
#include "processor/receiver/receiver_settings.h"
#include "processor/telemetry/logging.h"
#include "processor/telemetry/metrics_page.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/operators.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_target.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

// Opens the topics; null: the records go into files. Without brokers, every post is answered 503 until they are there.
// `files` gets the records that a topic refuses, for people to check. Rejected and Fatal: the topics cannot be used.
Result<std::unique_ptr<kafka::TopicSink>> OpenReceiverTopics(const receiver::ReceiverSettings& settings,
                                                             receiver::FileInbox* files, const Clock* clock) {
  if (!settings.topics) return std::unique_ptr<kafka::TopicSink>();
  return OpenServerTopics({settings.topics->kafka, settings.topics->formats, settings.topics->timeout,
                           settings.inbox.waiting_bytes, "Until then every post is answered 503", files},
                          clock);
}

constexpr std::chrono::milliseconds kLateCheckInterval{100};
// Part of the ten seconds that stopping may take, for bodies that are still arriving.
constexpr std::chrono::seconds kStopTimeout{5};
// Descriptors for files, the operator server, and libraries.
constexpr size_t kOtherDescriptors = 200;

// Warns if connections may need more descriptors than the process's hard limit (RaiseOpenFileLimit), one each.
void WarnOfTooFewDescriptors(size_t connections) {
  if (OpenFileLimit() >= connections + kOtherDescriptors) return;
  telemetry::LogWarning("this process may open " + std::to_string(OpenFileLimit()) + " files, too few for " +
                        std::to_string(connections) + " connections: raise the limit (ulimit -Hn, LimitNOFILE)");
}

void LogStart(const receiver::ReceiverSettings& settings, uint16_t port) {
  const http::ServerOptions& server = settings.server;
  telemetry::LogInfo("receiving on " + std::string(server.certificate.empty() ? "http" : "https") + "://" +
                     server.address + ":" + std::to_string(port) + " into " +
                     (settings.topics ? "the topic " + settings.topics->kafka.topics.events : settings.inbox.folder));
  for (const receiver::Source& source : settings.sources) {
    telemetry::LogInfo(source.path + ": " + std::string(source.provider->name()) + ", tenant " + source.options.tenant +
                       (source.signatures.empty() ? ", not checked" : "") +
                       (source.signatures.size() > 1 ? ", also with the previous secret" : ""));
  }
}

// Lets requests in progress end.
void WaitForRequests(http::Server* server) {
  const auto give_up = MonotonicNow() + kStopTimeout;
  while (server->requests() > 0 && MonotonicNow() < give_up) std::this_thread::sleep_for(kLateCheckInterval / 10);
}

Status RunReceiveProcess(const receiver::ReceiverSettings& settings, const std::atomic<bool>& stop) {
  WarnOfTooFewDescriptors(settings.server.connections);
  const SystemClock clock;
  webhooks::UsedTokens tokens(settings.inbox.token_lifetime);
  receiver::InboxMetrics file_metrics;
  LP_ASSIGN_OR_RETURN(const auto files, receiver::FileInbox::Open(settings.inbox, &clock, &file_metrics, &tokens));
  LP_ASSIGN_OR_RETURN(const auto topics, OpenReceiverTopics(settings, files.get(), &clock));
  codec::RecordSink* const sink = topics != nullptr ? static_cast<codec::RecordSink*>(topics.get()) : files.get();
  // Ends waiting posts and refuses new ones. Returns the first failure.
  const auto close = [&] {
    if (topics != nullptr) (void)topics->Close();  // posts without an acknowledgement are answered 503
    const Status of_files = files->Close();
    return of_files.ok() ? sink->failure() : of_files;
  };
  receiver::ReceiverMetrics metrics(settings.sources.size());
  receiver::Receiver receiver(settings.sources, sink, &clock, &metrics, &tokens);
  LP_ASSIGN_OR_RETURN(auto posts, http::Server::Start(settings.server, &receiver, &clock));
  telemetry::MetricsPage page;
  receiver::AddReceiverMetrics(settings.sources, &metrics, &page);
  topics == nullptr ? receiver::AddInboxMetrics(&file_metrics, &page)
                    : receiver::AddTopicMetrics(&topics->metrics(), &file_metrics, &page);
  receiver::AddServerMetrics(posts.get(), &page);
  Result<std::unique_ptr<telemetry::OperatorServer>> operators = ServeOperators(
      settings.http, &page, [sink] { return sink->failure(); }, [sink] { return sink->readiness(); });
  if (!operators.ok()) {
    (void)close();
    return operators.status();
  }
  LogStart(settings, posts->port());
  while (!stop && sink->failure().ok()) {
    std::this_thread::sleep_for(kLateCheckInterval);
    posts->CloseLate();
  }
  telemetry::LogInfo("stopping");
  operators->reset();
  posts->StopListening();
  WaitForRequests(posts.get());
  Status closed = close();
  posts.reset();
  return closed;
}

constexpr size_t kMaxNamedFileBytes = 1 << 20;  // certificates, keys, mappings

// Reads a whole file that the settings name.
Result<std::string> ReadNamedFile(const std::string& path) {
  Result<std::string> text = ReadFile(path, kMaxNamedFileBytes);
  if (text.ok() && text->size() > kMaxNamedFileBytes) return Status::Rejected(path + " is larger than 1 MiB");
  return text;
}

std::optional<receiver::ReceiverSettings> LoadReceiveFile(const std::string& path) {
  const Result<std::string> text = ReadFile(path, config::kMaxSettingsBytes);
  if (!text.ok()) {
    PrintError("settings " + text.status().message());
    return std::nullopt;
  }
  const receiver::SettingsFiles files{ReadNamedFile, [&](const std::string& named) {
                                        return GivesRights(named.empty() ? path : named, S_IRGRP | S_IROTH);
                                      }};
  receiver::LoadedReceiverSettings loaded = receiver::LoadReceiverSettings(*text, FromProcess, files);
  PrintProblems(path, "error", loaded.errors);
  PrintProblems(path, "warning", loaded.warnings);
  return std::move(loaded.settings);
}

struct ReceiveLine {
  std::string config;
  bool help_config = false;
};

// Checks the ports first: a taken one is an error in the settings, because another start would fail, too.
Status CheckPorts(const receiver::ReceiverSettings& settings) {
  LP_RETURN_IF_ERROR(http::CheckMayListen(settings.server.address, settings.server.port));
  return CheckOperators(settings.http);
}

Result<int> Receive(const ReceiveLine& line) {
  if (!line.help_config && line.config.empty()) {
    return FailUsage("--config is required; --help-config says what the file may hold");
  }
  if (line.help_config) return PrintResult(receiver::ReceiverSettingsHelp());
  const std::optional<receiver::ReceiverSettings> settings = LoadReceiveFile(line.config);
  if (!settings) return kUsage;
  LP_RETURN_IF_ERROR(SetUpLogging(settings->log));
  if (const Status may = CheckPorts(*settings); !may.ok()) {
    telemetry::LogError(may.message());
    return kUsage;
  }
  const Status status = RunReceiveProcess(*settings, StopOnSignals());
  if (!status.ok()) telemetry::LogError(status.message(), {telemetry::ErrorField(status.message())});
  return status.ok() ? kDone : kFailed;
}

}  // namespace

void AddReceiveCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto [receive, line] =
      AddSubcommand(program, "receive", "Receive what email providers post to webhooks", Receive, subcommands);
  CLI::Option* config =
      Add(receive, "--config", &line->config, "FILE", "The settings: sources, where to listen, where the records go");
  receive->add_flag("--help-config", line->help_config, "What that file may hold")->excludes(config);
  receive->footer(
      "An HTTP server that answers 200 once the records are on the disk. They go to DIR/000001.jsonl, …, which\n"
      "`leadpulse run --follow --input DIR` reads as they come; or to the topic of a live run, and are then answered\n"
      "once all in-sync replicas have them. Goes on until SIGINT or SIGTERM.\n"
      "\n"
      "Example:\n"
      "  leadpulse receive --config config/examples/receive.yaml\n"
      "\n"
      "Exit codes: 0 stopped; 1 the work failed, as on a full disk or a topic that is gone; 2 wrong usage or "
      "settings.");
}

}  // namespace leadpulse::tools
