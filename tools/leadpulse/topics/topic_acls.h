// The access rules of a deployment's topics, as lines of Kafka's `kafka-acls.sh`.
#pragma once

#include <string>

#include "config/settings.h"

namespace leadpulse::tools {

// Kafka's names of the users, such as `User:leadpulse`.
struct TopicUsers {
  std::string run;
  std::string producer;
  std::string consumer;
  std::string operators;  // of those who type `leadpulse topics`, `doctor` and `definitions apply`
};

// Returns the lines to paste, each with a comment that says what it is for.
std::string AclLines(const config::Settings& settings, const TopicUsers& users);

}  // namespace leadpulse::tools
