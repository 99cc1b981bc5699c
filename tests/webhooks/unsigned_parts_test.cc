// Unsigned parts change nothing: every byte, header and field of a genuine post is changed, left out or repeated, and
// the records are the same, or the post is refused.
#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <utility>

#include "processor/base/text.h"
#include "processor/webhooks/used_tokens.h"
#include "tests/webhooks/signing.h"
#include "tests/webhooks/webhook_cases.h"

namespace leadpulse::webhooks {

// A source with signed posts, and a post to it.
struct Genuine {
  std::string name;
  std::string provider;
  SignatureKey key;
  SignedPost post;
};

void PrintTo(const Genuine& genuine, std::ostream* out) { *out << genuine.name; }

namespace unsigned_parts_test {

constexpr char kSecret[] = "0123456789abcdef";
constexpr char kUrl[] = "https://acme.example/hooks";
constexpr char kSesEvent[] =
    R"({"eventType":"Click","mail":{"messageId":"m1","destination":["ada@example.com"]},)"
    R"("click":{"timestamp":"2026-02-28T12:00:00.000Z","link":"https://acme.example/?a=1&b=2"}})";
constexpr char kMandrillEvents[] =
    R"([{"event":"click","ts":1772280000,"_id":"m1","url":"https://acme.example/?a=1&b=2",)"
    R"("user_agent":"mandrill_events[] {}","msg":{"email":"ada@example.com","_id":"m1"}}])";

Genuine OfBody(const std::string& provider, const std::string& header, const std::string& body) {
  return {provider,
          provider,
          {.secret = kSecret},
          {body, "application/json", {{header, ToHex(crypto::Hmac(crypto::Hash::kSha256, kSecret, {body}))}}}};
}

// Makes a post that a proxy has signed by its body. The proxy passes the provider's own headers and content type on.
Genuine OfBodyByProxy(const std::string& provider, const std::string& body, const std::string& type) {
  Genuine made = OfBody(provider, "X-Proxy-Hmac", body);
  made.name += "_by_proxy";
  made.key.scheme = SignatureScheme::kBodyHmac;
  made.key.header = "X-Proxy-Hmac";
  made.post.content_type = type;
  return made;
}

Genuine Svix(const std::string& prefix) {
  const std::string body =
      R"({"type":"email.opened","created_at":"2026-02-28T12:00:00.000Z","data":{"email_id":"m1","to":["ada@example.com"]}})";
  return {"resend_" + prefix.substr(0, prefix.size() - 1),
          "resend",
          {.secret = "whsec_" + ToBase64(kSecret)},
          SvixPost(body, SvixSignature(kSecret, body), prefix)};
}

Genuine SendGrid() {
  const std::string body = R"([{"event":"open","email":"ada@example.com","timestamp":1772280000,"sg_event_id":"e1"}])";
  return {"sendgrid",
          "sendgrid",
          {.secret = PublicBase64(SharedEcKey())},
          SendGridPost(body, SendGridSignature(SharedEcKey(), body))};
}

Genuine Mandrill() {
  return {"mandrill",
          "mandrill",
          {.secret = kSecret, .url = kUrl},
          MandrillPost(kMandrillEvents, MandrillSignature(kSecret, kUrl, kMandrillEvents))};
}

Genuine Sns() {
  SignedPost post = SnsPost(kSesEvent, SnsSignature(SharedRsaKey(), kSesEvent));
  post.headers = {{"x-amz-sns-message-type", "Notification"}};
  return {
      "amazon_ses", "amazon-ses", {.secret = SnsCertificate(SharedRsaKey()), .topics = {kSnsTopic}}, std::move(post)};
}

// Makes a post whose event is not signed. Its token is valid for the genuine post, and no other.
Genuine Mailgun(const std::string& name, const std::string& body, const std::string& type) {
  return {name, "mailgun", {.secret = kSecret}, {body, type, {{"X-Forwarded-For", "192.0.2.1"}}}};
}

Genuine MailgunJson() {
  const std::string signature = MailgunSignature(kSecret, "t1");
  return Mailgun("mailgun_json",
                 Concat({R"({"signature":{"timestamp":")", kNowSeconds, R"(","token":"t1","signature":")", signature,
                         R"("},"event-data":{"event":"opened","id":"e1","recipient":"ada@example.com",)",
                         R"("timestamp":1772280000.5,"message":{"headers":{"message-id":"m1"}}}})"}),
                 "application/json");
}

