// Every setting of `leadpulse receive --config FILE`, declared once.
#pragma once

#include <string>
#include <vector>

#include "config/secret.h"
#include "config/settings_table.h"
#include "processor/receiver/receiver_settings.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::receiver {

// The file's values. The paths name files that are read afterwards.
struct FileValues {
  FileValues();

  ReceiverSettings settings;  // without topics and sources
  std::string certificate_file, key_file;
  std::string folder, kept_folder;
  Millis request_time{settings.server.timeout};
  Millis acknowledged_within = TopicSettings().timeout;
};

// The values of one entry of the list `sources`.
struct SourceValues {
  std::string provider, path, mapping, machine_agents;
  bool machine_agents_only = false;
  webhooks::ConversionOptions options;
  config::Secret secret, previous_secret;
  std::string secret_file, previous_secret_file;
  bool accepts_short_secret = false;
  webhooks::SignatureKey key;
  Millis max_age{0};
};

inline constexpr const char* kTenant = "a tenant (1 to 128 of A–Z a–z 0–9 _ . -)";
// The provider of posts that a mapping describes.
inline constexpr const char* kGeneric = "generic";

// Returns the settings outside of the entries of `sources`, in the order of the help text. `values` outlives them.
std::vector<config::SettingGroup> FileTable(FileValues* values);
// Returns the settings of an entry, as `sources[].tenant`. `values` outlives them.
std::vector<config::SettingGroup> SourceTable(SourceValues* values);
// Returns the settings of FileTable, with those of SourceTable in the group `Who posts`.
std::vector<config::SettingGroup> ReceiverTable(FileValues* values, SourceValues* source_values);

}  // namespace leadpulse::receiver
