// Makes random spellings of addresses: letter case, NFD, full width, IDN in both forms, dots, marks and outer spaces.
#pragma once

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/utf8.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace leadpulse::testing {

// Labels with an ASCII form that another program computed.
inline const std::vector<std::pair<std::string, std::string>> kAddressLabels = {
    {"b\u00fccher", "xn--bcher-kva"},
    {"\u00e9cole", "xn--cole-9oa"},
    {"\u043f\u0440\u0438\u043c\u0435\u0440", "xn--e1afmkfd"},
    {"\u4f8b\u3048", "xn--r8jz45g"},
    {"\u03c0\u03b1\u03c1\u03ac\u03b4\u03b5\u03b9\u03b3\u03bc\u03b1", "xn--hxajbheg2az3al"},
    {"\u0645\u062b\u0627\u0644", "xn--mgbh0fb"},
    {"\uc2e4\ub840", "xn--9n2bp8q"},
    {"fa\u00df", "xn--fa-hia"},
    {"plain", "plain"},
    {"mail-1", "mail-1"},
};
inline const std::vector<std::string> kAddressLocals = {"ann",      "ann.b",   "j\u00f6rg", "\u0438\u0432\u0430\u043d",
                                                        "o'neil+n", "\u1e96x", "\u4e00"};

class AddressSpellings {
 public:
  explicit AddressSpellings(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }

  // Makes the normal form of a mailbox and another spelling of it.
  std::pair<std::string, std::string> Make() {
    const std::string& local = kAddressLocals[Below(kAddressLocals.size())];
    std::string normal = local + "@", spelled = Spell(local) + "@";
    const size_t labels = 1 + Below(3);
    for (size_t i = 0; i < labels; ++i) {
      if (i > 0) normal += ".", spelled += Dot();
      const auto& [text, ascii] = kAddressLabels[Below(kAddressLabels.size())];
      normal += ascii, spelled += Below(2) == 0 ? SpellAscii(ascii) : Spell(text);
      if (Below(4) == 0) spelled += "\u200b";
    }
    if (Below(3) == 0) spelled = " \u00a0" + spelled + "\u3000";
    return {normal, spelled};
  }

 private:
  std::string Spell(const std::string& text) {
    const std::string cased = Below(2) == 0 ? Upper(text) : text;
    return Below(2) == 0 ? Nfd(cased) : cased;
  }
  std::string SpellAscii(const std::string& ascii) {
    const size_t way = Below(3);
    return way == 0 ? Upper(ascii) : way == 1 ? FullWidth(ascii) : ascii;
  }
  std::string Dot() {
    const std::vector<std::string> dots = {".", "\u3002", "\uff0e", "\uff61"};
    return dots[Below(dots.size())];
  }

  static std::string Nfd(const std::string& text) {
    UErrorCode error = U_ZERO_ERROR;
    std::string decomposed;
    icu::StringByteSink<std::string> sink(&decomposed);
    icu::Normalizer2::getNFDInstance(error)->normalizeUTF8(0, text, sink, nullptr, error);
    if (U_FAILURE(error)) decomposed = text;
    return decomposed;
  }
  static std::string FullWidth(const std::string& ascii) {
    std::string wide;
    for (const char c : ascii) {
      char bytes[U8_MAX_LENGTH];
      int32_t length = 0;
      U8_APPEND_UNSAFE(bytes, length, c - '!' + 0xff01);
      wide.append(bytes, length);
    }
    return wide;
  }
  static std::string Upper(std::string ascii) {
    for (char& c : ascii) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return ascii;
  }

  std::mt19937_64 random_;
};

}  // namespace leadpulse::testing
