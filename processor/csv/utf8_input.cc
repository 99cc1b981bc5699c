#include "processor/csv/utf8_input.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/unistr.h>

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

constexpr std::string_view kUtf8 = "UTF-8";

constexpr std::string_view kMarkInUtf8 = "\xEF\xBB\xBF";

struct Mark {
  std::string_view bytes, encoding;
};
constexpr std::array<Mark, 5> kByteOrderMarks = {{{kMarkInUtf8, kUtf8},
                                                  {{"\xFF\xFE\0\0", 4}, "UTF-32LE"},  // begins like UTF-16LE
                                                  {{"\0\0\xFE\xFF", 4}, "UTF-32BE"},
                                                  {"\xFF\xFE", "UTF-16LE"},
                                                  {"\xFE\xFF", "UTF-16BE"}}};

// Returns the kind of UTF-16 or UTF-32 without a mark, found by the zeros next to ASCII characters; nullopt for other
// encodings.
std::optional<std::string_view> DetectByZeros(std::string_view beginning) {
  constexpr size_t kLookedAt = 1024;
  if (beginning.size() < 4) return std::nullopt;
  beginning = beginning.substr(0, std::min(beginning.size(), kLookedAt) & ~size_t{3});
  bool is_utf32_le = true, is_utf32_be = true;
  for (size_t i = 0; i < beginning.size(); i += 4) {
    constexpr char kLastPlane = 0x10;
    const auto is_high = [&](size_t most, size_t next) {
      return beginning[i + most] == '\0' && beginning[i + next] >= '\0' && beginning[i + next] <= kLastPlane;
    };
    is_utf32_le = is_utf32_le && is_high(3, 2);
    is_utf32_be = is_utf32_be && is_high(0, 1);
  }
  if (is_utf32_le != is_utf32_be) return is_utf32_le ? "UTF-32LE" : "UTF-32BE";
  size_t zeros_at_even = 0, zeros_at_odd = 0;
  for (size_t i = 0; i < beginning.size(); i += 2) {
    zeros_at_even += beginning[i] == '\0' ? 1 : 0;
    zeros_at_odd += beginning[i + 1] == '\0' ? 1 : 0;
  }
  const size_t half = beginning.size() / 4;  // half of the pairs
  constexpr size_t kClearly = 16;            // letters such as U+0100 have a zero at the other side
  if (zeros_at_odd >= half && zeros_at_odd >= kClearly * zeros_at_even) return "UTF-16LE";
  if (zeros_at_even >= half && zeros_at_even >= kClearly * zeros_at_odd) return "UTF-16BE";
  return std::nullopt;
}

void AppendAsUtf8(const std::u16string& units, std::string* text) {
  icu::UnicodeString(units.data(), static_cast<int32_t>(units.size())).toUTF8String(*text);
}

}  // namespace

std::optional<Encoding> EncodingFromName(std::string_view name) {
  std::string plain = AsciiLower(name);
  std::erase_if(plain, [](char c) { return c == '-' || c == '_' || c == ' '; });
  if (plain == "latin1" || plain == "iso88591" || plain == "cp1252") name = "windows-1252";
  const std::string given(name);
  UErrorCode error = U_ZERO_ERROR;
  UConverter* const converter = given.empty() ? nullptr : ucnv_open(given.c_str(), &error);
  if (converter == nullptr || U_FAILURE(error)) return std::nullopt;
  const std::string internal = ucnv_getName(converter, &error);
  ucnv_close(converter);
  const char* known = nullptr;
  for (const char* standard : {"MIME", "IANA"}) {
    error = U_ZERO_ERROR;
    if (known == nullptr) known = ucnv_getStandardName(internal.c_str(), standard, &error);
  }
  return Encoding{known != nullptr ? known : internal, std::string(kYourChoice)};
}

