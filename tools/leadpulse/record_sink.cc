#include "tools/leadpulse/record_sink.h"

#include <string_view>
#include <utility>

#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

// What PrintResult prints, to be compressed by nobody.
class StandardOutputSink : public simulate::ByteSink {
 public:
  Status Write(std::string_view bytes) override {
    return PrintResult(bytes) == kDone ? Status::Ok() : Status::Fatal("");  // which has said why
  }
  Status Close() override { return Status::Ok(); }
};

}  // namespace

Result<std::unique_ptr<simulate::ByteSink>> OpenRecordSink(const std::string& output,
                                                           const embedded::InputFormat& format) {
  if (output == embedded::kStandardInput) return std::unique_ptr<simulate::ByteSink>(new StandardOutputSink);
  Result<std::unique_ptr<simulate::ByteSink>> file = simulate::MakeFileSink(output);
  if (!file.ok()) return file.status();
  return simulate::Compress(format.compression, std::move(*file));
}

}  // namespace leadpulse::tools
