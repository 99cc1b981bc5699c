// A text that nobody is shown: a password, a key.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace leadpulse::config {

// Gives its text to Reveal() only, so that none gets into a message, a log or a dump by mistake.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  // For whoever hands it on: to librdkafka, to the hash of erased leads.
  const std::string& Reveal() const { return text_; }

  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Secret& secret) {
    return out << (secret.empty() ? "(no secret)" : "(a secret)");
  }

 private:
  std::string text_;
};

}  // namespace leadpulse::config
