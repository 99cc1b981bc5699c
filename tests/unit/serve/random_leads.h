// Random records of leads and random queries, from a seed.
#pragma once

#include <cstdint>
#include <cstdio>
#include <iterator>
#include <random>
#include <string>

#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

// A writer of random records, in the order of time.
class RandomWriter {
 public:
  explicit RandomWriter(uint32_t seed) : dice_(seed) {}

  void UseLeads(int count) { leads_ = count; }
  std::string Records(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += Record() + "\n";
    return lines;
  }

 private:
  int Up(int end) { return static_cast<int>(dice_() % static_cast<unsigned>(end)); }
  template <size_t N>
  const char* One(const char* const (&of)[N]) {
    return of[dice_() % N];
  }

  template <size_t N>
  const std::string& One(const std::string (&of)[N]) {
    return of[dice_() % N];
  }

  // Returns a text with more words than the index has terms for.
  static std::string ManyWords() {
    std::string text;
    for (int i = 0; i < 1'100; ++i) text += "w" + std::to_string(i) + " ";
    return text + "Ende";
  }

  std::string Time() {
    ++number_;
    char text[32];
    std::snprintf(text, sizeof text, "2026-%02d-%02dT%02d:%02d:00Z", 1 + number_ / 1440 / 25 % 12,
                  1 + number_ / 1440 % 25, number_ / 60 % 24, number_ % 60);
    return text;
  }
  std::string Lead() {
    const int lead = Up(leads_);
    return lead % 5 == 0 ? "p" + std::to_string(lead) + "@X.org" : "lead-" + std::to_string(lead);
  }

  std::string Record() {
    const std::string at = Time(), id = std::to_string(number_);
    const std::string tenant = Up(20) == 0 ? "blue" : "acme";
    if (Up(3) > 0) {
      static constexpr const char* kTypes[] = {"OPEN", "OPEN", "CLICK", "SENT", "DELIVERED", "UNSUBSCRIBE", "BOUNCE"};
      static constexpr const char* kCampaigns[] = {"", "", R"(,"campaignId":"spring")", R"(,"campaignId":"fall")",
                                                   R"(,"campaignId":"spring","machine":true)"};
      return R"({"event":{"tenantId":")" + tenant + R"(","leadId":")" + Lead() + R"(","eventId":"e)" + id +
             R"(","type":")" + One(kTypes) + R"(","occurredAt":")" + at + "\"" + One(kCampaigns) + "}}";
    }
    static const std::string kActions[] = {
        R"("updateProfile":{"set":{"industry":"SaaS"}})",
        R"("updateProfile":{"set":{"industry":"saas","name":"Ann von Bern"}})",
        R"("updateProfile":{"set":{"industry":"Retail","employees":7}})",
        R"("updateProfile":{"set":{"first_name":"Änn","last_name":"Lee"}})",
        R"("updateProfile":{"set":{"job_title":"Head of Sales","company":"O'Brien-Müller & Søn"}})",
        R"("updateProfile":{"set":{"last_name":"O’Brien","location":["Genève","東京都"]}})",
        R"("updateProfile":{"set":{"phone":"+49 (0)151 234-56.78"}})",
        R"("updateProfile":{"set":{"email":"jane.doe@Bücher.example"}})",
        R"("updateProfile":{"set":{"motto":"nameofmorethansixtyfourbytesanameofmorethansixtyfourbytesanameofmorethanx"}})",
        R"("updateProfile":{"set":{"bio":")" + ManyWords() + R"("}})",
        R"("updateProfile":{"unset":["bio","phone","company"]})",
        R"("updateProfile":{"set":{"city":"Bern","phone":4179}})",
        R"("updateProfile":{"set":{"city":5,"phone":"+41 79"}})",
        R"("updateProfile":{"unset":["industry"]})",
        R"("updateProfile":{"set":{"email":"shared@x.org"}})",
        R"("updateProfile":{"set":{"city":"A place with a name of more than sixty-four bytes, which is a long one"}})",
        R"("editTags":{"add":["VIP"]})",
        R"("editTags":{"remove":["vip"]})",
        R"("editLists":{"add":["News"]})",
        R"("editCampaigns":{"assign":["spring"]})",
        R"("editCampaigns":{"remove":["SPRING"]})",
        R"("assignAgent":{"agentId":"ben"})",
        R"("assignAgent":{"agentId":"Ben"})",
        R"("assignAgent":{"agentId":""})",
        R"("setStage":{"stage":"QUALIFIED"})",
        R"("setStage":{"stage":"CONTACTED"})",
        R"("setStage":{"stage":"LOST"})",
        R"("setDoNotContact":{"value":true})",
        R"("setDoNotContact":{"value":false})",
        R"("erase":{})"};
    return R"({"command":{"tenantId":")" + tenant + R"(","leadId":")" + Lead() + R"(","commandId":"c)" + id +
           R"(","issuedAt":")" + at + R"(",)" + One(kActions) + "}}";
  }

  std::mt19937 dice_;
  int number_ = 0;
  int leads_ = 150;
};

