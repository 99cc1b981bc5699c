#include "processor/csv/byte_input.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace leadpulse::csv {
namespace {

class FileInput : public ByteInput {
 public:
  FileInput(std::string name, FILE* file, bool owned) : name_(std::move(name)), file_(file), owned_(owned) {}
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;
  ~FileInput() override {
    if (owned_) std::fclose(file_);
  }

  Result<size_t> Read(char* buffer, size_t size) override {
    const size_t count = std::fread(buffer, 1, size, file_);
    if (count == 0 && std::ferror(file_) != 0) return Status::Rejected(name_ + " cannot be read: " + strerror(errno));
    return count;
  }

 private:
  std::string name_;
  FILE* file_;
  bool owned_;
};

class TextInput : public ByteInput {
 public:
  explicit TextInput(std::string_view bytes) : rest_(bytes) {}
  Result<size_t> Read(char* buffer, size_t size) override {
    const size_t count = rest_.copy(buffer, size);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

}  // namespace

Result<std::unique_ptr<ByteInput>> OpenFile(const std::string& path) {
  if (path == "-") return std::unique_ptr<ByteInput>(new FileInput("standard input", stdin, false));
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return Status::Rejected(path + " is a directory, not a file");
  FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return Status::Rejected(path + " cannot be opened: " + strerror(errno));
  return std::unique_ptr<ByteInput>(new FileInput(path, file, true));
}

std::unique_ptr<ByteInput> MakeTextInput(std::string_view bytes) { return std::make_unique<TextInput>(bytes); }

}  // namespace leadpulse::csv
