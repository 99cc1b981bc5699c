// Detects the encoding of a file, and reads it as UTF-8, a piece at a time. A reader is used by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"

struct UConverter;

namespace leadpulse::csv {

// Windows-1252 also represents Latin-1, as in browsers: it has all of its letters.
enum class Encoding : uint8_t { kUtf8, kUtf16Le, kUtf16Be, kWindows1252 };

std::string_view EncodingName(Encoding encoding);  // `UTF-8`, as ICU knows it
// Returns the encoding for `utf-8`, `utf8`, `UTF-16LE`, `latin1`, `windows-1252`, … in any case; nullopt if unknown.
std::optional<Encoding> EncodingFromName(std::string_view name);

// Reads at most `size` bytes of a file into `buffer` and returns their number; 0 at the end.
using ReadBytes = std::function<Result<size_t>(char* buffer, size_t size)>;

// Opens a file; `-` is standard input. Rejected, with its name, if it cannot be opened or is a folder.
Result<ReadBytes> OpenFile(const std::string& path);

// A reader of a file as UTF-8. It detects the encoding by a byte order mark, else by zeros (UTF-16), else at the first
// character beyond ASCII, anywhere in the file: before it, all other encodings read the same. UTF-8 is passed on
// unchanged, with damaged characters; in UTF-16 they become U+FFFD.
class Utf8Input {
 public:
  static constexpr size_t kPieceBytes = 64 << 10;

  // Reads with `encoding` if it is given; only its byte order mark is then left out. Otherwise detects it.
  Utf8Input(ReadBytes read, std::optional<Encoding> encoding);
  ~Utf8Input();

  // Appends a piece. Returns false at the end.
  Result<bool> Append(std::string* text);

  // Returns the encoding so far: UTF-8 while everything was ASCII.
  Encoding encoding() const { return encoding_.value_or(Encoding::kUtf8); }

 private:
  struct CloseConverter {
    void operator()(UConverter* converter) const;
  };
  using Converter = std::unique_ptr<UConverter, CloseConverter>;

  Status Fill();
  void Begin();
  Status Convert(std::string* text);

  const ReadBytes read_;
  std::optional<Encoding> encoding_;
  bool begun_ = false;
  bool ended_ = false;
  std::string raw_;  // read, but not yet returned
  Converter from_, to_;
  std::u16string pivot_;
  char16_t* pivot_source_ = nullptr;
  char16_t* pivot_target_ = nullptr;
};

}  // namespace leadpulse::csv
