// What bounces and withheld mail mean, for every provider.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "processor/base/mail_reasons.h"
#include "processor/webhooks/event_collector.h"
#include "tests/webhooks/webhook_cases.h"

namespace leadpulse::webhooks::webhook_meanings_test {

Result<Conversion> Convert(const Provider& provider, const std::string& body) {
  ConversionOptions options;
  options.tenant = "acme";
  return provider.Convert({.body = body, .received_at = kReceivedAt}, options);
}

// Returns `hard`, `soft`, the type of another event, or `nothing`.
std::string Meaning(const Result<Conversion>& converted) {
  if (!converted.ok()) return converted.status().message();
  if (converted->events.empty()) return converted->skipped.size() == 1 ? "nothing" : "not counted";
  const codec::Event& event = converted->events.front();
  if (event.type != EventType::kBounce) return std::string(EventTypeName(event.type)) + event.topic;
  return event.bounce_kind == BounceKind::kHard ? "hard" : "soft";
}

// Makes the post of one event of a provider, of its documented shape, from the members that matter.
using Post = std::function<std::string(const std::string& members)>;

const std::map<std::string, Post>& Posts() {
  static const std::map<std::string, Post> kPosts = {
      {"sendgrid",
       [](const std::string& members) {
         return R"([{"email":"a@b.c","timestamp":1772282461,"asm_group_id":7,"sg_event_id":"1",)" + members + "}]";
       }},
      {"amazon-ses",
       [](const std::string& members) {
         return R"({"eventType":"Bounce","mail":{"destination":["a@b.c"]},"bounce":{)"
                R"("timestamp":"2026-02-28T12:41:05.101Z","feedbackId":"1",)" +
                members + "}}";
       }},
      {"postmark",
       [](const std::string& members) {
         return R"({"RecordType":"Bounce","ID":1,"Email":"a@b.c","MessageStream":"news",)"
                R"("BouncedAt":"2026-02-28T12:41:20Z",)" +
                members + "}";
       }},
      {"mailgun",
       [](const std::string& members) {
         return R"({"event-data":{"event":"failed","recipient":"a@b.c","id":"1","timestamp":1772282461.1,)" + members +
                "}}";
       }},
      {"mandrill",
       [](const std::string& members) {
         return R"([{"ts":1772282461,"_id":"1",)" + members.substr(0, members.find('|')) +
                R"(,"msg":{"email":"a@b.c","_id":"1",)" + members.substr(members.find('|') + 1) + "}}]";
       }},
      {"sparkpost",
       [](const std::string& members) {
         return R"([{"msys":{"message_event":{"rcpt_to":"a@b.c","event_id":"1","timestamp":"1772282461",)" + members +
                "}}}]";
       }},
      {"brevo",
       [](const std::string& members) {
         return R"({"email":"a@b.c","message-id":"<1@b.c>","ts_epoch":1772282473993,)" + members + "}";
       }},
      {"mailjet",
       [](const std::string& members) {
         return R"({"email":"a@b.c","time":1772282463,"MessageID":1,"mj_list_id":7,)" + members + "}";
       }},
      {"resend",
       [](const std::string& members) {
         return R"({"created_at":"2026-02-28T12:41:05.101Z",)" + members.substr(0, members.find('|')) +
                R"(,"data":{"email_id":"1","to":["a@b.c"],)" + members.substr(members.find('|') + 1) + "}}";
       }},
      {"mailersend",
       [](const std::string& members) {
         return R"({"created_at":"2026-02-28T12:42:13.000000Z",)" + members.substr(0, members.find('|')) +
                R"(,"data":{"id":"1","recipient":"a@b.c","meta":{)" + members.substr(members.find('|') + 1) + "}}}";
       }},
      {"mailtrap",
       [](const std::string& members) {
         return R"({"events":[{"email":"a@b.c","event_id":"1","timestamp":1772282461,)" + members + "}]}";
       }},
  };
  return kPosts;
}

struct Example {
  std::string provider, members, meaning;
};

std::vector<Example> AutomaticReplies() {
  const std::string out = R"("bouncedRecipients":[{"emailAddress":"a@b.c"}])";
  const std::string failed =
      R"("bouncedRecipients":[{"emailAddress":"a@b.c","action":"failed","status":"4.4.7","diagnosticCode":"smtp; 554"}])";
  const std::string general = R"("bounceType":"Transient","bounceSubType":"General",)";
  return {
      {"amazon-ses", general + out, "nothing"},
      {"amazon-ses", general + failed, "soft"},
      {"amazon-ses", R"("bounceType":"Transient","bounceSubType":"MailboxFull",)" + out, "soft"},
      {"resend", R"("type":"email.bounced"|"bounce":{"type":"Transient","subType":"General","message":"…"})",
       "nothing"},
      {"postmark", R"("Type":"AutoResponder","TypeCode":64)", "nothing"},
      {"sparkpost", R"("type":"out_of_band","bounce_class":"60")", "nothing"},
      {"sparkpost", R"("type":"bounce","bounce_class":"100")", "nothing"},
      {"sendgrid", R"("event":"bounce","type":"bounce","reason":"Automatic reply: Out of office")", "nothing"},
      {"mailgun", R"("severity":"permanent","delivery-status":{"message":"Auto-Reply: back on Monday"})", "nothing"},
      {"mandrill", R"("event":"soft_bounce"|"bounce_description":"general","diag":"out-of-office reply")", "nothing"},
      {"brevo", R"("event":"soft_bounce","reason":"autoresponder")", "nothing"},
      {"mailjet", R"("event":"bounce","hard_bounce":false,"comment":"auto reply")", "nothing"},
      {"mailersend", R"("type":"activity.soft_bounced"|"bounce_reason":"Out of office")", "nothing"},
      {"mailtrap", R"("event":"soft bounce","bounce_category":"autoreply")", "nothing"},
  };
}

std::vector<Example> Withheld() {
  return {
      {"sendgrid", R"("event":"dropped","reason":"Unsubscribed Address")", "unsubscribe"},
      {"sendgrid", R"("event":"dropped","reason":"Bounced Address","status":"5.0.0")", "hard"},
      {"sendgrid", R"("event":"dropped","reason":"Spam Reporting Address")", "complaint"},
      {"sendgrid", R"("event":"dropped","reason":"Invalid")", "hard"},
      {"sendgrid", R"("event":"dropped","reason":"Invalid SMTPAPI header")", "nothing"},
      {"sendgrid", R"x("event":"dropped","reason":"Spam Content (if spam checker app is enabled)")x", "nothing"},
      {"sendgrid", R"("event":"dropped","reason":"Recipient List over Package Quota")", "nothing"},
      {"mailgun", R"("severity":"permanent","reason":"suppress-unsubscribe","delivery-status":{"code":606})",
       "unsubscribe"},
      {"mailgun", R"("severity":"permanent","reason":"suppress-bounce","delivery-status":{"code":605})", "hard"},
      {"mailgun", R"("severity":"permanent","reason":"suppress-complaint","delivery-status":{"code":607})",
       "complaint"},
      {"mailgun", R"("severity":"permanent","delivery-status":{"code":606})", "unsubscribe"},
      {"mailgun", R"("severity":"permanent","delivery-status":{"code":625})", "nothing"},
      {"postmark", R"("Type":"ManuallyDeactivated")", "unsubscribe"},
      {"postmark", R"("Type":"InactiveRecipient")", "unsubscribe"},
      {"postmark", R"("Type":"SpamComplaint")", "complaint"},
      {"postmark",
       R"("Type":"SMTPApiError","Details":"You tried to send to a recipient that has been marked as inactive. )"
       R"(Inactive recipients are ones that have generated a hard bounce or a spam complaint.")",
       "unsubscribe"},
      {"postmark", R"("Type":"SMTPApiError","Details":"The 'From' address is not a sender signature.")", "nothing"},
      {"mandrill", R"("event":"reject"|"state":"rejected","reject":{"reason":"hard-bounce"})", "hard"},
      {"mandrill", R"("event":"reject"|"state":"rejected","reject":{"reason":"soft-bounce"})", "nothing"},
      {"mandrill", R"("event":"reject"|"state":"rejected","reject":{"reason":"spam"})", "complaint"},
      {"mandrill", R"("event":"reject"|"state":"rejected","reject":{"reason":"unsub"})", "unsubscribe"},
      {"mandrill", R"("event":"reject"|"state":"rejected","reject":{"reason":"custom"})", "unsubscribe"},
      {"mandrill", R"("event":"reject"|"state":"rejected","reject":{"reason":"invalid"})", "hard"},
      {"mandrill", R"("event":"reject"|"state":"rejected","reject":{"reason":"invalid-sender"})", "nothing"},
      {"mandrill", R"("event":"reject"|"state":"rejected","reject":{"reason":"test-mode-limit"})", "nothing"},
      {"mandrill", R"("event":"reject"|"state":"rejected","reject":{"reason":"rule"})", "nothing"},
  };
}

