#include "processor/kafka/erasure_secret.h"

#include "state/store/store_keys.h"

namespace leadpulse::kafka {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kNoKey = "\0check"sv;  // no lead's
constexpr size_t kEnoughToDiffer = 8;

}  // namespace

static_assert(config::kMostFormerErasureSecrets + 1 == state::kMostErasureKeys);

std::string ErasureSecretOf(const config::StateSettings& settings) {
  std::string secret;
  for (const config::Secret& former : settings.former_erasure_secrets) secret += state::ErasureKeyFrom(former.Reveal());
  return secret + state::ErasureKeyFrom(settings.erasure_secret.Reveal());
}

std::string ErasureSecretCheck(std::string_view secret) {
  return state::ErasureHashOf(secret, kNoKey).substr(0, kEnoughToDiffer);
}

std::string ErasureSecretCheck(const state::LeadReader& store, std::string_view added) {
  const std::string hash = store.ErasureHash(kNoKey);
  return (added.empty() ? hash : state::ErasureHashOf(added, hash)).substr(0, kEnoughToDiffer);
}

}  // namespace leadpulse::kafka
