#include "processor/bots/machine_agents.h"

#include <algorithm>

#include "processor/base/text.h"

namespace leadpulse::bots {
namespace {

// Shorter strings occur in the names of browsers and systems.
constexpr size_t kLeastBytes = 4;
constexpr size_t kMostBytesOfFile = 1 << 20;
// Nearly every server rejects a request with a longer header; comparing more of it would find nothing.
constexpr size_t kMaxAgentBytes = 8 << 10;

// Returns the names of programs, as they name themselves, in their documentation or in published mail server logs.
const std::vector<std::string>& SelfNamed() {
  static const std::vector<std::string> kTexts = {"barracuda",
                                                  "mimecast",
                                                  "proofpoint",
                                                  "safelinks",
                                                  "microsoft office existence discovery",
                                                  "fortimail",
                                                  "trendmicro",
                                                  "symantec",
                                                  "bitdefender",
                                                  "urlscan",
                                                  "virustotal",
                                                  "headlesschrome",
                                                  "phantomjs",
                                                  "python-requests",
                                                  "python-urllib",
                                                  "aiohttp",
                                                  "go-http-client",
                                                  "okhttp",
                                                  "apache-httpclient",
                                                  "java/",
                                                  "curl/",
                                                  "wget/",
                                                  "libwww-perl",
                                                  "googlebot",
                                                  "adsbot-google",
                                                  "bingbot",
                                                  "bingpreview",
                                                  "slackbot",
                                                  "twitterbot",
                                                  "linkedinbot",
                                                  "facebookexternalhit",
                                                  "whatsapp/",
                                                  "telegrambot",
                                                  "discordbot",
                                                  "applebot",
                                                  "crawler",
                                                  "spider"};
  return kTexts;
}

}  // namespace

MachineAgents::MachineAgents() : MachineAgents(SelfNamed()) {}

MachineAgents::MachineAgents(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const bool whole = text.starts_with('=');
    (whole ? whole_folded_ : folded_).push_back(FoldCase(text.substr(whole ? 1 : 0)));
  }
}

Result<MachineAgents> MachineAgents::Read(std::string_view file, KnownAgents known) {
  if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);  // byte order mark that some editors write
  if (file.size() > kMostBytesOfFile) return Status::Rejected("it is over 1 MiB");
  if (!IsUtf8(file)) return Status::Rejected("it is not UTF-8");
  std::vector<std::string> texts;
  if (known == KnownAgents::kToo) texts = SelfNamed();
  for (size_t line = 1; !file.empty(); ++line) {
    const size_t end = std::min(file.find('\n'), file.size());
    const std::string_view text = TrimAsciiSpace(file.substr(0, end));
    file.remove_prefix(std::min(end + 1, file.size()));
    if (text.empty() || text.starts_with('#')) continue;
    if (text.size() < kLeastBytes) {
      return Status::Rejected("line " + std::to_string(line) + ": `" + std::string(text) +
                              "` is in many a person's user agent; write at least " + std::to_string(kLeastBytes) +
                              " characters");
    }
    texts.emplace_back(text);
  }
  return MachineAgents(texts);
}

bool MachineAgents::Holds(std::string_view user_agent) const {
  const std::string folded = FoldCase(user_agent.substr(0, kMaxAgentBytes));
  return std::ranges::any_of(folded_,
                             [&](const std::string& text) { return folded.find(text) != std::string::npos; }) ||
         std::ranges::find(whole_folded_, folded) != whole_folded_.end();
}

}  // namespace leadpulse::bots
