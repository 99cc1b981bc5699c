// Reads a body of type multipart/form-data (RFC 7578) as it arrives, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::http {

// Returns the parameter of a header such as `form-data; name="a"`; nullopt if it has none. Names compare without case.
std::optional<std::string> ParameterOf(std::string_view header, std::string_view name);

// A reader that is not thread-safe. Lines end in CR LF; a bare LF is accepted, as some editors write it.
class MultipartReader {
 public:
  struct Part {
    std::string name;
    bool is_file = false;  // it has a file name
  };
  // Callback that gets the bytes of a part in order, first an empty string when the part begins. An error ends the
  // reading. Parts without a name are left out.
  using Take = std::function<Status(const Part& part, std::string_view bytes)>;

  // Creates a reader. `boundary`: the parameter of the content type.
  MultipartReader(std::string_view boundary, Take take);

  // Reads more bytes. Rejected: the headers of a part are longer than 16 KiB. Otherwise the error of `take`. After an
  // error, every call returns it.
  Status Append(std::string_view bytes);
  // Checks that the body is complete. Call it after the last byte. Rejected: the body has no boundary, or is cut off.
  Status Finish();

 private:
  enum class State : uint8_t { kPreamble, kDelimiter, kHeaders, kValue, kEnd };

  // Reads what it can of the buffer, as do the four below. False: it needs more bytes.
  Result<bool> Step();
  Result<bool> SkipPreamble();
  Result<bool> ReadDelimiter();
  Result<bool> ReadHeader();
  Result<bool> ReadValue();
  // Reads a line, without its end. nullopt: the line is not complete.
  std::optional<std::string> TakeLine();
  std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }
  Status Give(std::string_view bytes) const;

  const std::string delimiter_;  // with the line end before it
  const Take take_;
  // Bytes that have arrived and are not read, from `begin_` on. The line end allows the delimiter to begin the body.
  std::string buffer_ = "\n";
  size_t begin_ = 0;
  size_t before_ = 0;  // bytes from `begin_` on that do not belong to the value
  size_t header_bytes_ = 0;
  State state_ = State::kPreamble;
  Part part_;
  bool has_name_ = false;
  Status status_;
};

}  // namespace leadpulse::http
