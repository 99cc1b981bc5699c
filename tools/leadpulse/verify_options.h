// The options that say how posts are signed.
#pragma once

#include <memory>
#include <string>

#include "processor/base/status.h"
#include "processor/webhooks/signature.h"

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

struct VerifyLine {
  webhooks::SignatureKey key;  // its scheme is not set
  std::string scheme = "provider";
};

void DeclareVerifyOptions(CLI::App* command, VerifyLine* line);

// Null if there is no --verify-key. Rejected: the key is not one, or its file cannot be read.
Result<std::unique_ptr<webhooks::SignatureCheck>> MakeCheck(const VerifyLine& line, const std::string& provider);

}  // namespace leadpulse::tools
