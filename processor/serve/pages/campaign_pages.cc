#include "processor/serve/pages/campaign_pages.h"

#include <string>

#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_answers.h"

namespace leadpulse::serve {
namespace {

using webhooks::Json;

constexpr size_t kMostCards = 200;  // on a page

PageData CampaignCard(const Json& campaign) {
  PageData card = DataOf(campaign);
  card["query"] = PageData(QueryOf({{"where", "IN CAMPAIGN " + rules::QuoteString(campaign["id"].text())}}));
  return card;
}

}  // namespace

http::Answer ShowCampaigns(const PageRequest& request) {
  LP_ASSIGN_OR_ANSWER(const Json list, JsonOrPage({.action = "campaign.list"}, request, "Campaigns"));
  const std::string wanted = FoldCase(TrimAsciiSpace(request.Parameter("name")));
  kainjow::mustache::list cards;
  size_t found = 0;
  for (const Json& campaign : list["campaigns"].elements()) {
    if (FoldCase(campaign["id"].text()).find(wanted) == std::string::npos) continue;
    if (++found <= kMostCards) cards.push_back(CampaignCard(campaign));
  }
  PageData data = NewPage(request, "Campaigns");
  ShowMissing(list, &data);
  data["name"] = TextData(request.Parameter("name"));
  data["found"] = PageData(std::to_string(found));
  data["has_more"] = PageData(found > kMostCards);
  data["most"] = PageData(std::to_string(kMostCards));
  data["has_others"] = PageData(!list["others"].members().empty());
  data["has_cards"] = PageData(!cards.empty());
  data["cards"] = PageData(cards);
  return Page(http::kOk, "campaigns", data);
}

}  // namespace leadpulse::serve
