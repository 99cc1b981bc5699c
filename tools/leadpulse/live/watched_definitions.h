// A definitions file that is looked at again and again while a live run goes on.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "config/definitions.h"
#include "tools/leadpulse/live/live_definitions.h"

namespace leadpulse::tools {

class WatchedDefinitions : public LiveDefinitions {
 public:
  // `first`: what was read from there when the process began, which may be a while ago: the brokers were waited for.
  WatchedDefinitions(std::string path, std::shared_ptr<const config::Definitions> first);

  // Reads the file where it is another one than before.
  void LookAgain() override;

 private:
  // What tells that a file may have changed without reading it.
  struct Look {
    std::filesystem::file_time_type written;
    uintmax_t size = 0;
    friend bool operator==(const Look&, const Look&) = default;
  };
  static Look LookAt(const std::string& path);

  const std::string path_;
  std::optional<Look> look_;  // nothing: not looked at yet
};

}  // namespace leadpulse::tools
