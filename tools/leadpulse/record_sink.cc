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
    return PrintData(bytes) == kDone ? Status::Ok() : Status::Fatal("");  // which has said why
  }
  Status Close() override { return Status::Ok(); }
};

}  // namespace

Result<input::InputFormat> SinkFormatOf(const std::string& output) {
  Result<input::InputFormat> format = input::InputFormatOf(output);
  if (format.ok()) return format;
  return Status::Rejected("`" + output + "` does not say by its ending what to write; give a new name that ends with " +
                          ".jsonl or .pb, either with .gz or .zst behind it, or - for standard output");
}

Result<std::unique_ptr<simulate::ByteSink>> OpenRecordSink(const std::string& output,
                                                           const input::InputFormat& format) {
  if (output == input::kStandardInput) return std::unique_ptr<simulate::ByteSink>(new StandardOutputSink);
  Result<std::unique_ptr<simulate::ByteSink>> file = simulate::MakeFileSink(output);
  if (!file.ok()) return file.status();
  return simulate::Compress(format.compression, std::move(*file));
}

}  // namespace leadpulse::tools
