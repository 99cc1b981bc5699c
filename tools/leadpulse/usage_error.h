// What to say about a command line that cannot be parsed.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace leadpulse::tools {

// One or two lines: what is wrong, the nearest option or command, how to get help.
std::string RenderUsageError(const CLI::App& program, const CLI::ParseError& error);

}  // namespace leadpulse::tools
