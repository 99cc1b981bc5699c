// Reads numbers separated by single spaces: the form of the small entries in the store's meta.
#pragma once

#include <charconv>
#include <string_view>
#include <system_error>

namespace leadpulse {

class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  // Reads the whole next field. After the first field that is not such a number, all calls fail.
  template <typename Number>
  bool Next(Number* number, int base = 10) {
    std::string_view field = rest_.substr(0, rest_.find(' '));
    auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), *number, base);
    good_ = good_ && error == std::errc() && end == field.data() + field.size();
    rest_.remove_prefix(field.size() < rest_.size() ? field.size() + 1 : rest_.size());
    return good_;
  }
  bool NextFlag(bool* flag) {
    int number = 0;
    good_ = Next(&number) && (number == 0 || number == 1);
    *flag = number == 1;
    return good_;
  }
  // Whether the next field is `version`, the first field of every entry.
  bool NextIs(int version) {
    int number = 0;
    good_ = Next(&number) && number == version;
    return good_;
  }
  // Whether everything was read and was valid.
  bool Done() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace leadpulse
