#include "processor/files/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "processor/base/clock.h"
#include "processor/base/text.h"

namespace leadpulse::files {
namespace {

constexpr std::chrono::milliseconds kShowEvery{200};
constexpr size_t kDefaultColumns = 80;

size_t ColumnsOf(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kDefaultColumns;
  return size.ws_col;
}

void Show(int descriptor, const std::string& text) {
  // Do not stop if the terminal is gone.
  [[maybe_unused]] ssize_t written = write(descriptor, text.data(), text.size());
}

// Returns `45 s`, `12 min`, `3 h 05 min`.
std::string DescribeLeft(std::chrono::seconds left) {
  if (left < std::chrono::minutes(2)) return std::to_string(left.count()) + " s";
  const int64_t minutes = std::chrono::duration_cast<std::chrono::minutes>(left).count();
  if (minutes < 120) return std::to_string(minutes) + " min";
  const std::string rest = std::to_string(minutes % 60);
  return std::to_string(minutes / 60) + " h " + (rest.size() < 2 ? "0" : "") + rest + " min";
}

}  // namespace

std::string RenderProgress(const Progress& progress, double seconds, size_t columns) {
  std::string line(progress.activity);
  line += "  " + GroupDigits(progress.records) + " records";
  if (seconds >= 1) line += "  " + GroupDigits(static_cast<uint64_t>(progress.records / seconds)) + "/s";
  if (progress.fraction.has_value()) {
    line += "  " + std::to_string(static_cast<int>(std::clamp(*progress.fraction, 0.0, 1.0) * 100)) + " %";
  }
  if (progress.left.has_value()) line += "  " + DescribeLeft(*progress.left) + " left";
  if (!progress.file.empty()) {
    line += "  ";
    for (char c : progress.file) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  if (line.size() > columns) {
    line.resize(columns);
    // Do not cut in the middle of a character.
    while (!line.empty() && !IsUtf8(line)) line.pop_back();
  }
  return line;
}

TerminalProgress::TerminalProgress(int descriptor)
    : descriptor_(descriptor), started_(MonotonicNow()), shown_at_(started_) {}

TerminalProgress::~TerminalProgress() {
  if (shown_) Show(descriptor_, "\r\x1b[K");
}

void TerminalProgress::OnProgress(const Progress& progress) {
  const auto now = MonotonicNow();
  if (now - shown_at_ < kShowEvery) return;
  shown_at_ = now;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  Show(descriptor_, "\r" + RenderProgress(progress, seconds, ColumnsOf(descriptor_) - 1) + "\x1b[K");
}

}  // namespace leadpulse::files
