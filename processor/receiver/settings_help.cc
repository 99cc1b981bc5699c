// Describes every setting of `leadpulse receive --config FILE`, for `--help-config`.
#include "config/settings_table.h"
#include "processor/base/text.h"
#include "processor/receiver/receiver_settings.h"

namespace leadpulse::receiver {
namespace {

constexpr SettingInWords kListen[] = {
    {"listen.address", "an address, such as 127.0.0.1 or ::1", "default 127.0.0.1",
     "Where providers, or the proxy before this, connect."},
    {"listen.port", "an integer from 0 to 65535", "default 8080", "0: any that is free; the log says which."},
    {"tls.certificate_file", "a path", "no TLS", "PEM, the certificate with its chain. A new one needs a restart."},
    {"tls.key_file", "a path", "no TLS", "PEM."},
};

constexpr SettingInWords kTo[] = {
    {"to.folder", "a path", "required, or to.kafka",
     "`leadpulse run --follow --input FOLDER` reads its segments. Created if it is missing."},
    {"to.segment", "bytes from 64KiB to 1024GiB", "default 256MiB", "The size at which a segment is closed."},
    {"to.kept", "bytes from 64KiB to 1024GiB", "default 64MiB",
     "The size of aside/kept.jsonl, where unusable events are kept; beyond that they are only counted."},
};

constexpr SettingInWords kToKafka[] = {
    {"to.kafka", "a map as in `leadpulse run --help-config`", "to.folder",
     "In place of to.folder: the brokers, their security, and the topics that get the records."},
    {"to.formats", "a map as in `leadpulse run --help-config`", "Protobuf",
     "What form the records have in the topic; `events` and, for confluent, `schema_ids.events` are used."},
    {"to.kept_folder", "a path", "required with to.kafka", "The folder of aside/kept.jsonl."},
    {"to.acknowledged_within", "a duration from 1s to 5m", "default 10s",
     "A post whose records the brokers have not acknowledged by then is answered 503."},
};

constexpr SettingInWords kLimits[] = {
    {"limits.body", "bytes from 1KiB to 64MiB", "default 10MiB", "The size of one post."},
    {"limits.all_bodies", "bytes from 1MiB to 64GiB", "default 256MiB",
     "The size of all posts being received; as much again for records that wait for the disk."},
    {"limits.connections", "an integer from 1 to 100000", "default 512",
     "At the limit, the connection that has been idle longest is closed."},
    {"limits.request_time", "a duration from 1s to 10m", "default 30s",
     "From a connection, or its last answer, to the end of a request."},
    {"limits.threads", "an integer from 1 to 64", "default 2", "The threads that read, check and convert posts."},
};

constexpr SettingInWords kSources[] = {
    {"sources", "a list with an entry for each webhook", "required", "Each entry has the following settings."},
    {"sources[].provider", "sendgrid, mailgun, … as in `leadpulse convert --provider`", "required", "Who posts."},
    {"sources[].tenant", "a tenant (1 to 128 of A–Z a–z 0–9 _ . -)", "required", "Whose leads they are."},
    {"sources[].path", "a path, such as /acme/sendgrid", "default /TENANT/PROVIDER",
     "Matched exactly. It is shown in logs and metrics, so it must hold no secret."},
    {"sources[].mapping", "a path", "none",
     "With `provider: generic`, the file that says what the sender calls its fields and events. Its `commands:` make "
     "commands from them, which change profiles."},
    {"sources[].lead_argument", "a name", "none", "The custom argument that holds the lead's id; else its address is."},
    {"sources[].tenant_argument", "a name", "none",
     "The custom argument that holds the tenant, one of `tenants`. An event that names another is skipped and kept."},
    {"sources[].tenants", "a list of tenants", "required with tenant_argument",
     "Those that tenant_argument may name beside `tenant`."},
    {"sources[].campaign_argument", "a name", "default campaign_id",
     "The custom argument that holds the campaign; without it, the provider's campaign."},
    {"sources[].machine_agents", "a path", "none",
     "A file of texts, one a line: a user agent that holds one, or is the one behind `=`, is a program's. In "
     "addition to those that are built in."},
    {"sources[].machine_agents_only", "true or false", "default false", "Only those in that file."},
    {"sources[].signature", "none, or a map of the following", "required",
     "How a post proves that the provider sent it. none: everybody who finds the path may post."},
    {"sources[].signature.secret", "a secret", "this, or secret_file",
     "What the provider shows: a key, or user:password. ${NAME} takes it from the environment. At least 16 bytes, of "
     "user:password the password; public keys apart."},
    {"sources[].signature.secret_file", "a path", "this, or secret", "The file that holds it."},
    {"sources[].signature.previous_secret", "a secret", "none",
     "The one that `secret` replaces: posts with either are accepted until the provider uses the new one. "
     "leadpulse_receiver_signed_posts_total counts both. If it is shorter than 16 bytes, a warning says so."},
    {"sources[].signature.previous_secret_file", "a path", "none", "The file that holds it."},
    {"sources[].signature.short_secret", "refuse or accept", "default refuse",
     "accept: a `secret` of fewer than 16 bytes is accepted, with a warning at each start."},
    {"sources[].signature.scheme", "provider, basic, header or hmac", "default provider",
     "Other than the provider's own: basic authentication, a header's value, the HMAC-SHA256 of the body in a header."},
    {"sources[].signature.header", "a header's name", "none", "For the schemes header and hmac."},
    {"sources[].signature.url", "a URL", "none", "Mandrill's, which signs it: as it was entered there."},
    {"sources[].signature.topics", "a list of TopicArns", "none", "For Amazon SNS: the topics that may post."},
    {"sources[].signature.max_age", "a duration from 1s to 30d", "the provider's",
     "The age up to which a post is accepted, if its time is signed."},
};

constexpr SettingInWords kOperations[] = {
    {"http.enabled", "true or false", "default true", "Whether /metrics, /healthz and /readyz are served."},
    {"http.address", "an address, such as 127.0.0.1 or ::1", "default 127.0.0.1", "Where."},
    {"http.port", "an integer from 0 to 65535", "default 9465", "0: any that is free; the log says which."},
    {"log.level", "trace, debug, info, warning, error or off", "default info",
     "The lowest level that is logged to standard error."},
    {"log.format", "text or json", "default text", "For people, or one JSON object a line."},
};

constexpr SettingGroupInWords kGroups[] = {
    {"Where posts come in", kListen},
    {"Where records go", kTo},
    {"Where records go: a topic instead", kToKafka},
    {"Limits", kLimits},
    {"Who posts", kSources},
    {"Operations", kOperations},
};

}  // namespace

std::span<const SettingGroupInWords> SettingsInWords() { return kGroups; }

std::string ReceiverSettingsHelp() {
  std::string help = config::WrappedHelp(
      "The settings of `leadpulse receive --config FILE`. FILE is YAML; the dots below are its levels: `to.folder` is "
      "`to: {folder: …}`, and `sources[]` is each entry of the list. In values, ${NAME} is what the environment has "
      "under that name, and $$ is a dollar. Durations: 10s 5m 2h 7d. Bytes: 64KiB 256MiB 2GiB. Paths are those of the "
      "directory in which the program is started. config/examples/receive.yaml is one to start from.",
      0, 0);
  for (const SettingGroupInWords& group : SettingsInWords()) {
    help += Concat({"\n", group.title, "\n"});
    for (const SettingInWords& setting : group.settings) {
      help += config::WrappedHelp(Concat({setting.name, ": ", setting.kind, "; ", setting.omitted}), 2, 6);
      help += config::WrappedHelp(setting.description, 6, 6);
    }
  }
  return help;
}

}  // namespace leadpulse::receiver
