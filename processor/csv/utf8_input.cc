#include "processor/csv/utf8_input.h"

#include <unicode/ucnv.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse::csv {
namespace {

constexpr size_t kPivotCharacters = 4096;

constexpr std::pair<std::string_view, Encoding> kByteOrderMarks[] = {
    {"\xEF\xBB\xBF", Encoding::kUtf8}, {"\xFF\xFE", Encoding::kUtf16Le}, {"\xFE\xFF", Encoding::kUtf16Be}};

size_t AsciiPrefix(std::string_view bytes) {
  return static_cast<size_t>(std::ranges::find_if(bytes, [](char c) { return static_cast<signed char>(c) < 0; }) -
                             bytes.begin());
}

// Returns the kind of UTF-16 without a mark, found by the zeros next to ASCII characters; nullopt for other encodings.
std::optional<Encoding> DetectUtf16(std::string_view beginning) {
  constexpr size_t kLookedAt = 1024;
  beginning = beginning.substr(0, std::min(beginning.size(), kLookedAt) & ~size_t{1});
  size_t zeros_at_even = 0, zeros_at_odd = 0;
  for (size_t i = 0; i < beginning.size(); i += 2) {
    zeros_at_even += beginning[i] == '\0' ? 1 : 0;
    zeros_at_odd += beginning[i + 1] == '\0' ? 1 : 0;
  }
  if (beginning.size() < 4) return std::nullopt;
  const size_t half = beginning.size() / 4;  // half of the pairs
  constexpr size_t kClearly = 16;            // letters such as U+0100 have a zero at the other side
  if (zeros_at_odd >= half && zeros_at_odd >= kClearly * zeros_at_even) return Encoding::kUtf16Le;
  if (zeros_at_even >= half && zeros_at_even >= kClearly * zeros_at_odd) return Encoding::kUtf16Be;
  return std::nullopt;
}

// Guesses the encoding, UTF-8 or Windows-1252, from `bytes`, which start with a non-ASCII byte. `whole`: no more bytes
// follow. UTF-8 if there are more valid characters than invalid bytes: one damaged character does not change the
// result, and text in Windows-1252 is hardly ever valid.
Encoding DetectEightBit(std::string_view bytes, bool whole) {
  constexpr size_t kLongestCharacter = 4;
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  // The last character may be cut off.
  const size_t end = whole || bytes.size() < kLongestCharacter ? bytes.size() : bytes.size() - (kLongestCharacter - 1);
  size_t fitting = 0, broken = 0, i = 0;
  while (i < end) {
    const size_t start = i;
    UChar32 c = 0;
    U8_NEXT(data, i, bytes.size(), c);
    if (c < 0) ++broken;
    if (c >= 0 && i - start > 1) ++fitting;
  }
  return fitting > broken ? Encoding::kUtf8 : Encoding::kWindows1252;
}

}  // namespace

std::string_view EncodingName(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8:
      return "UTF-8";
    case Encoding::kUtf16Le:
      return "UTF-16LE";
    case Encoding::kUtf16Be:
      return "UTF-16BE";
    case Encoding::kWindows1252:
      return "windows-1252";
  }
  return "";
}

std::optional<Encoding> EncodingFromName(std::string_view name) {
  std::string plain = AsciiLower(name);
  std::erase_if(plain, [](char c) { return c == '-' || c == '_' || c == ' '; });
  if (plain == "utf8") return Encoding::kUtf8;
  if (plain == "utf16le") return Encoding::kUtf16Le;
  if (plain == "utf16be") return Encoding::kUtf16Be;
  if (plain == "windows1252" || plain == "cp1252" || plain == "latin1" || plain == "iso88591") {
    return Encoding::kWindows1252;
  }
  return std::nullopt;
}

