#include "tools/leadpulse/live/live_command.h"

#include <memory>
#include <optional>
#include <utility>

#include "config/yaml_tree.h"
#include "processor/base/clock.h"
#include "processor/telemetry/listening_socket.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/live/live_process.h"
#include "tools/leadpulse/live/settled_file.h"
#include "tools/leadpulse/settings_file.h"
#include "tools/leadpulse/stop_signal.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

// Asked before anything is begun, and an error in the settings: another start finds the same.
Status CheckPort(const config::HttpSettings& http) {
  return http.enabled ? telemetry::CheckMayListen(http.address, http.port) : Status::Ok();
}

}  // namespace

int RunLive(const std::string& config_path) {
  const std::optional<config::Settings> settings = LoadSettingsFile(config_path);
  if (!settings) return kUsage;
  if (Status status = telemetry::SetUpLogging(LoggingOf(settings->log)); !status.ok()) return Fail(status);
  if (const Status may = CheckPort(settings->http); !may.ok()) {
    telemetry::LogError(may.message());
    return kUsage;
  }
  const std::atomic<bool>& stop = StopOnSignals();
  std::shared_ptr<const config::Definitions> definitions;
  if (!settings->definitions.topic) {
    WaitUntilSettled(settings->definitions.file, config::kMaxYamlBytes, SystemClock(), stop);
    if (stop) return kDone;
    definitions = LoadDefinitionsFile(settings->definitions.file, /*print_warnings=*/true);
    if (definitions == nullptr) return kUsage;
  }
  Status status = RunLiveProcess(*settings, std::move(definitions), stop);
  if (!status.ok()) telemetry::LogError(status.message());
  return status.ok() ? kDone : kFailed;
}

}  // namespace leadpulse::tools
