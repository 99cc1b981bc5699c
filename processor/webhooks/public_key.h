// Signatures that are checked with a public key.
#pragma once

#include <initializer_list>
#include <string_view>

#include "processor/base/status.h"
#include "processor/webhooks/digests.h"
#include "processor/webhooks/openssl_handles.h"

namespace leadpulse::webhooks {

// A SubjectPublicKeyInfo (RFC 5280), as PEM or its DER in base64. Rejected: the text is neither.
Result<KeyHandle> ReadPublicKey(std::string_view text);

// Whether the key's owner signed the parts as one text. ECDSA signatures are in DER, RSA signatures in PKCS #1 v1.5.
// Any number of threads may use one key.
bool IsSignedBy(EVP_PKEY* key, Hash hash, std::string_view signature, std::initializer_list<std::string_view> parts);

}  // namespace leadpulse::webhooks
