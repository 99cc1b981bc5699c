// Reads a file as UTF-8, a piece at a time. A reader is used by one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"

struct UConverter;

namespace leadpulse::csv {

// How an encoding was found (Encoding::why).
inline constexpr std::string_view kYourChoice = "your choice", kByteOrderMark = "its byte order mark";

struct Encoding {
  std::string name = "UTF-8";  // as ICU and IANA know it
  std::string why = {};        // how it was found: `its byte order mark`
};

// Returns the encoding for any name that ICU knows, in any case: `utf8`, `windows-1250`, `Shift_JIS`; nullopt for
// others. Latin-1 is Windows-1252, as in browsers, which has all of its letters.
std::optional<Encoding> EncodingFromName(std::string_view name);

// Finds the encoding by a byte order mark, or by the zeros of UTF-16 and UTF-32; nullopt for other beginnings of a
// file.
std::optional<Encoding> EncodingOfBeginning(std::string_view beginning);

// Reads at most `size` bytes of a file into `buffer` and returns their number; 0 at the end.
using ReadBytes = std::function<Result<size_t>(char* buffer, size_t size)>;

// Opens a file; `-` is standard input. Rejected, with its name, if it cannot be opened or is a folder.
Result<ReadBytes> OpenFile(const std::string& path);
// Returns a source of the bytes of a text.
ReadBytes BytesOfText(std::string text);
// Reads up to `most` bytes from the beginning and puts them back in front of the others.
Result<std::string> Peek(ReadBytes* read, size_t most);

// A reader of a file as UTF-8. Bytes that do not fit the encoding become bytes that do not fit UTF-8, so that the user
// of a row finds them.
class Utf8Input {
 public:
  static constexpr size_t kPieceBytes = 64 << 10;

  // Reads with `encoding` if it is given, else as the beginning says, else as UTF-8. A byte order mark is left out.
  Utf8Input(ReadBytes read, const std::optional<Encoding>& encoding);
  ~Utf8Input();

  // Appends a piece. Returns false at the end.
  Result<bool> Append(std::string* text);

  // Returns the encoding, which is known from the first piece on.
  const Encoding& encoding() const { return encoding_; }

 private:
  struct CloseConverter {
    void operator()(UConverter* converter) const;
  };

  Status Fill();
  Status Begin();
  Status Convert(std::string* text);

  const ReadBytes read_;
  Encoding encoding_;
  const bool is_said_;
  bool begun_ = false;
  bool ended_ = false;
  std::string raw_;                                        // read, but not yet returned
  std::unique_ptr<UConverter, CloseConverter> converter_;  // null for UTF-8, and at the end
};

}  // namespace leadpulse::csv
