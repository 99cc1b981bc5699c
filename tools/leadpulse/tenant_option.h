// `--tenant T`, of the commands that make records and so say whose they are.
#pragma once

#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

// Required, and a name that a run takes: of another one each record would be a dead letter.
void AddTenantOption(CLI::App* command, std::string* tenant);

}  // namespace leadpulse::tools
