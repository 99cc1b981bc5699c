// Any bytes as a signed post. A signed post passes; one that was then changed by a byte does not, nor one that is too
// old. Whatever is in the headers and the body, nothing passes with a key that did not sign it.
//
// The first byte chooses the sender, the second the case, the third and fourth the change. The rest is the text to
// sign, or, in the unsigned case, lines `Name: value`, an empty line and the body.
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "processor/base/assert.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "tests/fuzz/header_lines.h"
#include "tests/webhooks/signing.h"

namespace leadpulse::webhooks {
namespace {

// A secret with a dollar, which occurs in no part of a post that a refusal may quote.
constexpr char kSecret[] = "hunter2$hunter2";
constexpr char kOther[] = "nobody$signs-with-this";
constexpr char kUser[] = "user:hunter2$hunter2";
constexpr char kUrl[] = "https://acme.example/hooks";
constexpr std::string_view kContentTypes[] = {"", "application/json", "application/x-www-form-urlencoded",
                                              "multipart/form-data; boundary=xx"};

// One way of signing: the genuine post of a text, and the keys that check it.
struct Scheme {
  std::string_view provider;
  SignatureKey key, other;
  std::function<std::string(std::string_view text)> sign;  // returns the value of the signature
  std::function<SignedPost(std::string_view text, const std::string& signature)> post;
  bool ages = false;
  bool of_utf8 = false;  // the text is part of JSON
};

Scheme OfBody(std::string_view provider, SignatureScheme scheme, const std::string& header) {
  Scheme made{provider, {.scheme = scheme, .secret = kSecret}, {.scheme = scheme, .secret = kOther}, {}, {}};
  if (scheme != SignatureScheme::kOfProvider) made.key.header = made.other.header = header;
  made.sign = [](std::string_view text) { return ToHex(crypto::Hmac(crypto::Hash::kSha256, kSecret, {text})); };
  made.post = [header](std::string_view text, const std::string& signature) {
    return SignedPost{std::string(text), "", {{header, signature}}};
  };
  return made;
}

// Signs the body with another hash, or, by a form, a text with the time.
Scheme OfText(SignatureScheme scheme, crypto::Hash hash, const std::string& before_body, const SignedForm& form) {
  static constexpr char kHeader[] = "X-Hook-Signature", kTimeHeader[] = "X-Hook-Time";
  SignatureKey key{.scheme = scheme, .secret = kSecret, .header = kHeader, .form = form, .url = kUrl};
  SignatureKey other = key;
  other.secret = kOther;
  Scheme made{"generic", key, other, {}, {}};
  made.ages = !form.text.empty();
  made.sign = [hash, before_body](std::string_view text) {
    return ToHex(crypto::Hmac(hash, kSecret, {before_body, text}));
  };
  made.post = [form](std::string_view text, const std::string& signature) {
    const std::string part = form.signature_part.empty() ? "" : form.signature_part + "=";
    const std::string time = form.time_part.empty() ? "" : Concat({form.time_part, "=", kNowSeconds, ","});
    SignedPost post{std::string(text), "", {{kHeader, Concat({time, part, form.prefix, signature})}}};
    if (!form.time_header.empty()) post.headers.push_back({kTimeHeader, kNowSeconds});
    return post;
  };
  return made;
}

Scheme Svix() {
  Scheme made{"resend", {.secret = "whsec_" + ToBase64(kSecret)}, {.secret = "whsec_" + ToBase64(kOther)}, {}, {}};
  made.sign = [](std::string_view text) { return SvixSignature(kSecret, text); };
  made.post = [](std::string_view text, const std::string& signature) {
    return SvixPost(text, "v1,eA== " + signature);
  };
  made.ages = true;
  return made;
}

Scheme SendGrid() {
  static const crypto::KeyHandle kUnused = MakeEcKey("P-256");
  Scheme made{"sendgrid", {.secret = PublicBase64(SharedEcKey())}, {.secret = PublicPem(kUnused.get())}, {}, {}};
  made.sign = [](std::string_view text) { return SendGridSignature(SharedEcKey(), text); };
  made.post = SendGridPost;
  made.ages = true;
  return made;
}

Scheme Mandrill() {
  Scheme made{"mandrill", {.secret = kSecret, .url = kUrl}, {.secret = kOther, .url = kUrl}, {}, {}};
  made.sign = [](std::string_view text) { return MandrillSignature(kSecret, kUrl, text); };
  made.post = MandrillPost;
  return made;
}

// Signs the token, but not the event beside it.
Scheme Mailgun() {
  Scheme made{"mailgun", {.secret = kSecret}, {.secret = kOther}, {}, {}};
  made.sign = [](std::string_view text) { return MailgunSignature(kSecret, Concat({"t", text})); };
  made.post = [](std::string_view text, const std::string& signature) {
    std::string body = R"({"event-data":{},"signature":)";
    JsonObject members(&body);
    members.Text("timestamp", kNowSeconds);
    members.Text("token", Concat({"t", text}));
    members.Text("signature", signature);
    members.End();
    return SignedPost{body + "}", "application/json", {}};
  };
  made.ages = made.of_utf8 = true;
  return made;
}

Scheme Sns() {
  static const crypto::KeyHandle kUnused = MakeRsaKey(2048);
  Scheme made{"amazon-ses",
              {.secret = SnsCertificate(SharedRsaKey()), .topics = {kSnsTopic}},
              {.secret = SnsCertificate(kUnused.get()), .topics = {kSnsTopic}},
              {},
              {}};
  made.sign = [](std::string_view text) { return SnsSignature(SharedRsaKey(), text); };
  made.post = SnsPost;
  made.key.max_age = std::chrono::hours(2);
  made.ages = made.of_utf8 = true;
  return made;
}

// Signs nothing: the post carries the secret itself, and the text does not matter.
Scheme Shown(SignatureScheme scheme, const std::string& value) {
  const std::string header = scheme == SignatureScheme::kBasic ? "Authorization" : "X-Token";
  Scheme made{"postmark", {.scheme = scheme, .secret = kUser}, {.scheme = scheme, .secret = "user:other"}, {}, {}};
  if (scheme == SignatureScheme::kHeader) made.key.header = made.other.header = header;
  made.sign = [value](std::string_view) { return value; };
  made.post = [header](std::string_view text, const std::string& signature) {
    return SignedPost{std::string(text), "", {{header, signature}}};
  };
  return made;
}

constexpr size_t kSchemes = 14;
constexpr size_t kSigning = 12;  // index of the first

const Scheme& SchemeOf(size_t index) {
  static const std::array<Scheme, kSchemes> kAll = {
      OfBody("mailersend", SignatureScheme::kOfProvider, "Signature"),
      OfBody("mailtrap", SignatureScheme::kOfProvider, "Mailtrap-Signature"),
      Svix(),
      SendGrid(),
      Mandrill(),
      Mailgun(),
      Sns(),
      OfText(SignatureScheme::kBodyHmacSha1, crypto::Hash::kSha1, "", {}),
      OfText(SignatureScheme::kBodyHmacSha512, crypto::Hash::kSha512, "", {}),
      OfText(SignatureScheme::kBodyHmac, crypto::Hash::kSha256, Concat({kNowSeconds, "."}),
             {.text = "{time}.{body}", .signature_part = "v1", .time_part = "t"}),
      OfText(SignatureScheme::kBodyHmac, crypto::Hash::kSha256, Concat({"v0:", kNowSeconds, ":"}),
             {.text = "v0:{time}:{body}", .prefix = "v0=", .time_header = "X-Hook-Time"}),
      OfText(SignatureScheme::kBodyHmacSha1, crypto::Hash::kSha1, Concat({"POST", kUrl, kNowSeconds, "."}),
             {.text = "POST{url}{time}.{body}", .time_header = "X-Hook-Time"}),
      Shown(SignatureScheme::kBasic, "Basic " + ToBase64(kUser)),
      Shown(SignatureScheme::kHeader, kUser)};
  return kAll[index];
}

bool Passes(const SignatureCheck& check, const SignedPost& post, Instant now = kNow) {
  const Result<Payload> payload = check.check({post.body, post.content_type, post.headers, now}, now);
  const Status status = payload.ok() ? Status::Ok() : payload.status();
  LP_ASSERT(status.ok() || !status.message().empty());
  LP_ASSERT(status.ok() || status.message().find('$') == std::string::npos);
  return status.ok();
}

// Changes, inserts or removes one byte.
std::string Changed(std::string text, uint8_t where, uint8_t how) {
  if (text.empty()) return "x";
  const size_t at = where % text.size();
  if (how == 0) return text.erase(at, 1);
  if (how % 2 == 0) return text.insert(at, 1, static_cast<char>(how));
  text[at] = static_cast<char>(static_cast<uint8_t>(text[at]) ^ how);
  return text;
}

void CheckSigned(size_t index, const std::string& text, const std::string& changed) {
  const Scheme& scheme = SchemeOf(index);
  if (scheme.of_utf8 && (!IsUtf8(text) || !IsUtf8(changed))) return;
  const auto check = CheckOf(scheme.provider, scheme.key);
  const std::string signature = scheme.sign(text);
  const SignedPost post = scheme.post(text, signature);
  LP_ASSERT(Passes(check, post));
  LP_ASSERT(!Passes(CheckOf(scheme.provider, scheme.other), post));
  LP_ASSERT(!scheme.ages || !Passes(check, post, kNow + std::chrono::hours(26)));
  LP_ASSERT(!scheme.ages || !Passes(check, post, kNow - std::chrono::minutes(6)));
  if (index >= kSigning) return;
  LP_ASSERT(!Passes(check, scheme.post(changed, signature)));
  LP_ASSERT(!Passes(check, scheme.post(text, "")));
  LP_ASSERT(!Passes(check, scheme.post(text, signature.substr(0, signature.size() / 2))));
}

SignedPost PostOf(std::string_view input, std::string_view content_type) {
  SignedPost post;
  post.content_type = content_type;
  post.headers = TakeHeaderLines(&input);
  post.body = input;
  return post;
}

void Run(size_t scheme_index, std::array<uint8_t, 3> how, std::string_view rest) {
  if (how[0] % 2 == 1) {
    const std::string text(rest);
    return CheckSigned(scheme_index, text, Changed(text, how[1], how[2]));
  }
  const Scheme& scheme = SchemeOf(scheme_index);
  const auto check = CheckOf(scheme.provider, scheme.other);
  LP_ASSERT(!Passes(check, PostOf(rest, kContentTypes[how[1] % std::size(kContentTypes)])));
}

}  // namespace
}  // namespace leadpulse::webhooks

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 4, size - 4);
  leadpulse::webhooks::Run(data[0] % leadpulse::webhooks::kSchemes, {data[1], data[2], data[3]}, rest);
  return 0;
}
