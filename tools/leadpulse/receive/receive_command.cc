// leadpulse receive: takes in what email providers post.
#include <sys/stat.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "config/settings_document.h"
#include "processor/base/file_modes.h"
#include "processor/http/listening_socket.h"
#include "processor/receiver/receiver_settings.h"
#include "processor/receiver/settings_help.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/receive/receive_process.h"
#include "tools/leadpulse/settings_file.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kMaxNamedFileBytes = 1 << 20;  // certificates, keys, mappings

// A file that the settings name, whole.
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

// Asked before anything is begun, and an error in the settings: another start finds the same.
Status CheckPorts(const receiver::ReceiverSettings& settings) {
  LP_RETURN_IF_ERROR(http::CheckMayListen(settings.server.address, settings.server.port));
  return settings.http.enabled ? http::CheckMayListen(settings.http.address, settings.http.port) : Status::Ok();
}

Result<int> Receive(const ReceiveLine& line) {
  if (!line.help_config && line.config.empty()) {
    return FailUsage(Status::Rejected("--config is required; --help-config says what the file may hold"));
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
  if (!status.ok()) telemetry::LogError(status.message());
  return status.ok() ? kDone : kFailed;
}

}  // namespace

void AddReceiveCommand(CLI::App* program, std::vector<Subcommand>* subcommands) {
  auto line = std::make_shared<ReceiveLine>();
  CLI::App* receive = program->add_subcommand("receive", "Take in what email providers post to webhooks");
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
  subcommands->push_back({receive, [line] { return Receive(*line); }});
}

}  // namespace leadpulse::tools
