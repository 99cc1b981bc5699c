// Amazon SNS, through which SES posts: RSA over chosen fields of the envelope.
// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
#include <absl/strings/str_split.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/encodings.h"
#include "processor/base/json.h"
#include "processor/base/text.h"
#include "processor/base/time_formats.h"
#include "processor/crypto/public_key.h"
#include "processor/webhooks/signature_schemes.h"

namespace leadpulse::webhooks {
namespace {

constexpr std::string_view kTypeHeader = "x-amz-sns-message-type";
constexpr std::string_view kNotification[] = {"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"};
constexpr std::string_view kConfirmation[] = {"Message", "MessageId", "SubscribeURL", "Timestamp",
                                              "Token",   "TopicArn",  "Type"};

// Names and values, in the order in which they are signed.
using EnvelopeFields = std::vector<std::pair<std::string, std::string>>;

// Returns the signed fields. Only the message may have several lines: otherwise one message's text could be split into
// fields at other places than those where SNS joined them.
Result<EnvelopeFields> SignedFields(const Json& envelope, std::span<const std::string_view> names) {
  EnvelopeFields fields;
  for (const std::string_view name : names) {
    const Json& value = envelope[name];
    if (name == "Subject" && value.is_null()) continue;
    if (!value.is_string()) return Status::Rejected("the envelope of SNS has no " + std::string(name));
    if (name != "Message" && value.text().find('\n') != std::string_view::npos) {
      return Status::Rejected("the envelope of SNS has a line's end in its " + std::string(name));
    }
    fields.emplace_back(name, value.text());
  }
  return fields;
}

Result<EnvelopeFields> SignedFields(const Json& envelope) {
  const std::string_view type = envelope["Type"].text();
  if (type == "Notification") return SignedFields(envelope, kNotification);
  if (type == "SubscriptionConfirmation" || type == "UnsubscribeConfirmation") {
    return SignedFields(envelope, kConfirmation);
  }
  return Status::Rejected("it is no envelope of SNS; raw delivery is not signed");
}

std::string SignedText(const EnvelopeFields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) AppendParts({name, "\n", value, "\n"}, &text);
  return text;
}

// Checks the header with the type, if there is one: a proxy or a file may have dropped it.
Status CheckTypeHeader(const Post& post, const Json& envelope) {
  const std::string_view type = HeaderOf(post, kTypeHeader);
  if (type.empty() || type == envelope["Type"].text()) return Status::Ok();
  return Status::Rejected("the header " + std::string(kTypeHeader) + " names another type than the envelope");
}

bool TakePrefix(std::string_view prefix, std::string_view* text) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

// Whether the URL is https://sns.REGION.amazonaws.com/….pem, or .amazonaws.com.cn. It is not fetched: a message with
// another URL is not from SNS.
bool IsCertificateUrl(std::string_view url) {
  if (!TakePrefix("https://sns.", &url)) return false;
  const size_t dot = url.find('.');
  if (dot == 0 || dot == std::string_view::npos || !IsAlphanumeric(url.substr(0, dot), "-")) return false;
  url.remove_prefix(dot);
  if (!TakePrefix(".amazonaws.com.cn/", &url) && !TakePrefix(".amazonaws.com/", &url)) return false;
  return url.ends_with(".pem") && IsAlphanumeric(url, "-_.");
}

constexpr int kMinRsaBits = 2048;

bool IsFor(X509* certificate, std::span<const std::string> names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return X509_check_host(certificate, name.data(), name.size(), X509_CHECK_FLAG_NO_WILDCARDS, nullptr) == 1;
  });
}

Status Judge(X509* certificate, std::span<const std::string> names) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr || EVP_PKEY_is_a(key, "RSA") != 1 || EVP_PKEY_get_bits(key) < kMinRsaBits) {
    return Status::Rejected("a certificate has no RSA key of " + std::to_string(kMinRsaBits) + " bits or more");
  }
  if (IsFor(certificate, names)) return Status::Ok();
  return Status::Rejected("a certificate is for none of the names with which SNS signs there: " + Join(names, ", "));
}

bool IsValid(const X509* certificate, Instant now) {
  const auto seconds = static_cast<time_t>(now.millis / 1000);
  // -2: the time cannot be read.
  const int from = ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate), seconds);
  const int to = ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate), seconds);
  return (from == -1 || from == 0) && (to == 0 || to == 1);
}

// The certificates with which Amazon SNS signs, as the operator pinned them. Immutable; copies share them.
using SigningCertificates = std::vector<std::shared_ptr<X509>>;

// Reads one or more certificates as PEM. SNS replaces its own every few months: the next one can stand beside the
// current one. Rejected: there is no certificate, or one cannot be read, has no RSA key of 2048 bits or more, or is not
// for one of the names.
Result<SigningCertificates> ReadCertificates(std::string_view pem, std::span<const std::string> names) {
  const crypto::ErrorsOfOurOwn errors;
  const crypto::BioHandle source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  SigningCertificates read;
  while (true) {
    crypto::CertificateHandle certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) break;
    LP_RETURN_IF_ERROR(Judge(certificate.get(), names));
    read.push_back(std::move(certificate));
  }
  // The error "no start line" means the end of the text; any other error means a damaged certificate.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (read.empty() || !at_end) return Status::Rejected("the key is not one or more certificates in PEM");
  return read;
}

