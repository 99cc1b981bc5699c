#include "processor/kafka/client/rdkafka_client.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "processor/base/assert.h"
#include "processor/kafka/client/rdkafka_errors.h"

namespace leadpulse::kafka {
namespace {

using Conf = std::unique_ptr<rd_kafka_conf_t, DestroyWith<rd_kafka_conf_destroy>>;

RdkafkaClient& ClientOf(void* opaque) { return *static_cast<RdkafkaClient*>(opaque); }

Result<Conf> ConfOf(const Settings& settings) {
  Conf conf(rd_kafka_conf_new());
  std::array<char, 512> problem{};
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), problem.data(), problem.size()) !=
        RD_KAFKA_CONF_OK) {
      return Status::Rejected("the Kafka setting `" + name + "`: " + problem.data());
    }
  }
  return conf;
}

// Advice for a file that librdkafka cannot use: its message has its own setting's name and OpenSSL's reason.
struct FileAdvice {
  std::string_view failed;
  const char* advice;
};
constexpr std::array kFileAdvice = {
    FileAdvice{"ssl.ca.location",
               "; see kafka.security.tls.ca_file: it must be there, may be read, and has certificates in PEM"},
    FileAdvice{
        "ssl.certificate.location",
        "; see kafka.security.tls.certificate_file: it must be there, may be read, and has a certificate in PEM"},
    FileAdvice{
        "ssl.key.location",
        "; see kafka.security.tls.key_file: it must be there, may be read, and has the key of certificate_file in"
        " PEM; where that is encrypted, key_password must be right"},
};

std::string WithFileAdvice(const std::string& problem) {
  const auto* found = std::find_if(kFileAdvice.begin(), kFileAdvice.end(),
                                   [&](const auto& f) { return problem.starts_with(f.failed); });
  return found == kFileAdvice.end() ? problem : problem + found->advice;
}

// Makes a handle, which owns the settings.
Result<rd_kafka_t*> HandleOf(rd_kafka_type_t type, rd_kafka_conf_t* conf) {
  std::array<char, 512> problem{};
  rd_kafka_t* handle = rd_kafka_new(type, conf, problem.data(), problem.size());
  if (handle == nullptr) return Status::Rejected("the Kafka settings: " + WithFileAdvice(problem.data()));
  return handle;
}

// The text in front of the generation. librdkafka has no accessor for the generation, but writes it after this text
// (see rd_kafka_consumer_group_metadata_write in versions 2.0.2 to 2.15). In any other form the generation counts as
// missing: commits would fail with an error.
constexpr std::string_view kHead = "CGMDv2:";

constexpr int32_t kNowhere = std::numeric_limits<int32_t>::max();

// Returns the membership's generation; -1 if none.
int32_t GenerationOf(const rd_kafka_consumer_group_metadata_t* place) {
  void* bytes = nullptr;
  size_t size = 0;
  const CallError error(rd_kafka_consumer_group_metadata_write(place, &bytes, &size));
  if (error != nullptr) return -1;
  const std::string_view text(static_cast<const char*>(bytes), size);
  int32_t generation = -1;
  if (text.size() >= kHead.size() + sizeof generation && text.substr(0, kHead.size()) == kHead) {
    std::memcpy(&generation, text.data() + kHead.size(), sizeof generation);
  }
  rd_kafka_mem_free(nullptr, bytes);
  return generation == kNowhere ? -1 : generation;
}

GroupMetadataHandle Own(rd_kafka_consumer_group_metadata_t* place) {
  return {place, [](rd_kafka_consumer_group_metadata_t* p) { rd_kafka_consumer_group_metadata_destroy(p); }};
}

}  // namespace

Status RdkafkaClient::Check(rd_kafka_type_t type, const Settings& settings) {
  LP_ASSIGN_OR_RETURN(Conf conf, ConfOf(settings));
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  LP_ASSIGN_OR_RETURN(rd_kafka_t* const handle, HandleOf(type, conf.get()));
  [[maybe_unused]] const rd_kafka_conf_t* of_the_handle = conf.release();
  rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  return Status::Ok();
}

Result<std::unique_ptr<RdkafkaClient>> RdkafkaClient::Make(rd_kafka_type_t type, const Settings& settings,
                                                           const ConnectionOptions& options, ClientListener* listener) {
  LP_ASSIGN_OR_RETURN(Conf conf, ConfOf(settings));
  std::unique_ptr<RdkafkaClient> client(new RdkafkaClient(options, listener));
  client->SetCallbacks(type, conf.get());
  // If no handle can be made, the settings leak: librdkafka 2.0.2 has then freed their interceptors, and would free
  // them again. For settings that passed Check, this happens only without threads or memory.
  LP_ASSIGN_OR_RETURN(client->handle_, HandleOf(type, conf.release()));
  if (options.login_token) {
    const CallError error(rd_kafka_sasl_background_callbacks_enable(client->handle_));
    if (error != nullptr) return ToStatus("log in with tokens", rd_kafka_error_code(error.get()));
  }
  return client;
}