Genuine MailgunForm() {
  const std::string signature = MailgunSignature(kSecret, "t1");
  return Mailgun("mailgun_form",
                 Concat({"recipient=ada%40example.com&event=opened&Message-Id=%3Cm1%40a%3E&timestamp=", kNowSeconds,
                         "&token=t1&signature=", signature}),
                 "application/x-www-form-urlencoded");
}

std::vector<Genuine> All() {
  const std::string mailersend =
      R"({"type":"activity.opened","created_at":"2026-02-28T12:00:00.000000Z","data":{"id":"e1","type":"opened",)"
      R"("created_at":"2026-02-28T12:00:00.000000Z","email":{"message":{"id":"m1"},"recipient":{"email":"ada@example.com"}}}})";
  const std::string mailtrap =
      R"({"events":[{"event":"open","email":"ada@example.com","timestamp":1772280000,"event_id":"e1","message_id":"m1"}]})";
  const std::string form =
      "recipient=ada%40example.com&event=opened&timestamp=1772280000&token=t1&Message-Id=%3Cm1%40a%3E";
  return {OfBody("mailersend", "Signature", mailersend),
          OfBody("mailtrap", "Mailtrap-Signature", mailtrap),
          Svix("svix-"),
          Svix("webhook-"),
          SendGrid(),
          Mandrill(),
          Sns(),
          MailgunJson(),
          MailgunForm(),
          OfBodyByProxy("resend", Svix("svix-").post.body, "application/json"),
          OfBodyByProxy("mandrill", Mandrill().post.body, "application/x-www-form-urlencoded"),
          OfBodyByProxy("mailgun", form, "application/x-www-form-urlencoded")};
}

class UnsignedPartsTest : public testing::TestWithParam<Genuine> {
 protected:
  // Returns the records and what was skipped; nullopt if the post is refused.
  std::optional<std::string> Came(const SignedPost& post) {
    const Result<Payload> payload = check_.check({post.body, post.content_type, post.headers, kNow}, kNow);
    if (!payload.ok()) return std::nullopt;
    if (payload->token) {
      if (!tokens_.Reserve(*payload->token, kNow).ok()) return std::nullopt;
      tokens_.Settle(*payload->token, true);
    }
    ConversionOptions options;
    options.tenant = "acme";
    options.lead_argument = options.tenant_argument = "argument";
    const Result<Conversion> converted = FindProvider(GetParam().provider)->Convert(*payload, options);
    return converted.ok() ? std::optional(Describe(converted)) : std::nullopt;
  }
  void Try(const SignedPost& post, const std::string& what) {
    const std::optional<std::string> came = Came(post);
    if (!came.has_value()) return;
    ++passed_;
    ASSERT_EQ(*came, genuine_) << what << "\n" << post.content_type << "\n" << post.body;
  }
  void TryBody(std::string body, const std::string& what) {
    SignedPost post = GetParam().post;
    post.body = std::move(body);
    Try(post, what);
  }
  // Tries the header before the others and after them.
  void TryHeader(const std::string& name, const std::string& value) {
    SignedPost post = GetParam().post;
    post.headers.insert(post.headers.begin(), Header{name, value});
    Try(post, name + " before the others");
    std::rotate(post.headers.begin(), post.headers.begin() + 1, post.headers.end());
    Try(post, name + " behind the others");
  }

  const SignatureCheck check_ = CheckOf(GetParam().provider, GetParam().key);
  UsedTokens tokens_{std::chrono::hours(9)};
  const std::string genuine_ = Came(GetParam().post).value_or("");
  int passed_ = 0;
};

TEST_P(UnsignedPartsTest, TheGenuinePostBecomesItsRecord) {
  EXPECT_EQ(std::count(genuine_.begin(), genuine_.end(), '\n'), 1) << genuine_;
  EXPECT_NE(genuine_.find("ada@example.com"), std::string::npos) << genuine_;
}

