// What several options say of values that they do not take.
#pragma once

#include <string>

namespace CLI {
class Validator;
}  // namespace CLI

namespace leadpulse::tools {

// For CLI11: nothing where the value is taken, or else the complaint.
std::string CheckWholeNumber(const std::string& text);  // of at most 64 bits
std::string CheckNotEmpty(const std::string& text);

// One of CLI11's own without its bounds beside the option's name: the help says them in words.
CLI::Validator Unnamed(CLI::Validator validator);

}  // namespace leadpulse::tools
