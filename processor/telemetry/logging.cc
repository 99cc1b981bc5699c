#include "processor/telemetry/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "processor/base/displayable.h"
#include "processor/base/instant.h"
#include "processor/base/json_object.h"

namespace leadpulse::telemetry {
namespace {

// The fields of the line that the calling thread logs. spdlog calls the formatter in the same call.
thread_local const LogFields* fields_of_line = nullptr;

// A formatter that writes one JSON object a line. spdlog's patterns cannot escape a message.
class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    auto since_epoch = std::chrono::duration_cast<Millis>(message.time.time_since_epoch());
    auto level = spdlog::level::to_string_view(message.level);
    std::string line = JsonLogLine(FormatRfc3339({since_epoch.count()}), {level.data(), level.size()},
                                   {message.payload.data(), message.payload.size()}, *fields_of_line);
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

// The flag `%*` of a pattern: the message, safe to display, because it may quote input.
class DisplayableMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/, spdlog::memory_buf_t& out) override {
    const std::string line = DisplayableLine({message.payload.data(), message.payload.size()});
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<DisplayableMessage>();
  }
};

void Log(spdlog::level::level_enum level, std::string_view message, LogFields fields) {
  fields_of_line = &fields;
  spdlog::log(level, spdlog::string_view_t(message.data(), message.size()));
  fields_of_line = nullptr;
}

}  // namespace

const std::vector<std::string>& LogLevels() {
  static const std::vector<std::string> levels = {"trace", "debug", "info", "warning", "error", "off"};
  return levels;
}

Status SetUpLogging(const std::string& level, bool json) {
  if (std::ranges::find(LogLevels(), level) == LogLevels().end()) {
    return Status::Rejected("unknown log level " + level);
  }
  auto logger = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  if (json) {
    logger->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<DisplayableMessage>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %*");
    logger->set_formatter(std::move(formatter));
  }
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  return Status::Ok();
}

bool IsDebugLogged() { return spdlog::should_log(spdlog::level::debug); }
void LogDebug(std::string_view message, LogFields fields) { Log(spdlog::level::debug, message, fields); }
void LogInfo(std::string_view message, LogFields fields) { Log(spdlog::level::info, message, fields); }
void LogWarning(std::string_view message, LogFields fields) { Log(spdlog::level::warn, message, fields); }
void LogError(std::string_view message, LogFields fields) { Log(spdlog::level::err, message, fields); }

std::string JsonLogLine(std::string_view time, std::string_view level, std::string_view message, LogFields fields) {
  std::string line;
  JsonObject object(&line);
  object.Text("time", time);
  object.Text("level", level);
  object.Text("message", message);
  for (const auto& [name, value] : fields) {
    const auto* text = std::get_if<std::string_view>(&value);
    if (text == nullptr) {
      object.Number(name, std::get<int64_t>(value));
    } else if (!text->empty()) {
      object.Text(name, *text);
    }
  }
  object.End();
  return DisplayableLine(line) + "\n";
}

}  // namespace leadpulse::telemetry