Result<ReadBytes> OpenFile(const std::string& path) {
  const bool standard_input = path == "-";
  std::error_code error;
  if (!standard_input && std::filesystem::is_directory(path, error)) {
    return Status::Rejected(path + " is a directory, not a file");
  }
  FILE* opened = standard_input ? stdin : std::fopen(path.c_str(), "rb");
  if (opened == nullptr) return Status::Rejected(path + " cannot be opened: " + strerror(errno));
  const std::shared_ptr<FILE> file(opened, [](FILE* used) {
    if (used != stdin) std::fclose(used);
  });
  return ReadBytes(
      [file, name = standard_input ? "standard input" : path](char* buffer, size_t size) -> Result<size_t> {
        const size_t count = std::fread(buffer, 1, size, file.get());
        if (count > 0 || std::ferror(file.get()) == 0) return count;
        return Status::Rejected(name + " cannot be read: " + strerror(errno));
      });
}

void Utf8Input::CloseConverter::operator()(UConverter* converter) const { ucnv_close(converter); }

Utf8Input::Utf8Input(ReadBytes read, std::optional<Encoding> encoding) : read_(std::move(read)), encoding_(encoding) {}

Utf8Input::~Utf8Input() = default;

Status Utf8Input::Fill() {
  size_t size = raw_.size();
  raw_.resize(std::max(size, kPieceBytes));
  while (!ended_ && size < kPieceBytes) {
    LP_ASSIGN_OR_RETURN(const size_t count, read_(raw_.data() + size, kPieceBytes - size));
    size += count;
    ended_ = count == 0;
  }
  raw_.resize(size);
  return Status::Ok();
}

void Utf8Input::Begin() {
  begun_ = true;
  for (const auto& [mark, encoding] : kByteOrderMarks) {
    if (!raw_.starts_with(mark) || encoding_.value_or(encoding) != encoding) continue;
    encoding_ = encoding;
    raw_.erase(0, mark.size());
    return;
  }
  if (!encoding_) encoding_ = DetectUtf16(raw_);
}

Result<bool> Utf8Input::Append(std::string* text) {
  LP_RETURN_IF_ERROR(Fill());
  if (!begun_) Begin();
  if (raw_.empty()) return false;
  if (!encoding_) {
    const size_t ascii = AsciiPrefix(raw_);
    if (ascii > 0) {
      text->append(raw_, 0, ascii);
      raw_.erase(0, ascii);
      return true;
    }
    encoding_ = DetectEightBit(raw_, ended_);
  }
  if (*encoding_ != Encoding::kUtf8) {
    LP_RETURN_IF_ERROR(Convert(text));
  } else {
    *text += raw_;
  }
  raw_.clear();
  return true;
}

Status Utf8Input::Convert(std::string* text) {
  UErrorCode error = U_ZERO_ERROR;
  const bool first = from_ == nullptr;
  if (first) {
    from_.reset(ucnv_open(std::string(EncodingName(*encoding_)).c_str(), &error));
    to_.reset(ucnv_open("UTF-8", &error));
    pivot_.resize(kPivotCharacters);
    pivot_source_ = pivot_target_ = pivot_.data();
    if (U_FAILURE(error)) return Status::Fatal(std::string("ICU has no converter: ") + u_errorName(error));
  }
  const char* source = raw_.data();
  std::array<char, 16 << 10> buffer;
  do {
    error = U_ZERO_ERROR;
    char* target = buffer.data();
    ucnv_convertEx(to_.get(), from_.get(), &target, buffer.data() + buffer.size(), &source, raw_.data() + raw_.size(),
                   pivot_.data(), &pivot_source_, &pivot_target_, pivot_.data() + pivot_.size(),
                   /*reset=*/static_cast<UBool>(false), static_cast<UBool>(ended_), &error);
    text->append(buffer.data(), target);
  } while (error == U_BUFFER_OVERFLOW_ERROR);
  // A character was cut off at the end of the file.
  if (error == U_TRUNCATED_CHAR_FOUND) return text->append("\xEF\xBF\xBD"), Status::Ok();
  if (U_FAILURE(error)) return Status::Fatal(std::string("the text cannot be converted: ") + u_errorName(error));
  return Status::Ok();
}

}  // namespace leadpulse::csv
