#include "tools/leadpulse/tenant_option.h"

#include <CLI/CLI.hpp>

#include "config/setting_texts.h"

namespace leadpulse::tools {
namespace {

std::string CheckTenant(const std::string& text) {
  return config::IsId(text) ? "" : "`" + text + "` is no tenant; write 1 to 128 of A–Z a–z 0–9 _ . -";
}

}  // namespace

void AddTenantOption(CLI::App* command, std::string* tenant) {
  command->add_option("--tenant", *tenant, "Whose leads they are")
      ->type_name("T")
      ->required()
      ->check(CLI::Validator(CheckTenant, ""));
}

}  // namespace leadpulse::tools
