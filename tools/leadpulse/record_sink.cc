#include "tools/leadpulse/record_sink.h"

#include <utility>

#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kChunkBytes = 1 << 20;

// Standard output, which is never compressed.
class StandardOutputSink : public input::ByteSink {
 public:
  Status Write(std::string_view bytes) override {
    return PrintData(bytes) == kDone ? Status::Ok() : Status::Fatal("");  // it has printed the reason
  }
  Status Close() override { return Status::Ok(); }
};

Result<input::InputFormat> FormatOf(const std::string& output) {
  Result<input::InputFormat> format = input::InputFormatOf(output);
  if (format.ok()) return format;
  return Status::Rejected("`" + output + "` does not say by its ending what to write; give a new name that ends with " +
                          ".jsonl or .pb, either with .gz or .zst behind it, or - for standard output");
}

}  // namespace

std::string CheckSinkName(const std::string& output) {
  const Result<input::InputFormat> format = FormatOf(output);
  return format.ok() ? "" : format.status().message();
}

Result<RecordSink> RecordSink::Open(const std::string& output) {
  LP_ASSIGN_OR_RETURN(const input::InputFormat format, FormatOf(output));
  if (output == input::kStandardInput) return RecordSink(format.records, std::make_unique<StandardOutputSink>());
  LP_ASSIGN_OR_RETURN(std::unique_ptr<input::ByteSink> file, input::MakeFileSink(output));
  return RecordSink(format.records, input::Compress(format.compression, std::move(file)));
}

Status RecordSink::WriteFullChunk() {
  if (chunk_.size() < kChunkBytes) return Status::Ok();
  const std::string chunk = std::exchange(chunk_, {});
  return sink_->Write(chunk);
}

Status RecordSink::Close() {
  LP_RETURN_IF_ERROR(sink_->Write(chunk_));
  return sink_->Close();
}

}  // namespace leadpulse::tools
