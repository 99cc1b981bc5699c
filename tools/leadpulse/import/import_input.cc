#include "tools/leadpulse/import/import_input.h"

#include <unistd.h>

#include <utility>

#include "processor/input/byte_source.h"

namespace leadpulse::tools {
namespace {

using input::Compression;

class DecompressedInput : public csv::ByteInput {
 public:
  explicit DecompressedInput(std::unique_ptr<input::ByteSource> source) : source_(std::move(source)) {}
  Result<size_t> Read(char* buffer, size_t size) override { return source_->Read(buffer, size); }

 private:
  std::unique_ptr<input::ByteSource> source_;
};

}  // namespace

Result<std::unique_ptr<csv::ByteInput>> OpenImportFile(const std::string& path) {
  const Compression compression = path.ends_with(".gz")    ? Compression::kGzip
                                  : path.ends_with(".zst") ? Compression::kZstd
                                                           : Compression::kNone;
  if (compression == Compression::kNone) return csv::OpenFile(path);
  Result<std::unique_ptr<input::ByteSource>> source = input::OpenInput(path, compression, STDIN_FILENO);
  if (!source.ok()) return source.status();
  return std::unique_ptr<csv::ByteInput>(std::make_unique<DecompressedInput>(std::move(*source)));
}

}  // namespace leadpulse::tools
