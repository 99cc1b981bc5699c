#include "tools/leadpulse/queries.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "processor/serve/access/private_file.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::tools {
namespace {

// Reads a certificate, which is public. Empty if the path is.
Result<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::string pem((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (pem.find("-----BEGIN ") == std::string::npos) return Status::Rejected(path + " cannot be read, or is not PEM");
  return pem;
}

constexpr char kQueryKeyAdvice[] = "queries.tls.key_file names the file with the key of queries.tls.certificate_file";

}  // namespace

Result<std::optional<serve::QueryAddress>> ReadQueryAddress(const config::QuerySettings& settings) {
  if (!settings.enabled) return std::optional<serve::QueryAddress>();
  serve::QueryAddress address;
  address.address = settings.address;
  address.port = settings.port;
  if (!settings.token_file.empty()) {
    LP_ASSIGN_OR_RETURN(address.token, access::ReadSecretFile("queries.token_file", settings.token_file));
  }
  LP_ASSIGN_OR_RETURN(address.certificate, ReadPem(settings.tls.certificate_file));
  if (!settings.tls.key_file.empty()) {
    LP_ASSIGN_OR_RETURN(address.key, access::ReadPrivateFile(settings.tls.key_file, kQueryKeyAdvice));
  }
  LP_ASSIGN_OR_RETURN(address.client_ca, ReadPem(settings.tls.client_ca_file));
  return std::optional(std::move(address));
}

std::unique_ptr<serve::QueryServer> ServeQueries(const std::string& state_directory,
                                                 const std::optional<serve::QueryAddress>& address,
                                                 const serve::QueryServiceParts& parts) {
  Result<std::unique_ptr<serve::QueryServer>> server = serve::QueryServer::Start(state_directory, address, parts);
  if (!server.ok()) {
    telemetry::LogWarning("lead queries are not served: " + server.status().message());
    return nullptr;
  }
  if ((*server)->port() != 0) {
    telemetry::LogInfo("answering lead queries on " + std::string(address->certificate.empty() ? "http" : "https") +
                       "://" + address->address + ":" + std::to_string((*server)->port()));
  }
  return std::move(*server);
}

}  // namespace leadpulse::tools