// Returns Ok if a certificate that is valid now has signed the text.
Status CheckSigned(const SigningCertificates& certificates, std::string_view text, crypto::Hash hash,
                   std::string_view signature, Instant now) {
  const crypto::ErrorsOfOurOwn errors;
  bool valid = false;
  for (const std::shared_ptr<X509>& certificate : certificates) {
    if (!IsValid(certificate.get(), now)) continue;
    valid = true;
    if (crypto::IsSignedBy(X509_get0_pubkey(certificate.get()), hash, signature, {text})) return Status::Ok();
  }
  return Status::Rejected(valid ? "no certificate configured has signed it"
                                : "no certificate configured is valid at " + FormatRfc3339(now));
}

Status CheckSignature(const SigningCertificates& certificates, const Json& envelope, std::string_view text,
                      Instant now) {
  const std::string_view version = envelope["SignatureVersion"].text();
  if (version != "1" && version != "2") return Status::Rejected("its SignatureVersion is neither 1 nor 2");
  const std::string_view url = envelope["SigningCertURL"].text();
  if (!IsCertificateUrl(url)) return Status::Rejected("its SigningCertURL is not one of SNS");
  const std::optional<std::string> signature = FromBase64(envelope["Signature"].text());
  if (!signature.has_value()) return Status::Rejected("its Signature is not in base64");
  const crypto::Hash hash = version == "1" ? crypto::Hash::kSha1 : crypto::Hash::kSha256;
  const Status checked = CheckSigned(certificates, text, hash, *signature, now);
  return checked.ok() ? checked : Status::Rejected(checked.message() + "; it names the one of " + std::string(url));
}

// Parts of `arn:aws:sns:eu-west-1:123456789012:bounces`: `aws` and `eu-west-1`. nullopt if it is no TopicArn.
struct TopicArn {
  std::string partition, region;
};

std::optional<TopicArn> ParseTopic(const std::string& arn) {
  const std::vector<std::string> parts = absl::StrSplit(arn, ':');
  if (parts.size() != 6 || parts[0] != "arn" || parts[2] != "sns") return std::nullopt;
  if (std::ranges::any_of(parts, [](const std::string& part) { return part.empty(); })) return std::nullopt;
  return TopicArn{parts[1], parts[3]};
}

// Adds the names under which SNS signs in a region: in most, sns.amazonaws.com; in those opened later, in China and in
// GovCloud, a name of the region, as the SDK for Java lists them. Regions with domains of their own are unknown here.
void AddNames(const TopicArn& topic, std::vector<std::string>* names) {
  const std::string domain = topic.partition == "aws-cn" ? ".amazonaws.com.cn" : ".amazonaws.com";
  names->push_back("sns-signing." + topic.region + domain);
  // Both regions of GovCloud sign with the western one's.
  names->push_back("sns-" + (topic.partition == "aws-us-gov" ? "us-gov-west-1" : topic.region) + domain);
}

}  // namespace

// Makes a check of SNS's signature. The signed time is that of publishing, the same in every try. Its age is limited
// only on request: SNS tries for an hour at most, but a queue may post its copy days later, and that changes nothing
// twice. Converters get only the signed fields, because an envelope may hold anything beside them.
MadeCheck MakeSnsCheck(const SignatureKey& key) {
  if (key.topics.empty()) return Status::Rejected("no TopicArn is configured: SNS signs for everybody with one key");
  std::vector<std::string> names = {"sns.amazonaws.com"};
  for (const std::string& arn : key.topics) {
    const std::optional<TopicArn> topic = ParseTopic(arn);
    if (!topic.has_value()) return Status::Rejected("`" + arn + "` is no TopicArn, as arn:aws:sns:REGION:ACCOUNT:NAME");
    AddNames(*topic, &names);
  }
  LP_ASSIGN_OR_RETURN(SigningCertificates certificates, ReadCertificates(key.secret, names));
  return CheckBy([certificates = std::move(certificates), topics = key.topics, max_age = key.max_age](
                     const Post& post, Instant now) -> Result<Payload> {
    LP_ASSIGN_OR_RETURN(const Json envelope, Json::Parse(post.body));
    LP_ASSIGN_OR_RETURN(const EnvelopeFields fields, SignedFields(envelope));
    LP_RETURN_IF_ERROR(CheckTypeHeader(post, envelope));
    if (std::ranges::find(topics, envelope["TopicArn"].text()) == topics.end()) {
      return Status::Rejected("its TopicArn is not among those configured");
    }
    LP_RETURN_IF_ERROR(CheckSignature(certificates, envelope, SignedText(fields), now));
    const std::optional<Instant> published_at = TimeOfText(envelope["Timestamp"].text());
    if (!published_at.has_value()) return Status::Rejected("its Timestamp is no time");
    if (max_age) LP_RETURN_IF_ERROR(CheckAge(*published_at, now, *max_age));
    return Payload{.fields = Json::OfStrings(fields), .received_at = post.received_at};
  });
}

}  // namespace leadpulse::webhooks