// Conditions of random rules.
inline constexpr const char* kTests[] = {
    R"(stage IS "qualified")",
    R"(stage IN ("new", "lost"))",
    R"(stage IS NOT "new")",
    R"(tier IS "HOT")",
    R"(tier IS "cold")",
    R"(status IS "unsubscribed")",
    R"(email_status IS "active")",
    "sendable IS true",
    "sendable IS NOT true",
    "do_not_contact IS false",
    R"(agent IS "BEN")",
    "agent IS SET",
    "agent IS NOT SET",
    R"(HAS TAG "Vip")",
    R"(IN LIST "news")",
    R"(IN CAMPAIGN "SPRING")",
    R"(DID open CAMPAIGN "spring")",
    R"(DID ANY click CAMPAIGN "SPRING" >= 2 TIMES)",
    R"(DID send CAMPAIGN "fall" = 0 TIMES)",
    R"(DID MACHINE open CAMPAIGN "spring" IN LAST 20 days)",
    R"(DID bounce CAMPAIGN "fall" < 2 TIMES)",
    R"(IN SEGMENT "openers")",
    R"(IN SEGMENT "saas")",
    "score >= 2",
    "score < 2.5",
    "score = 9",
    "score BETWEEN 1 AND 8",
    "score NOT BETWEEN 1 AND 8",
    R"(industry IS "SAAS")",
    R"(industry IS NOT "SaaS")",
    R"(industry IN ("saas", "retail"))",
    "industry IS SET",
    "employees > 5",
    "employees = 7",
    R"(city IS "bern")",
    R"(city IS "5")",
    "city = 5",
    R"(city CONTAINS "er")",
    R"(name STARTS WITH "ann v")",
    R"(name CONTAINS " ber")",
    R"(name CONTAINS "nn")",
    R"(first_name IS "änn")",
    R"(first_name STARTS WITH "Ä")",
    R"(NOT first_name STARTS WITH "x")",
    R"(last_name IS "lee")",
    R"(phone STARTS WITH "+41")",
    R"(phone IS "4179")",
    "phone = 4179",
    R"(email STARTS WITH "p1")",
    R"(email IS "SHARED@x.org")",
    R"(email CONTAINS "@x.org")",
    R"(name STARTS WITH "")",
    R"(email STARTS WITH "jane.d")",
    R"(email IS "jane.doe@xn--bcher-kva.example")",
    R"(company STARTS WITH "O'Brien-M")",
    R"(company CONTAINS " &")",
    R"(company IS "o'brien-müller & søn")",
    R"(phone STARTS WITH "+49 (0)1")",
    R"(HAS WORDS "ann")",
    R"(HAS WORDS "a")",
    R"(HAS WORDS "ber")",
    R"(HAS WORDS "obrien")",
    R"(HAS WORDS "o'brien")",
    R"(HAS WORDS "obrien muller son")",
    R"(HAS WORDS "son")",
    R"(HAS WORDS "Ann Lee")",
    R"(HAS WORDS "sales")",
    R"(HAS WORDS "geneve")",
    R"(HAS WORDS "京")",
    R"(HAS WORDS "0151 234")",
    R"(HAS WORDS "4151234567")",
    R"(HAS WORDS "151 234")",
    R"(HAS WORDS "41")",
    R"(HAS WORDS "ende")",
    R"(HAS WORDS "bucher")",
    R"(HAS WORDS "xn--bcher")",
    R"(HAS WORDS "p1")",
    R"(HAS WORDS "nameofmorethansixtyfourbytesanameofmorethansixtyfourbytesanameofmorethan")",
    R"(NOT HAS WORDS "x")",
    R"(company HAS WORDS "muller")",
    R"(company HAS WORDS "obrien muller son")",
    R"(company HAS WORDS "O'Brien-Mü")",
    R"(last_name HAS WORDS "o’brien")",
    R"(last_name NOT HAS WORDS "obrien")",
    R"(first_name HAS WORDS "ann")",
    R"(location HAS WORDS "geneve")",
    R"(location HAS WORDS "東")",
    R"(name HAS WORDS "bern")",
    R"(city HAS WORDS "bern")",
    R"(phone HAS WORDS "0151 234")",
    R"(phone HAS WORDS "41")",
    R"(email HAS WORDS "bucher")",
    R"(email HAS WORDS "xn--bcher")",
    R"(email HAS WORDS "p1")",
    R"(bio HAS WORDS "ende")",
    R"(motto HAS WORDS "nameofmorethansixtyfourbytesanameofmorethansixtyfourbytesanameofmorethan")",
    R"(city IS "a place with a name of more than sixty-four bytes, which is a long one")",
    "clicks > 1",
    R"(tags IS "vip")",
    R"(campaigns IN ("spring", "fall"))"};

