// Where the tokens come from by which a program logs in to Kafka with OAUTHBEARER.
#pragma once

#include <string>

#include "config/settings.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"

namespace leadpulse::tools {

// Returns the source that the settings name, which log in with OAUTHBEARER. `clock` outlives it. Thread-safe.
//
// From a file: it is read for each token, because another program renews it. Retriable if it cannot be read or has no
// token that is valid now.
// From an authorization server, by client credentials (RFC 6749 §4.4; the client's id and secret in an Authorization
// header, §2.3.1): retriable if it does not answer, or asks to come again; rejected if it refuses.
kafka::TokenSource TokensFor(const config::SaslSettings& sasl, const Clock* clock);

// Parses a JSON Web Token (RFC 7519). Does not check its signature: the brokers do. Rejected: the text is no such
// token, or the token does not say when it expires.
Result<kafka::LoginToken> ParseToken(std::string text);

}  // namespace leadpulse::tools
