#include "tests/webhooks/signing.h"

#include <absl/strings/escaping.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "processor/base/json_object.h"
#include "processor/base/text.h"

namespace leadpulse::webhooks {
namespace {

constexpr char kSvixId[] = "msg_1";
constexpr char kSnsId[] = "m-1";
constexpr char kSnsTime[] = "2026-03-01T00:00:00.000Z";

void Must(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "%s failed\n", what);
  std::abort();
}

std::string Content(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

}  // namespace

std::string SecondsAt(Instant time) { return std::to_string(time.millis / 1000); }

std::string& SignedPost::header(std::string_view name) {
  for (Header& one : headers) {
    if (AsciiLower(one.name) == AsciiLower(name)) return one.value;
  }
  return headers.emplace_back(Header{std::string(name), ""}).value;
}

void SignedPost::Drop(std::string_view name) {
  std::erase_if(headers, [&](const Header& one) { return AsciiLower(one.name) == AsciiLower(name); });
}

std::string Said(const SignatureCheck& check, const SignedPost& post, Instant now) {
  const Result<Payload> payload = check.check({post.body, post.content_type, post.headers, now}, now);
  return payload.ok() ? "" : payload.status().message();
}

SignatureCheck CheckOf(std::string_view provider, SignatureKey key) {
  Result<SignatureCheck> made = MakeSignatureCheck(provider, key);
  Must(made.ok(), made.ok() ? "" : made.status().message().c_str());
  return std::move(*made);
}

std::string WhyNoCheck(std::string_view provider, SignatureKey key) {
  const Result<SignatureCheck> made = MakeSignatureCheck(provider, key);
  return made.ok() ? "" : made.status().message();
}

std::string ToHex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4U];
    text += kDigits[static_cast<unsigned char>(c) & 0xFU];
  }
  return text;
}

std::string ToBase64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

std::string PercentEncoded(std::string_view bytes) {
  std::string encoded;
  for (const char c : bytes) encoded += "%" + ToHex({&c, 1});
  return encoded;
}

crypto::KeyHandle MakeEcKey(const char* curve) { return crypto::KeyHandle(EVP_EC_gen(curve)); }

crypto::KeyHandle MakeRsaKey(size_t bits) { return crypto::KeyHandle(EVP_RSA_gen(bits)); }

EVP_PKEY* SharedEcKey() {
  static const crypto::KeyHandle kKey = MakeEcKey("P-256");
  return kKey.get();
}

EVP_PKEY* SharedRsaKey() {
  static const crypto::KeyHandle kKey = MakeRsaKey(2048);
  return kKey.get();
}

std::string Sign(EVP_PKEY* key, crypto::Hash hash, std::string_view text) {
  const crypto::DigestContextHandle context(EVP_MD_CTX_new());
  const EVP_MD* digest = hash == crypto::Hash::kSha1 ? EVP_sha1() : EVP_sha256();
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  Must(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1, "EVP_DigestSignInit");
  Must(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1, "EVP_DigestSign");
  std::string signature(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  Must(EVP_DigestSign(context.get(), out, &size, bytes, text.size()) == 1, "EVP_DigestSign");
  signature.resize(size);
  return signature;
}

std::string PublicPem(EVP_PKEY* key) {
  const crypto::BioHandle out(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_PUBKEY(out.get(), key) == 1, "PEM_write_bio_PUBKEY");
  return Content(out.get());
}

std::string PublicBase64(EVP_PKEY* key) {
  const crypto::BioHandle out(BIO_new(BIO_s_mem()));
  Must(i2d_PUBKEY_bio(out.get(), key) == 1, "i2d_PUBKEY_bio");
  return ToBase64(Content(out.get()));
}

std::string MakeCertificate(EVP_PKEY* key, const std::string& name, Instant from, Instant to) {
  const crypto::CertificateHandle certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), from.millis / 1000);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), to.millis / 1000);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  Must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1, "X509_NAME_add_entry_by_txt");
  X509_set_issuer_name(certificate.get(), subject);
  X509_set_pubkey(certificate.get(), key);
  Must(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "X509_sign");
  const crypto::BioHandle out(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_X509(out.get(), certificate.get()) == 1, "PEM_write_bio_X509");
  return Content(out.get());
}

std::string SnsCertificate(EVP_PKEY* key, const std::string& name) {
  return MakeCertificate(key, name, kNow - std::chrono::hours(24), kNow + std::chrono::hours(24));
}

std::string SvixSignature(std::string_view secret, std::string_view body) {
  return "v1," + ToBase64(crypto::Hmac(crypto::Hash::kSha256, secret, {kSvixId, ".", kNowSeconds, ".", body}));
}

SignedPost SvixPost(std::string_view body, const std::string& signature, const std::string& prefix) {
  return {std::string(body),
          "",
          {{prefix + "id", kSvixId}, {prefix + "timestamp", kNowSeconds}, {prefix + "signature", signature}}};
}

std::string SendGridSignature(EVP_PKEY* key, std::string_view body) {
  return ToBase64(Sign(key, crypto::Hash::kSha256, Concat({kNowSeconds, body})));
}

SignedPost SendGridPost(std::string_view body, const std::string& signature) {
  return {
      std::string(body),
      "",
      {{"X-Twilio-Email-Event-Webhook-Timestamp", kNowSeconds}, {"X-Twilio-Email-Event-Webhook-Signature", signature}}};
}

std::string MandrillSignature(std::string_view secret, std::string_view url, std::string_view events) {
  return ToBase64(crypto::Hmac(crypto::Hash::kSha1, secret, {url, "mandrill_events", events}));
}

SignedPost MandrillPost(std::string_view events, const std::string& signature) {
  return {"mandrill_events=" + PercentEncoded(events),
          "application/x-www-form-urlencoded",
          {{"X-Mandrill-Signature", signature}}};
}

std::string MailgunSignature(std::string_view secret, std::string_view token) {
  return ToHex(crypto::Hmac(crypto::Hash::kSha256, secret, {kNowSeconds, token}));
}

std::string SnsSignature(EVP_PKEY* key, std::string_view message) {
  return ToBase64(Sign(key, crypto::Hash::kSha256,
                       Concat({"Message\n", message, "\nMessageId\n", kSnsId, "\nTimestamp\n", kSnsTime, "\nTopicArn\n",
                               kSnsTopic, "\nType\nNotification\n"})));
}

SignedPost SnsPost(std::string_view message, const std::string& signature) {
  std::string body;
  JsonObject members(&body);
  members.Text("Type", "Notification");
  members.Text("MessageId", kSnsId);
  members.Text("TopicArn", kSnsTopic);
  members.Text("Message", message);
  members.Text("Timestamp", kSnsTime);
  members.Text("SignatureVersion", "2");
  members.Text("SigningCertURL", "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem");
  members.Text("Signature", signature);
  members.End();
  return {body, "text/plain; charset=UTF-8", {}};
}

}  // namespace leadpulse::webhooks