TEST_P(UnsignedPartsTest, EveryByteOfTheBody) {
  const std::string& body = GetParam().post.body;
  for (size_t at = 0; at < body.size(); ++at) {
    const std::string where = "byte " + std::to_string(at);
    for (const int bits : {0x01, 0x20, 0x80}) {
      std::string changed = body;
      changed[at] = static_cast<char>(changed[at] ^ bits);
      TryBody(changed, where + " changed");
    }
    TryBody(std::string(body).erase(at, 1), where + " left out");
    for (const char* more : {" ", "\"", "&", "=", "0"})
      TryBody(std::string(body).insert(at, more), where + " is another");
    TryBody(body.substr(0, at), where + " is the end");
    TryBody(body.substr(at), where + " is the beginning");
  }
}

// Repeated and additional members of an object or a form.
TEST_P(UnsignedPartsTest, MoreMembersAndFields) {
  const std::string& body = GetParam().post.body;
  std::vector<std::string> names = {
      "eventType", "notificationType", "mail",           "click", "event-data", "event", "type", "data",
      "email",     "argument",         "mandrill_events"};
  if (const Result<Json> whole = Json::Parse(body); whole.ok()) {
    for (const auto& [name, value] : whole->members()) names.push_back(name);
  }
  const std::string values[] = {
      "null", "\"x\"", "[]", "{}", "\"Click\"", "\"Notification\"", "{\"event\":\"spam\"}", kSesEvent, kMandrillEvents};
  for (const std::string& name : names) {
    for (const std::string& value : values) {
      const std::string member = "\"" + name + "\":" + value;
      if (body.starts_with('{')) {
        TryBody("{" + member + "," + body.substr(1), member + " in front");
        TryBody(body.substr(0, body.size() - 1) + "," + member + "}", member + " at the end");
      }
      const std::string field = name + "=" + PercentEncoded(value);
      TryBody(field + "&" + body, field + " in front");
      TryBody(body + "&" + field, field + " at the end");
      TryBody("{" + member + "}", member + " alone");
      TryBody(value, value + " alone");
    }
  }
}

TEST_P(UnsignedPartsTest, EveryHeader) {
  const std::vector<Header>& headers = GetParam().post.headers;
  for (size_t i = 0; i < headers.size(); ++i) {
    SignedPost without = GetParam().post;
    without.headers.erase(without.headers.begin() + static_cast<ptrdiff_t>(i));
    Try(without, "without " + headers[i].name);
    for (size_t at = 0; at < headers[i].value.size(); ++at) {
      std::string changed = headers[i].value;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      SignedPost post = GetParam().post;
      post.headers[i].value = changed;
      Try(post, headers[i].name + ": byte " + std::to_string(at));
      TryHeader(headers[i].name, changed);
    }
  }
}

TEST_P(UnsignedPartsTest, MoreHeaders) {
  std::vector<std::string> names = {
      "svix-id",           "svix-timestamp",         "svix-signature", "webhook-id",    "webhook-timestamp",
      "webhook-signature", "x-amz-sns-message-type", "Content-Type",   "Authorization", "Content-Encoding",
      "X-Tenant"};
  for (const Header& header : GetParam().post.headers) names.push_back(header.name);
  for (const std::string& name : names) {
    for (const std::string value : {"", "x", "msg_2", "v1,eA==", kNowSeconds, "SubscriptionConfirmation"})
      TryHeader(name, value);
  }
  // All of Svix's headers under their other names, with another sender's signature.
  for (const std::string prefix : {"svix-", "webhook-"}) {
    SignedPost post = GetParam().post;
    for (const char* name : {"id", "timestamp", "signature"}) {
      post.headers.insert(post.headers.begin(), Header{prefix + name, *name == 't' ? kNowSeconds : "msg_3"});
      Try(post, prefix + name + " and those before");
    }
  }
  EXPECT_GT(passed_, 0) << "other headers do not make a post wrong";
}

TEST_P(UnsignedPartsTest, TheContentType) {
  for (const char* type :
       {"", "application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data",
        "multipart/form-data; boundary=x", "multipart/form-data; boundary=%"}) {
    SignedPost post = GetParam().post;
    post.content_type = type;
    Try(post, type);
  }
}

INSTANTIATE_TEST_SUITE_P(All, UnsignedPartsTest, testing::ValuesIn(All()),
                         [](const auto& genuine) { return genuine.param.name; });

}  // namespace unsigned_parts_test
}  // namespace leadpulse::webhooks
