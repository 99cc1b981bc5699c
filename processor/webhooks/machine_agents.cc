#include "processor/webhooks/machine_agents.h"

#include <algorithm>

#include "processor/base/text.h"

namespace leadpulse::webhooks {
namespace {

// As they write themselves, in their documentation or in the mail server logs people have published.
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
  for (const std::string& text : texts) folded_.push_back(FoldCase(text));
}

bool MachineAgents::Holds(std::string_view user_agent) const {
  return std::any_of(folded_.begin(), folded_.end(),
                     [&](const std::string& text) { return ContainsFolded(user_agent, text); });
}

}  // namespace leadpulse::webhooks
