// A string that is never shown: a password, a key.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace leadpulse::config {

// A secret string. Only Reveal() returns it, so that no message, log or dump contains it by mistake.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  // Returns the string, to pass it on: to librdkafka, to the hash of erased leads.
  const std::string& Reveal() const { return text_; }

  friend std::ostream& operator<<(std::ostream& out, const Secret& secret) {
    return out << (secret.empty() ? "(no secret)" : "(a secret)");
  }

 private:
  std::string text_;
};

}  // namespace leadpulse::config