std::optional<Encoding> EncodingOfBeginning(std::string_view beginning) {
  for (const Mark& mark : kByteOrderMarks) {
    if (beginning.starts_with(mark.bytes)) return Encoding{std::string(mark.encoding), std::string(kByteOrderMark)};
  }
  if (const auto found = DetectByZeros(beginning)) return Encoding{std::string(*found), "its zero bytes"};
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

ReadBytes BytesOfText(std::string text) {
  return [rest = std::move(text)](char* buffer, size_t size) mutable {
    const size_t count = rest.copy(buffer, size);
    rest.erase(0, count);
    return Result<size_t>(count);
  };
}

Result<std::string> Peek(ReadBytes* read, size_t most) {
  std::string beginning(most, '\0');
  size_t size = 0;
  while (size < most) {
    LP_ASSIGN_OR_RETURN(const size_t count, (*read)(beginning.data() + size, most - size));
    if (count == 0) break;
    size += count;
  }
  beginning.resize(size);
  *read = [first = BytesOfText(beginning), behind = std::move(*read)](char* buffer, size_t wanted) -> Result<size_t> {
    LP_ASSIGN_OR_RETURN(const size_t count, first(buffer, wanted));
    if (count > 0) return count;
    return behind(buffer, wanted);
  };
  return beginning;
}

void Utf8Input::CloseConverter::operator()(UConverter* converter) const { ucnv_close(converter); }

Utf8Input::Utf8Input(ReadBytes read, const std::optional<Encoding>& encoding)
    : read_(std::move(read)), encoding_(encoding.value_or(Encoding())), is_said_(encoding.has_value()) {}

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

Status Utf8Input::Begin() {
  begun_ = true;
  if (!is_said_) encoding_ = EncodingOfBeginning(raw_).value_or(Encoding{std::string(kUtf8), "nothing says otherwise"});
  if (encoding_.name == kUtf8) return Status::Ok();
  UErrorCode error = U_ZERO_ERROR;
  converter_.reset(ucnv_open(encoding_.name.c_str(), &error));
  if (U_SUCCESS(error)) {
    ucnv_setToUCallBack(converter_.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  }
  if (U_FAILURE(error)) return Status::Fatal(std::string("ICU has no converter: ") + u_errorName(error));
  return Status::Ok();
}

Result<bool> Utf8Input::Append(std::string* text) {
  LP_RETURN_IF_ERROR(Fill());
  const bool is_first = !begun_;
  if (is_first) LP_RETURN_IF_ERROR(Begin());
  if (raw_.empty() && converter_ == nullptr) return false;
  const size_t before = text->size();
  if (converter_ == nullptr) {
    *text += raw_;
  } else {
    LP_RETURN_IF_ERROR(Convert(text));
  }
  raw_.clear();
  if (is_first && std::string_view(*text).substr(before).starts_with(kMarkInUtf8)) {
    text->erase(before, kMarkInUtf8.size());
  }
  return true;
}

Status Utf8Input::Convert(std::string* text) {
  constexpr char kNotUtf8 = '\xFF';
  const char* source = raw_.data();
  const char* const end = source + raw_.size();
  std::array<UChar, 4096> buffer;
  std::u16string units;
  for (UErrorCode error = U_BUFFER_OVERFLOW_ERROR; error == U_BUFFER_OVERFLOW_ERROR || source < end;) {
    error = U_ZERO_ERROR;
    UChar* target = buffer.data();
    ucnv_toUnicode(converter_.get(), &target, buffer.data() + buffer.size(), &source, end, nullptr,
                   static_cast<UBool>(ended_), &error);
    units.append(buffer.data(), target);
    if (U_SUCCESS(error) || error == U_BUFFER_OVERFLOW_ERROR) continue;
    const bool is_of_text = error == U_INVALID_CHAR_FOUND || error == U_ILLEGAL_CHAR_FOUND ||
                            error == U_TRUNCATED_CHAR_FOUND || error == U_ILLEGAL_ESCAPE_SEQUENCE ||
                            error == U_UNSUPPORTED_ESCAPE_SEQUENCE;
    if (!is_of_text) return Status::Fatal(std::string("the text cannot be converted: ") + u_errorName(error));
    AppendAsUtf8(units, text);
    units.clear();
    *text += kNotUtf8;
  }
  AppendAsUtf8(units, text);
  if (ended_) converter_.reset();
  return Status::Ok();
}

}  // namespace leadpulse::csv
