#include "tools/leadpulse/serve/run_addresses.h"

#include <string_view>
#include <utility>

#include "processor/serve/access/private_file.h"
#include "processor/serve/queries/query_server.h"
#include "tools/leadpulse/options.h"

namespace leadpulse::tools {
namespace {

constexpr char kTokenSource[] = "a copy of the token file of the runs (queries.token_file)";
constexpr char kKeyAdvice[] = "--run-key-file names the file with the key of --run-certificate-file";

constexpr std::string_view kSocket = "unix:", kTls = "https://", kPlain = "http://";

// Whether no other machine can listen on the way: `127.0.0.1:7000`, `[::1]:7000` or `localhost:7000`.
bool IsThisMachine(std::string_view host) {
  host = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find_first_of(":/"));
  const bool is_number = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return (is_number && host.starts_with("127.")) || host == "[::1]" || host == "localhost";
}

Result<serve::RunAddress> AddressOf(const std::string& run, const RunAddressOptions& options,
                                    const std::string& token) {
  serve::RunAddress address;
  if (run.starts_with(kSocket) && run.size() > kSocket.size()) {
    address.socket = run.substr(kSocket.size());
    return address;
  }
  if (!run.starts_with(kTls) && !run.starts_with(kPlain)) {
    return Status::Rejected("--run " + run + " is no run: write unix:PATH or https://HOST:PORT");
  }
  if (run.starts_with(kPlain) && !IsThisMachine(std::string_view(run).substr(kPlain.size()))) {
    return Status::Rejected("--run " + run + ": leads and the token could be read on the way; use https://");
  }
  if (token.empty() && options.certificate_file.empty()) {
    return Status::Rejected("--run " + run + " needs --run-token-file, or --run-certificate-file with its key");
  }
  address.url = run;
  while (address.url.ends_with('/')) address.url.pop_back();
  address.token = token;
  address.ca_file = options.ca_file;
  address.certificate_file = options.certificate_file;
  address.key_file = options.key_file;
  return address;
}

}  // namespace

void AddRunOptions(CLI::App* command, RunAddressOptions* options) {
  AddEach(
      command, "--run", &options->runs, "RUN",
      "A run of the settings' application, once for each; they share the partitions: unix:PATH of queries.sock in its "
      "state, or https://HOST:PORT of its queries [the run with the state]");
  Add(command, "--run-token-file", &options->token_file, "FILE",
      "The token that runs over TCP ask for (queries.token_file)");
  Add(command, "--run-ca-file", &options->ca_file, "FILE",
      "PEM: the authority that signs the certificates of runs [those that the system trusts]");
  Add(command, "--run-certificate-file", &options->certificate_file, "FILE",
      "PEM: the front's certificate, if runs ask for one (queries.tls.client_ca_file)");
  Add(command, "--run-key-file", &options->key_file, "FILE", "PEM: the key of --run-certificate-file");
}

Result<std::vector<serve::RunAddress>> RunAddressesOf(const RunAddressOptions& options, const std::string& state) {
  if (options.runs.empty()) return std::vector<serve::RunAddress>{{.socket = serve::QuerySocketIn(state)}};
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return Status::Rejected("--run-certificate-file and --run-key-file belong together: give both");
  }
  std::string token;
  if (!options.token_file.empty()) {
    LP_ASSIGN_OR_RETURN(token, access::ReadSecretFile("--run-token-file", options.token_file, kTokenSource));
  }
  if (!options.key_file.empty()) LP_RETURN_IF_ERROR(access::CheckPrivateFile(options.key_file, kKeyAdvice));
  std::vector<serve::RunAddress> addresses;
  for (const std::string& run : options.runs) {
    LP_ASSIGN_OR_RETURN(serve::RunAddress address, AddressOf(run, options, token));
    addresses.push_back(std::move(address));
  }
  return addresses;
}

}  // namespace leadpulse::tools
