#include "processor/serve/access/audit_chain.h"

#include "processor/serve/access/secrets.h"

namespace leadpulse::access {
namespace {

void AppendNumber(int64_t number, std::string* bytes) {
  for (int shift = 56; shift >= 0; shift -= 8) *bytes += static_cast<char>(static_cast<uint64_t>(number) >> shift);
}

// With the length first, so that no two lists of texts have the same bytes.
void AppendText(std::string_view text, std::string* bytes) {
  AppendNumber(static_cast<int64_t>(text.size()), bytes);
  *bytes += text;
}

}  // namespace

std::string ChainBeginning() { return std::string(kHashBytes, '\0'); }

std::string ChainAfter(std::string_view before, int64_t number, const AuditEntry& entry, std::string_view subject_hash,
                       std::string_view key) {
  std::string bytes(before);
  AppendNumber(number, &bytes);
  AppendNumber(entry.at.millis, &bytes);
  for (const std::string_view text : {std::string_view(entry.who), std::string_view(entry.tenant),
                                      std::string_view(entry.action), subject_hash, std::string_view(entry.outcome)}) {
    AppendText(text, &bytes);
  }
  return HashOf(bytes, key);
}

std::string SubjectHashOf(std::string_view tenant, std::string_view subject, std::string_view key) {
  std::string bytes;
  AppendText(tenant, &bytes);
  AppendText(subject, &bytes);
  return HashOf(bytes, key);
}

std::string SealOf(int64_t lines, std::string_view chain, std::string_view key) {
  std::string bytes = "head";
  AppendNumber(lines, &bytes);
  AppendText(chain, &bytes);
  return HashOf(bytes, key);
}

}  // namespace leadpulse::access
