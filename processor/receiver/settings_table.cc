#include "processor/receiver/settings_table.h"

#include <algorithm>

#include "config/setting_texts.h"
#include "processor/base/text.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::receiver {
namespace {

using config::BytesSetting;
using config::Choice;
using config::DurationSetting;
using config::FlagSetting;
using config::Integer;
using config::OtherSetting;
using config::SecretSetting;
using config::Setting;
using config::SettingGroup;
using config::TextSetting;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint64_t kKibibyte = 1 << 10;
constexpr uint64_t kMebibyte = 1 << 20;
constexpr const char* kAddress = "an address, such as 127.0.0.1 or ::1";

TextSetting Path(std::string* member) { return {"a path", nullptr, member}; }
TextSetting Name(std::string* member) { return {"a name", nullptr, member}; }

// Whether all characters are such that providers accept them and proxies do not change them.
bool IsPath(std::string_view text) {
  return text.size() >= 2 && text.size() <= 256 && text.front() == '/' && IsAlphanumeric(text, "/_.~-");
}

std::vector<std::string> ProviderNames() {
  std::vector<std::string> names;
  for (const webhooks::Provider& each : webhooks::Providers()) names.emplace_back(each.name());
  names.emplace_back(kGeneric);
  return names;
}

std::vector<Setting> Listen(FileValues* values) {
  http::ServerOptions& server = values->settings.server;
  return {
      {"listen.address", TextSetting{kAddress, config::IsAddress, &server.address},
       "Where providers, or the proxy before this, connect."},
      {"listen.port", Integer(0, 65535, &server.port), "0: any that is free; the log says which."},
      {"tls.certificate_file", Path(&values->certificate_file),
       "PEM, the certificate with its chain. A new one needs a restart.", "no TLS"},
      {"tls.key_file", Path(&values->key_file), "PEM.", "no TLS"},
  };
}

std::vector<Setting> ToFolder(FileValues* values) {
  InboxOptions& inbox = values->settings.inbox;
  return {
      {"to.folder", Path(&values->folder),
       "`leadpulse run --follow --input FOLDER` reads its segments. Created if it is missing.",
       "required, or to.kafka"},
      {"to.segment", BytesSetting{64 * kKibibyte, 1024 * 1024 * kMebibyte, &inbox.segment_bytes},
       "The size at which a segment is closed."},
      {"to.kept", BytesSetting{64 * kKibibyte, 1024 * 1024 * kMebibyte, &inbox.kept_bytes},
       "The size of aside/kept.jsonl, where unusable events are kept; beyond that they are only counted."},
  };
}

std::vector<Setting> ToKafka(FileValues* values) {
  return {
      {"to.kafka", OtherSetting{"a map as in `leadpulse run --help-config`"},
       "In place of to.folder: the brokers, their security, and the topics that get the records.", "to.folder"},
      {"to.formats", OtherSetting{"a map as in `leadpulse run --help-config`"},
       "What form the records have in the topic; `events` and, for confluent, `schema_registry` or `schema_ids.events` "
       "are used.",
       "Protobuf"},
      {"to.kept_folder", Path(&values->kept_folder), "The folder of aside/kept.jsonl.", "required with to.kafka"},
      {"to.acknowledged_within", DurationSetting{seconds(1), minutes(5), &values->acknowledged_within},
       "A post whose records the brokers have not acknowledged by then is answered 503."},
  };
}

std::vector<Setting> Limits(FileValues* values) {
  http::ServerOptions& server = values->settings.server;
  return {
      {"limits.body", BytesSetting{kKibibyte, 64 * kMebibyte, &server.bodies.one}, "The size of one post."},
      {"limits.all_bodies", BytesSetting{kMebibyte, 64 * 1024 * kMebibyte, &server.bodies.all},
       "The size of all posts being received; as much again for records that wait for the disk."},
      {"limits.connections", Integer(1, 100'000, &server.connections),
       "At the limit, the connection that has been idle longest is closed."},
      {"limits.request_time", DurationSetting{seconds(1), minutes(10), &values->request_time},
       "From a connection, or its last answer, to the end of a request."},
      {"limits.threads", Integer(1, 64, &server.threads), "The threads that read, check and convert posts."},
  };
}

std::vector<Setting> SourceSettings(SourceValues* values) {
  webhooks::ConversionOptions& options = values->options;
  return {
      {"sources[].provider", Choice(ProviderNames(), &values->provider), "Who posts.", config::kRequired,
       "sendgrid, mailgun, … as in `leadpulse convert --provider`"},
      {"sources[].tenant", TextSetting{kTenant, config::IsId, &options.tenant}, "Whose leads they are.",
       config::kRequired},
      {"sources[].path", TextSetting{"a path, such as /acme/sendgrid", IsPath, &values->path},
       "Matched exactly. It is shown in logs and metrics, so it must hold no secret.", "default /TENANT/PROVIDER"},
      {"sources[].mapping", Path(&values->mapping),
       "With `provider: generic`, the file that says what the sender calls its fields and events. Its `commands:` make "
       "commands from them, which change profiles."},
      {"sources[].lead_argument", Name(&options.lead_argument),
       "The custom argument that holds the lead's id; else its address is."},
      {"sources[].tenant_argument", Name(&options.tenant_argument),
       "The custom argument that holds the tenant, one of `tenants`. An event that names another is skipped and kept."},
      {"sources[].tenants", OtherSetting{"a list of tenants"}, "Those that tenant_argument may name beside `tenant`.",
       "required with tenant_argument"},
      {"sources[].campaign_argument", Name(&options.campaign_argument),
       "The custom argument that holds the campaign; without it, the provider's campaign."},
      {"sources[].strict", FlagSetting{&options.strict},
       "Keep an event whose time is missing or cannot be read in aside/kept.jsonl, and make no record of it. Without "
       "it the record has the time of receipt."},
      {"sources[].machine_agents", Path(&values->machine_agents),
       "A file of texts, one a line: a user agent that holds one, or is the one behind `=`, is a program's. In "
       "addition to those that are built in."},
      {"sources[].machine_agents_only", FlagSetting{&values->machine_agents_only}, "Only those in that file."},
  };
}

std::vector<Setting> SignatureSettings(SourceValues* values) {
  return {
      {"sources[].signature", OtherSetting{"none, or a map of the following"},
       "How a post proves that the provider sent it. none: everybody who finds the path may post.", config::kRequired},
      {"sources[].signature.secret", SecretSetting{1, &values->secret, true},
       "What the provider shows: a key, or user:password. ${NAME} takes it from the environment. At least 16 bytes, of "
       "user:password the password; public keys apart.",
       "this, or secret_file"},
      {"sources[].signature.secret_file", Path(&values->secret_file), "The file that holds it.", "this, or secret"},
      {"sources[].signature.previous_secret", SecretSetting{1, &values->previous_secret, true},
       "The one that `secret` replaces: posts with either are accepted until the provider uses the new one. "
       "leadpulse_receiver_signed_posts_total counts both. If it is shorter than 16 bytes, a warning says so."},
      {"sources[].signature.previous_secret_file", Path(&values->previous_secret_file), "The file that holds it."},
      {"sources[].signature.short_secret", Choice({"refuse", "accept"}, &values->accepts_short_secret),
       "accept: a `secret` of fewer than 16 bytes is accepted, with a warning at each start."},
      {"sources[].signature.scheme",
       Choice({"provider", "basic", "header", "hmac", "hmac-sha1", "hmac-sha512"}, &values->key.scheme),
       "Other than the provider's own: basic authentication, a header's value, the HMAC-SHA256 of the body, or of "
       "`signed_text`, in a header; hmac-sha1 and hmac-sha512 are the same with another hash."},
      {"sources[].signature.header", TextSetting{"a header's name", nullptr, &values->key.header},
       "For the schemes header and hmac."},
      {"sources[].signature.signed_text", TextSetting{"a text with {body}", nullptr, &values->key.form.text},
       "For the scheme hmac, what is signed: `{time}.{body}`, `v0:{time}:{body}`, perhaps with {url}.", "{body}"},
      {"sources[].signature.prefix", TextSetting{"a text", nullptr, &values->key.form.prefix},
       "What stands before the signature: `v0=`.", "sha256=, or nothing"},
      {"sources[].signature.signature_part", TextSetting{"a name", nullptr, &values->key.form.signature_part},
       "The part of a header such as `t=1772323200,v1=5257a8` that is the signature: v1.", "the whole header"},
      {"sources[].signature.time_part", TextSetting{"a name", nullptr, &values->key.form.time_part},
       "The part of it that is the time: t."},
      {"sources[].signature.time_header", TextSetting{"a header's name", nullptr, &values->key.form.time_header},
       "The header that holds the time, if it is another."},
      {"sources[].signature.url", TextSetting{"a URL", nullptr, &values->key.url},
       "Mandrill's, which signs it, and {url} in `signed_text`: as it was entered there."},
      {"sources[].signature.topics", OtherSetting{"a list of TopicArns"}, "For Amazon SNS: the topics that may post."},
      {"sources[].signature.max_age", DurationSetting{seconds(1), hours(24 * 30), &values->max_age},
       "The age up to which a post is accepted, if its time is signed.", "the provider's; 5m with {time}"},
  };
}

std::vector<Setting> Operations(FileValues* values) {
  config::HttpSettings& http = values->settings.http;
  config::LogSettings& log = values->settings.log;
  return {
      {"http.enabled", FlagSetting{&http.enabled}, "Whether /metrics, /healthz and /readyz are served."},
      {"http.address", TextSetting{kAddress, config::IsAddress, &http.address}, "Where."},
      {"http.port", Integer(0, 65535, &http.port), "0: any that is free; the log says which."},
      {"log.level", Choice(telemetry::LogLevels(), &log.level), "The lowest level that is logged to standard error."},
      {"log.format", Choice({"text", "json"}, &log.format), "For people, or one JSON object a line."},
  };
}

}  // namespace

FileValues::FileValues() {
  settings.server.port = kDefaultPort;
  settings.http.port = kDefaultOperatorsPort;
}

std::vector<SettingGroup> FileTable(FileValues* values) {
  return {
      {"Where posts come in", Listen(values)},
      {"Where records go", ToFolder(values)},
      {"Where records go: a topic instead", ToKafka(values)},
      {"Limits", Limits(values)},
      {"Who posts",
       {{"sources", OtherSetting{"a list with an entry for each webhook"}, "Each entry has the following settings.",
         config::kRequired}}},
      {"Operations", Operations(values)},
  };
}

std::vector<SettingGroup> SourceTable(SourceValues* values) {
  return {{"A source", SourceSettings(values)}, {"Its signature", SignatureSettings(values)}};
}

std::vector<SettingGroup> ReceiverTable(FileValues* values, SourceValues* source_values) {
  std::vector<SettingGroup> groups = FileTable(values);
  std::vector<Setting>& sources = std::ranges::find(groups, "Who posts", &SettingGroup::title)->settings;
  for (const SettingGroup& group : SourceTable(source_values)) {
    sources.insert(sources.end(), group.settings.begin(), group.settings.end());
  }
  return groups;
}

std::string ReceiverSettingsHelp() {
  FileValues values;
  SourceValues source_values;
  return config::SettingsHelp(
      "The settings of `leadpulse receive --config FILE`. FILE is YAML; the dots below are its levels: `to.folder` is "
      "`to: {folder: …}`, and `sources[]` is each entry of the list. In values, ${NAME} is what the environment has "
      "under that name, ${file:/PATH} what a file has, and $$ is a dollar. Durations: 10s 5m 2h 7d. Bytes: 64KiB "
      "256MiB 2GiB. Paths are those of the "
      "directory in which the program is started. config/examples/receive.yaml is one to start from.",
      ReceiverTable(&values, &source_values));
}

}  // namespace leadpulse::receiver
