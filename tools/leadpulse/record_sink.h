// Writes the records that a command makes to standard output, or to a new file, compressed as its name says.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/files/input/byte_sink.h"
#include "processor/files/input/input_format.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::tools {

// For CLI11: the complaint about a name whose ending says no format; empty if there is none.
std::string CheckSinkName(const std::string& output);

// Owned and called by one thread.
class RecordSink {
 public:
  // `-` is standard output; an error of writing there has been printed and has no message. Rejected: the name says no
  // format, or the file exists. Other errors are those of input::MakeFileSink.
  static Result<RecordSink> Open(const std::string& output);

  template <typename Record>
  Status Write(const Record& record) {
    lines() ? codec::AppendInputJson(record, &chunk_) : codec::AppendInputProtobuf(record, &chunk_);
    return WriteFullChunk();
  }
  // Whether records are JSON lines, which WriteLines writes unchanged.
  bool lines() const { return format_ == input::RecordFormat::kJsonLines; }
  Status WriteLines(std::string_view lines) {
    chunk_ += lines;
    return WriteFullChunk();
  }
  // Called once, at the end; without it the last records may be missing.
  Status Close();

 private:
  RecordSink(input::RecordFormat format, std::unique_ptr<input::ByteSink> sink)
      : format_(format), sink_(std::move(sink)) {}
  Status WriteFullChunk();

  input::RecordFormat format_;
  std::unique_ptr<input::ByteSink> sink_;
  std::string chunk_;
};

}  // namespace leadpulse::tools
