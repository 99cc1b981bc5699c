#include "schemas/codec/protobuf_log.h"

#include <google/protobuf/stubs/common.h>

#if GOOGLE_PROTOBUF_VERSION >= 4022000
#include <absl/base/log_severity.h>
#include <absl/log/globals.h>
#else
#include <google/protobuf/stubs/logging.h>
#endif

#include <cstdio>
#include <mutex>
#include <string>

namespace leadpulse::codec {

void QuietProtobuf() {
  static std::once_flag once;
  std::call_once(once, [] {
#if GOOGLE_PROTOBUF_VERSION >= 4022000
    // From version 22 on, the library logs with Abseil, whose threshold for standard error counts only after
    // InitializeLog. This one counts at once.
    absl::SetMinLogLevel(absl::LogSeverityAtLeast::kFatal);
#else
    google::protobuf::SetLogHandler(
        [](google::protobuf::LogLevel level, const char* file, int line, const std::string& message) {
          if (level != google::protobuf::LOGLEVEL_FATAL) return;
          std::fprintf(stderr, "protobuf: %s:%d: %s\n", file, line, message.c_str());
        });
#endif
  });
}

}  // namespace leadpulse::codec