class RandomAsker {
 public:
  explicit RandomAsker(uint32_t seed) : dice_(seed) {}

  std::string Rule(int depth = 0) {
    const int kind = Up(depth < 3 ? 6 : 1);
    if (kind == 1) return "(" + Rule(depth + 1) + " AND " + Rule(depth + 1) + ")";
    if (kind == 2) return "(" + Rule(depth + 1) + " OR " + Rule(depth + 1) + ")";
    if (kind == 3) return "NOT (" + Rule(depth + 1) + ")";
    return kTests[dice_() % std::size(kTests)];
  }

  v1::FindLeads Find() {
    v1::FindLeads request;
    SetCaller(request.mutable_caller());
    if (Up(12) > 0) request.set_rule(Rule());
    static constexpr const char* kOrders[] = {"", "", "score", "score", "last_name", "stage"};
    request.set_order(kOrders[dice_() % std::size(kOrders)]);
    request.set_descending(!request.order().empty() && Up(2) == 0);
    while (!request.order().empty() && Up(3) == 0 && request.further_orders_size() < 3) {
      v1::SortColumn* further = request.add_further_orders();
      further->set_column(kOrders[2 + dice_() % (std::size(kOrders) - 2)]);
      further->set_descending(Up(2) == 0);
    }
    request.set_limit(static_cast<uint32_t>(1 + Up(Up(2) == 0 ? 5 : 60)));
    request.set_count(Up(2) == 0);
    return request;
  }

  void SetCaller(v1::Caller* caller) {
    caller->set_tenant_id(Up(10) == 0 ? "blue" : "acme");
    if (Up(3) == 0) caller->set_agent_id("ben");
  }
  int Up(int end) { return static_cast<int>(dice_() % static_cast<unsigned>(end)); }

 private:
  std::mt19937 dice_;
};

}  // namespace leadpulse::serve
