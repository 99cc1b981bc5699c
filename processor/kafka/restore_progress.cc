#include "processor/kafka/restore_progress.h"

#include <cmath>

namespace leadpulse::kafka {
namespace {

double Seconds(std::chrono::steady_clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

std::optional<std::string> RestoreProgress::Note(uint64_t done, uint64_t left, Time now) {
  if (!first_ || done < last_.done) first_ = last_ = {done, now};
  if (now - last_.at < kInterval) return std::nullopt;
  std::string text = std::to_string(done) + " of " + std::to_string(done + left) + " offsets of lead.state done, " +
                     std::to_string(left) + " left, ";
  if (done == last_.done) {
    text += "nothing came for " + std::to_string(std::lround(Seconds(now - last_.at))) + " s";
  } else {
    const double pace = static_cast<double>(done - first_->done) / Seconds(now - first_->at);
    text += "about " + std::to_string(std::lround(static_cast<double>(left) / pace)) + " s to go";
  }
  last_ = {done, now};
  return text;
}

}  // namespace leadpulse::kafka