std::vector<Example> MoreWithheld() {
  return {
      {"brevo", R"("event":"blocked","reason":"blocked : due to unsubscribed user")", "unsubscribe"},
      {"brevo", R"("event":"blocked","reason":"blocked : due to blacklist user")", "unsubscribe"},
      {"brevo", R"("event":"blocked","reason":"hardBounce")", "hard"},
      {"brevo", R"("event":"blocked","reason":"contactFlaggedAsSpam")", "complaint"},
      {"brevo", R"("event":"blocked")", "unsubscribe"},
      {"brevo", R"("event":"blocked","reason":"soft_bounce")", "nothing"},
      {"mailjet", R"("event":"blocked","error_related_to":"mailjet","error":"preblocked")", "hard"},
      {"mailjet", R"("event":"blocked","error_related_to":"recipient","error":"blacklisted")", "unsubscribe"},
      {"mailjet", R"("event":"blocked","error_related_to":"recipient","error":"spam reporter")", "complaint"},
      {"mailjet", R"("event":"blocked","error_related_to":"mailjet","error":"duplicate in campaign")", "nothing"},
      {"mailjet", R"("event":"blocked","error_related_to":"content","error":"error in template language")", "nothing"},
      {"sparkpost",
       R"("type":"policy_rejection","bounce_class":"25","raw_reason":)"
       R"x("554 5.7.1 recipient address was suppressed due to customer policy (Unsubscribe Rule)")x",
       "unsubscribe"},
      {"sparkpost",
       R"("type":"bounce","bounce_class":"25","raw_reason":)"
       R"x("554 5.7.1 recipient address was suppressed due to customer policy (Bounce Rule)")x",
       "hard"},
      {"sparkpost",
       R"("type":"bounce","bounce_class":"25","raw_reason":)"
       R"x("554 5.7.1 recipient address was suppressed due to customer policy (Spam Complaint)")x",
       "complaint"},
      {"sparkpost",
       R"("type":"generation_rejection","raw_reason":"554 5.7.1 recipient address suppressed due to customer policy")",
       "unsubscribe"},
      {"sparkpost",
       R"("type":"policy_rejection","raw_reason":"554 5.7.1 recipient address was suppressed due to system policy")",
       "hard"},
      {"sparkpost", R"("type":"policy_rejection","raw_reason":"550 5.7.1 the sending domain is on a blacklist")",
       "nothing"},
      {"resend", R"("type":"email.suppressed"|"suppressed":{"type":"OnAccountSuppressionList","message":"…"})", "hard"},
      {"mailersend", R"("type":"activity.suppressed"|"suppression_reason":"unsubscribed")", "unsubscribe"},
      {"mailersend", R"("type":"activity.suppressed"|"suppression_reason":"hard_bounced")", "hard"},
      {"mailersend", R"("type":"activity.suppressed"|"suppression_reason":"spam_complaint")", "complaint"},
      {"mailersend", R"("type":"activity.suppressed"|"suppression_reason":"on_hold")", "nothing"},
      {"mailtrap", R"("event":"reject","reason":"Recipient in suppression list. Reason: unsubscription")",
       "unsubscribe"},
      {"mailtrap", R"("event":"reject","reason":"Recipient in suppression list. Reason: hard bounce")", "hard"},
      {"mailtrap", R"("event":"reject","reason":"Recipient in suppression list. Reason: spam complaint")", "complaint"},
      {"mailtrap", R"("event":"reject","reason":"unknown")", "nothing"},
      {"amazon-ses",
       R"("bounceType":"Permanent","bounceSubType":"OnAccountSuppressionList",)"
       R"("bouncedRecipients":[{"emailAddress":"a@b.c","status":"5.1.1"}])",
       "hard"},
  };
}

