#include "schemas/codec/protobuf_change.h"

namespace leadpulse::codec {

void SetChange(const Change& change, v1::Change* out) {
  out->set_tenant_id(change.key.tenant);
  out->set_lead_id(change.key.lead);
  out->set_seq(change.seq.value);
  SetTimestamp(change.at, out->mutable_at());
  out->set_kind(static_cast<v1::Change::Kind>(change.kind));
  out->set_name(change.name);
  out->set_from(change.from);
  out->set_to(change.to);
  out->mutable_cause()->set_kind(static_cast<v1::Cause::Kind>(change.cause.kind));
  out->mutable_cause()->set_id(change.cause.id);
  out->set_backfill(change.backfill);
  if (change.source) SetSource(*change.source, out->mutable_source());
  for (const std::string& name : change.updated) out->add_updated(name);
}

}  // namespace leadpulse::codec
