#include <algorithm>
#include <cstdarg>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string_view>
#include <system_error>

#include "processor/base/clock.h"
#include "processor/base/file_modes.h"
#include "state/rocksdb/rocksdb_options.h"

namespace leadpulse::state {
namespace {

// Longer lines, such as the dump of options at opening, are cut.
constexpr size_t kMaxLineBytes = 4096;

class RocksDbLog : public rocksdb::Logger {
 public:
  RocksDbLog(const std::string& directory, size_t max_bytes) : directory_(directory), max_bytes_(max_bytes) {
    if (!directory.empty()) Rotate();
  }

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char line[kMaxLineBytes];
    int size = std::vsnprintf(line, sizeof line, format, arguments);
    if (size < 0) return;
    std::string_view text(line, std::min(static_cast<size_t>(size), sizeof line - 1));
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (directory_.empty()) return;
    std::string dated = FormatRfc3339(SystemClock().Now()) + " ";
    dated += text;
    dated += '\n';
    std::lock_guard lock(mutex_);
    if (bytes_ + dated.size() > max_bytes_) Rotate();
    bytes_ += dated.size();
    file_ << dated << std::flush;
    file_.clear();
  }

 private:
  void Rotate() {
    file_.close();
    std::error_code ignored;
    std::filesystem::rename(directory_ / "LOG", directory_ / "LOG.old", ignored);
    file_.open(directory_ / "LOG", std::ios::trunc);
    std::filesystem::permissions(directory_ / "LOG", std::filesystem::perms(kPrivateFile), ignored);
    bytes_ = 0;
  }

  const std::filesystem::path directory_;
  const size_t max_bytes_;
  std::mutex mutex_;
  std::ofstream file_;
  size_t bytes_ = 0;
};

}  // namespace

std::shared_ptr<rocksdb::Logger> MakeRocksDbLog(const std::string& directory, size_t max_bytes) {
  return std::make_shared<RocksDbLog>(directory, max_bytes);
}

}  // namespace leadpulse::state
