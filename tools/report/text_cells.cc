#include "tools/report/text_cells.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "processor/query/report/campaign_counts.h"

namespace leadpulse::report {
namespace {

constexpr std::array<std::string_view, 4> kShades = {"█", "▒", "░", "▓"};

std::string Repeated(std::string_view text, size_t times) {
  std::string repeated;
  for (size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

// Returns the end of the text, no wider than `width`.
std::string_view EndOf(std::string_view text, size_t width) {
  const auto is_inside = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  while (tools::DisplayWidth(text) > width) {
    do {
      text.remove_prefix(1);
    } while (!text.empty() && is_inside(text.front()));
  }
  return text;
}

}  // namespace

std::string NameCell(std::string_view name, size_t width) {
  return tools::PaddedToWidth(tools::CutToWidth(DisplayableLine(name), width), width);
}

std::string LongNameCell(std::string_view name, size_t width) {
  const std::string line = DisplayableLine(name);
  if (tools::DisplayWidth(line) <= width) return tools::PaddedToWidth(line, width);
  const std::string beginning = tools::CutToWidth(line, width / 2 + 1);
  return tools::PaddedToWidth(beginning + std::string(EndOf(line, width - tools::DisplayWidth(beginning))), width);
}

std::string Bar(uint64_t part, uint64_t whole, size_t width) {
  static constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double share = std::min(Ratio(part, whole).value_or(0), 1.0);
  if (share == 0) return "";
  const auto eighths = std::max<size_t>(1, static_cast<size_t>(std::lround(share * static_cast<double>(width) * 8)));
  return Repeated("█", eighths / 8) + std::string(kEighths[eighths % 8]);
}

std::string_view ShadeOf(size_t part) { return kShades[part % kShades.size()]; }

std::string StackedBar(const std::vector<int64_t>& parts, int64_t whole, size_t width) {
  std::string bar;
  int64_t passed = 0;
  size_t drawn = 0;
  for (size_t i = 0; i < parts.size() && whole > 0; ++i) {
    passed += std::max<int64_t>(parts[i], 0);
    const double end = static_cast<double>(passed) / static_cast<double>(whole) * static_cast<double>(width);
    const size_t columns = std::max(drawn, std::min(width, static_cast<size_t>(std::lround(end))));
    bar += Repeated(ShadeOf(i), columns - drawn);
    drawn = columns;
  }
  return bar;
}

std::string Wrapped(std::string_view sentence, size_t indent) {
  std::string text;
  std::string line(indent, ' ');
  while (!sentence.empty()) {
    const std::string_view word = sentence.substr(0, sentence.find(' '));
    sentence.remove_prefix(std::min(sentence.size(), word.size() + 1));
    const bool first = line.size() == indent;
    if (!first && tools::DisplayWidth(line) + 1 + tools::DisplayWidth(word) > kTextColumns) {
      text += TextLine(line);
      line = std::string(indent, ' ') + std::string(word);
    } else {
      line += (first ? "" : " ") + std::string(word);
    }
  }
  return text + TextLine(line);
}

}  // namespace leadpulse::report