void ExpectMeanings(const std::vector<Example>& examples) {
  std::set<std::string> providers;
  for (const Example& example : examples) {
    const std::string body = Posts().at(example.provider)(example.members);
    EXPECT_EQ(Meaning(Convert(*FindProvider(example.provider), body)), example.meaning) << body;
    providers.insert(example.provider);
  }
  EXPECT_EQ(providers.size(), Providers().size());
}

TEST(MeaningsTest, AnAutomaticReplyIsNoBounce) { ExpectMeanings(AutomaticReplies()); }

TEST(MeaningsTest, WithheldMailSaysWhatTheProviderKnows) {
  std::vector<Example> examples = Withheld();
  std::ranges::move(MoreWithheld(), std::back_inserter(examples));
  ExpectMeanings(examples);
}

TEST(MeaningsTest, AnAutomaticReplyIsCountedAndNamed) {
  const Conversion reply =
      *Convert(*FindProvider("amazon-ses"), Posts().at("amazon-ses")(AutomaticReplies()[0].members));
  ASSERT_EQ(reply.skipped.size(), 1U);
  EXPECT_EQ(reply.skipped[0].reason, SkipReason::kNoEngagement);
  EXPECT_EQ(reply.skipped[0].detail, kAutomaticReply);
}

TEST(MeaningsTest, WhomMandrillDeniesGetsNoMail) {
  const auto meaning = [](const std::string& type, const std::string& action, const std::string& reason) {
    return Meaning(Convert(*FindProvider("mandrill"), R"([{"type":")" + type + R"(","action":")" + action +
                                                          R"(","reject":{"reason":")" + reason +
                                                          R"(","email":"a@b.c"},"ts":1772282461}])"));
  };
  for (const char* type : {"blacklist", "denylist"}) {
    EXPECT_EQ(meaning(type, "add", "unsub"), "unsubscribe") << type;
    EXPECT_EQ(meaning(type, "change", "spam"), "complaint") << type;
    EXPECT_EQ(meaning(type, "add", "hard-bounce"), "hard") << type;
    EXPECT_EQ(meaning(type, "add", "custom"), "unsubscribe") << type;
    EXPECT_EQ(meaning(type, "add", "soft-bounce"), "nothing") << type;
    EXPECT_EQ(meaning(type, "remove", "unsub"), "nothing") << type;
  }
  EXPECT_EQ(meaning("allowlist", "add", ""), "nothing");
}

