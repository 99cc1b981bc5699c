#include "tools/leadpulse/live/watched_definitions.h"

#include <sys/stat.h>

#include <system_error>
#include <thread>
#include <utility>

#include "config/yaml_tree.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

constexpr std::chrono::milliseconds kLookAgain{100};

// Returns the time of the file's last modification; nullopt if it is missing.
std::optional<Instant> WrittenAt(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return Instant{int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000};
}

}  // namespace

SettledFile::Stamp SettledFile::StampOf(const std::string& path) {
  std::error_code error;
  Stamp stamp;
  stamp.written = std::filesystem::last_write_time(path, error);
  stamp.size = std::filesystem::file_size(path, error);
  return stamp;
}

Status SettledFile::BeginToWait() {
  text_.reset();
  LP_ASSIGN_OR_RETURN(text_, ReadFile(path_, max_bytes_));
  since_ = clock_->Monotonic();
  return Status::Ok();
}

Result<std::optional<std::string>> SettledFile::Look() {
  const Stamp stamp = StampOf(path_);
  if (stamp_ != stamp) {
    stamp_ = stamp;
    LP_RETURN_IF_ERROR(BeginToWait());
    return std::optional<std::string>();
  }
  if (!text_ || clock_->Monotonic() - since_ < kSettleTime) return std::optional<std::string>();
  const std::string before = std::move(*text_);
  LP_RETURN_IF_ERROR(BeginToWait());
  // A file system may report a change late, or not at all.
  if (*text_ != before) return std::optional<std::string>();
  return std::exchange(text_, std::nullopt);
}

void WaitUntilSettled(const std::string& path, size_t max_bytes, const Clock& clock, const std::atomic<bool>& stop) {
  const std::optional<Instant> written = WrittenAt(path);
  if (!written || clock.Now() - *written > kSettleTime) return;
  SettledFile file(path, max_bytes, &clock);
  while (!stop) {
    const Result<std::optional<std::string>> text = file.Look();
    if (!text.ok() || text->has_value()) return;
    std::this_thread::sleep_for(kLookAgain);
  }
}

WatchedDefinitions::WatchedDefinitions(std::string path, std::shared_ptr<const config::Definitions> first,
                                       config::InputPartitioning partitioning, const Clock* clock, size_t max_bytes)
    : LiveDefinitions(partitioning, max_bytes),
      file_(std::move(path), config::kMaxYamlBytes, clock),
      considered_(first->text) {
  Want({std::move(first), std::nullopt});
}

void WatchedDefinitions::LookAgain() {
  Result<std::optional<std::string>> text = file_.Look();
  if (!text.ok()) {
    telemetry::LogError("definitions " + text.status().message() + "; those in force stay");
    return;
  }
  if (!*text || **text == considered_) return;
  considered_ = std::move(**text);
  std::shared_ptr<const config::Definitions> definitions =
      Load(file_.path(), considered_, config::RulesInForce(*Wanted().definitions));
  if (definitions == nullptr) return;
  telemetry::LogInfo(file_.path() + ": definitions " + definitions->version + " are wanted");
  Want({std::move(definitions), std::nullopt});
}

}  // namespace leadpulse::tools
