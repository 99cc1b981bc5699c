// A text that is never shown: a password, a key.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace leadpulse::config {

// Only Reveal() returns the text, so that it gets into no message, log or dump by mistake.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  // To pass the text on: to librdkafka, to the hash of erased leads.
  const std::string& Reveal() const { return text_; }

  friend std::ostream& operator<<(std::ostream& out, const Secret& secret) {
    return out << (secret.empty() ? "(no secret)" : "(a secret)");
  }

 private:
  std::string text_;
};

}  // namespace leadpulse::config
