#include "schemas/codec/protobuf_log.h"

#include <google/protobuf/stubs/logging.h>

#include <cstdio>
#include <mutex>
#include <string>

namespace leadpulse::codec {

void QuietProtobuf() {
  static std::once_flag once;
  std::call_once(once, [] {
    google::protobuf::SetLogHandler(
        [](google::protobuf::LogLevel level, const char* file, int line, const std::string& message) {
          if (level != google::protobuf::LOGLEVEL_FATAL) return;
          std::fprintf(stderr, "protobuf: %s:%d: %s\n", file, line, message.c_str());
        });
  });
}

}  // namespace leadpulse::codec
