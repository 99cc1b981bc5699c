// Compresses bodies of responses for clients that accept gzip.
#pragma once

#include <string_view>

#include "processor/http/handler.h"

namespace leadpulse::http {

// Whether a client that sent this Accept-Encoding (RFC 9110 §12.5.3) takes gzip: it names gzip, or `*`, with a weight
// above 0 that is not below that of `identity`.
bool AcceptsGzip(std::string_view accept_encoding);

// Compresses a body of more than about 1 KB, unless it is a stream or a file. A strong ETag gets `-gzip` at its end,
// because it names the bytes (RFC 9110 §8.8.3.3). Do not call it for an answer that has a secret beside text which a
// stranger may have chosen: the size of such an answer tells the secret (BREACH).
void CompressFor(std::string_view accept_encoding, Response* response);

// Returns an ETag, in quotes or not, without what CompressFor has added.
std::string_view WithoutGzip(std::string_view tag);

}  // namespace leadpulse::http