RdkafkaClient::~RdkafkaClient() {
  if (handle_ == nullptr) return;
  // The consumer's Close has left the group.
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void RdkafkaClient::SetCallbacks(rd_kafka_type_t type, rd_kafka_conf_t* conf) {
  rd_kafka_conf_set_opaque(conf, this);
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t* handle, int level, const char* facility, const char* text) {
    if (handle != nullptr) ClientOf(rd_kafka_opaque(handle)).Log(level, std::string(facility) + ": " + text);
  });
  rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int code, const char* reason, void* opaque) {
    ClientOf(opaque).NoteBrokerError(static_cast<rd_kafka_resp_err_t>(code), reason);
  });
  if (options_.login_token) {
    rd_kafka_conf_enable_sasl_queue(conf, 1);
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(
        conf, [](rd_kafka_t* handle, const char*, void* opaque) { ClientOf(opaque).RefreshToken(handle); });
  }
  if (type == RD_KAFKA_CONSUMER) {
    rd_kafka_conf_set_rebalance_cb(
        conf, [](rd_kafka_t*, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions, void* opaque) {
          ClientOf(opaque).listener_->OnRebalance(what, partitions);
        });
  } else {
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
      ClientOf(opaque).listener_->OnDelivery(*message);
    });
    rd_kafka_conf_interceptor_add_on_new(conf, "leadpulse", WatchRequests, this);
  }
}

void RdkafkaClient::NoteBrokerError(rd_kafka_resp_err_t code, const char* reason) {
  // librdkafka reports a token that it did not get as a refused login.
  const bool is_token = std::string_view(reason).starts_with("Failed to acquire SASL OAUTHBEARER token");
  if (is_token && may_have_token_later_) code = RD_KAFKA_RESP_ERR__TRANSPORT;
  // "All brokers are down" says less than the last broker's own error.
  if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    last_broker_error_code_ = code;
    last_broker_error_ = reason;
  }
  listener_->OnBrokerError(code, reason);
}

void RdkafkaClient::RefreshToken(rd_kafka_t* handle) {
  const Result<LoginToken> token = options_.login_token();
  may_have_token_later_ = !token.ok() && token.status().kind() == ErrorKind::kRetriable;
  std::array<char, 512> problem{};
  if (!token.ok()) {
    Log(4, "OAUTHBEARER: " + token.status().message());
    rd_kafka_oauthbearer_set_token_failure(handle, token.status().message().c_str());
  } else if (rd_kafka_oauthbearer_set_token(handle, token->value.c_str(), token->expires_at.millis,
                                            token->principal.c_str(), nullptr, 0, problem.data(),
                                            problem.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_oauthbearer_set_token_failure(handle, problem.data());
  }
}

rd_kafka_resp_err_t RdkafkaClient::WatchRequests(rd_kafka_t* handle, const rd_kafka_conf_t*, void* client, char*,
                                                 size_t) {
  return rd_kafka_interceptor_add_on_response_received(
      handle, "leadpulse",
      [](rd_kafka_t*, int, const char*, int32_t, int16_t api_key, int16_t, int32_t, size_t, int64_t,
         rd_kafka_resp_err_t code, void* opaque) {
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) ClientOf(opaque).listener_->OnRequestFailed(api_key, code);
        return RD_KAFKA_RESP_ERR_NO_ERROR;
      },
      client);
}

std::vector<Message> TakeMessages(const RdkafkaClient& client, rd_kafka_queue_t* queue,
                                  std::chrono::milliseconds timeout, uint64_t most) {
  LP_ASSERT(most > 0);
  std::vector<Message> messages;
  Message first(rd_kafka_consumer_poll(client.get(), Milliseconds(timeout)));
  if (first == nullptr) return messages;
  std::array<rd_kafka_message_t*, kMostMessages - 1> more;
  const size_t room = std::min<uint64_t>(most - 1, more.size());
  const ssize_t count = room == 0 ? 0 : rd_kafka_consume_batch_queue(queue, 0, more.data(), room);
  messages.reserve(1 + static_cast<size_t>(std::max<ssize_t>(count, 0)));
  messages.push_back(std::move(first));
  for (ssize_t i = 0; i < count; ++i) messages.emplace_back(more[static_cast<size_t>(i)]);
  return messages;
}

int Milliseconds(std::chrono::milliseconds duration) {
  return static_cast<int>(std::clamp<int64_t>(duration.count(), 0, std::numeric_limits<int>::max()));
}

std::string SaidByConnection(const RdkafkaClient& client) {
  const std::string said = client.last_broker_error();
  return said.empty() ? said : " (the connection said: " + said + ")";
}

std::string PlaceName(const char* topic, int32_t partition) {
  return std::string(topic) + " [" + std::to_string(partition) + "]";
}

std::optional<Instant> TimeOf(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const int64_t millis = rd_kafka_message_timestamp(&message, &type);
  return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? std::nullopt : std::optional(Instant{millis});
}

std::string ErrorText(const rd_kafka_message_t& message) {
  const char* said = rd_kafka_message_errstr(&message);
  return said == nullptr ? rd_kafka_err2str(message.err) : said;
}

// ---- Group metadata ------------------------------------------------------------------------------------------------

int32_t RdkafkaGroupMetadata::generation() const { return GenerationOf(get()); }

GroupMetadataHandle PlaceInGroup(rd_kafka_t* consumer, const std::string& group) {
  rd_kafka_consumer_group_metadata_t* place = rd_kafka_consumer_group_metadata(consumer);
  if (place == nullptr) return NoPlaceInGroup(group);
  GroupMetadataHandle owned = Own(place);
  return GenerationOf(place) >= 0 ? owned : NoPlaceInGroup(group);
}

GroupMetadataHandle NoPlaceInGroup(const std::string& group) {
  return Own(
      rd_kafka_consumer_group_metadata_new_with_genid(group.c_str(), kNowhere, "leadpulse-not-a-member", nullptr));
}

}  // namespace leadpulse::kafka
