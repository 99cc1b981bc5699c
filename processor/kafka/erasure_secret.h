// The erasure secret of a deployment: its keys are those of the settings, the former ones first
// (state/store/store_keys.h). Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "config/settings.h"
#include "state/store/lead_reader.h"

namespace leadpulse::kafka {

// Returns the secret for a store.
std::string ErasureSecretOf(const config::StateSettings& settings);

// Returns a short hash that differs between secrets.
std::string ErasureSecretCheck(std::string_view secret);
// Returns that of the store's secret with the keys `added` after its own.
std::string ErasureSecretCheck(const state::LeadReader& store, std::string_view added = {});

}  // namespace leadpulse::kafka