TEST(MeaningsTest, OldFormsOfMailgunSayTheSame) {
  const auto meaning = [](const std::string& fields) {
    return Meaning(Convert(*FindProvider("mailgun"), "recipient=a%40b.c&timestamp=1772282461&" + fields));
  };
  EXPECT_EQ(meaning("event=dropped&code=605"), "hard");
  EXPECT_EQ(meaning("event=dropped&code=606"), "unsubscribe");
  EXPECT_EQ(meaning("event=bounced&code=607"), "complaint");
  EXPECT_EQ(meaning("event=dropped&code=550"), "nothing");
  EXPECT_EQ(meaning("event=bounced&code=550&error=5.1.1+no+such+user"), "hard");
  EXPECT_EQ(meaning("event=bounced&code=552&error=5.2.2+mailbox+full"), "soft");
}

// Returns hard bounces in the provider's own terms, with the reason where the provider reports it.
std::vector<std::pair<std::string, Post>> HardBounces() {
  return {
      {"sendgrid", [](const std::string& why) { return R"("event":"bounce","type":"bounce","reason":")" + why + '"'; }},
      {"sendgrid", [](const std::string& why) { return R"("event":"bounce","type":"bounce","status":")" + why + '"'; }},
      {"amazon-ses",
       [](const std::string& why) {
         return R"("bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"a@b.c",)"
                R"("status":"5.0.0","diagnosticCode":"smtp; )" +
                why + "\"}]";
       }},
      {"postmark", [](const std::string& why) { return R"("Type":"HardBounce","Details":"smtp;)" + why + '"'; }},
      {"mailgun",
       [](const std::string& why) { return R"("severity":"permanent","delivery-status":{"message":")" + why + "\"}"; }},
      {"mandrill",
       [](const std::string& why) {
         return R"("event":"hard_bounce"|"bounce_description":"general","diag":"smtp;)" + why + '"';
       }},
      {"sparkpost",
       [](const std::string& why) { return R"("type":"bounce","bounce_class":"10","raw_reason":")" + why + '"'; }},
      {"brevo", [](const std::string& why) { return R"("event":"hard_bounce","reason":")" + why + '"'; }},
      {"mailjet",
       [](const std::string& why) { return R"("event":"bounce","hard_bounce":true,"comment":")" + why + '"'; }},
      {"resend",
       [](const std::string& why) {
         return R"("type":"email.bounced"|"bounce":{"type":"Permanent","subType":"General","message":")" + why + "\"}";
       }},
      {"mailersend",
       [](const std::string& why) { return R"("type":"activity.hard_bounced"|"bounce_reason":")" + why + '"'; }},
      {"mailtrap", [](const std::string& why) { return R"("event":"bounce","response":")" + why + '"'; }},
  };
}

TEST(MeaningsTest, TheReasonOfABounceCountsMoreThanTheProvidersWord) {
  const std::vector<std::string> soft = {"552 5.2.2 mailbox full",
                                         "452 4.2.2 The email account that you tried to reach is over quota",
                                         "550 5.7.1 blocked",
                                         "554 5.7.26 unauthenticated mail",
                                         "451 4.7.1 Greylisted, try again later",
                                         "5.2.2",
                                         "4.2.2",
                                         "5.7.1",
                                         "552 mailbox full",
                                         "User's mailbox is full",
                                         "quota exceeded",
                                         "550 5.0.0 poor reputation of 5.1.1.1",
                                         "552 5.3.4 message too large",
                                         "5.2.3",
                                         "550 5.1.8 bad sender",
                                         "554 5.4.7 delivery time expired",
                                         "554 5.6.1 media not supported",
                                         "452 5.5.3 too many recipients"};
  const std::vector<std::string> hard = {"550 5.1.1 user unknown",
                                         "5.1.1",
                                         "5.0.0",
                                         "550 no such user here",
                                         "550 5.1.1 no such user; see our policy",
                                         "5.2.1",
                                         "550 5.5.0 mailbox unavailable",
                                         "550 5.4.310 the domain does not exist",
                                         "5.4.4",
                                         "5.5.1",
                                         "550 5.4.1 of 10.7.5.2",
                                         "498 no MX for b.c"};
  std::set<std::string> providers;
  for (const auto& [provider, members] : HardBounces()) {
    providers.insert(provider);
    for (const auto& [reasons, meaning] : {std::pair(soft, "soft"), std::pair(hard, "hard")}) {
      for (const std::string& reason : reasons) {
        const std::string body = Posts().at(provider)(members(reason));
        EXPECT_EQ(Meaning(Convert(*FindProvider(provider), body)), meaning) << body;
      }
    }
  }
  EXPECT_EQ(providers.size(), Providers().size());
}

// No text makes a hard bounce of a soft one, and none ends the program.
TEST(MeaningsTest, AnyText) {
  const std::string alphabet = "4557.. 12;abf-";
  uint64_t random = 1;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < round % 24; ++i) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      text += alphabet[(random >> 33U) % alphabet.size()];
    }
    const std::vector<std::string_view> reasons = {text};
    (void)SaysSoftBounce(reasons);
    (void)SaysAutomaticReply(reasons);
    (void)KnownOfAddress(text);
  }
}

}  // namespace leadpulse::webhooks::webhook_meanings_test
