// Gives the state of a run on files another erasure secret: the one it has with a further, random key.
//
// Everything stored under the secret gets that key, too (engine/erasure_rotation.h), so nothing stays under the former
// one, and nobody is forgotten or erased by it. One durable commit: a kill leaves the state as it was, or rotated. The
// files have the former hashes until the state is compacted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "processor/base/status.h"

namespace leadpulse::maintenance {

struct SecretRotationOptions {
  std::string state;
  bool dry_run = false;  // count only; needs no lock
  // The most bytes of rows that the commit may have, which is in memory twice.
  size_t most_bytes = size_t{512} << 20;
};

struct SecretRotation {
  uint64_t erasures = 0;
  uint64_t leads = 0;  // leads and mailboxes that know hashes of erased ones
  uint64_t keys = 0;   // how many the secret has now
};

// Rotates the secret. Rejected, with what to do: no state, a backup, a state of the live mode or of another engine, too
// many keys or rows. Retriable: a process has the state open. Fatal: the state is damaged, or a write failed.
Result<SecretRotation> RotateSecret(const SecretRotationOptions& options);

}  // namespace leadpulse::maintenance
