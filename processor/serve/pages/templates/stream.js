// The stream of changes for all tabs, in a SharedWorker: a browser opens six connections to a front, and a stream holds
// one. It is closed while no tab is visible. A tab sends whether it is, or null when it goes. It gets [kind, data] of each
// event; `joined`: the stream is open; `lost`: changes are missed until it is `open`.
"use strict";
{ // without shared workers each page has this script, beside its own
  const KINDS = ["reset", "LEAD_ERASED", "LEAD_GONE", "LEAD_CREATED", "EMAIL_STATUS_CHANGED", "SENDABLE_CHANGED",
    "TOPIC_CHANGED", "STAGE_CHANGED", "SCORE_CHANGED", "TIER_CHANGED", "SEGMENT_ENTERED", "SEGMENT_LEFT", "LEAD_MERGED",
    "LEAD_UPDATED", "CONTACT_TOUCHED"];
  const BEFORE_NEXT_TRY = 5000; // ms: the number of streams of a user is limited
  const BEFORE_CLOSING = 5000; // ms: another tab may be shown next
  const tabs = new Map(); // whether the tab of the port is visible
  let stream = null;

  const isSeen = () => [...tabs.values()].includes(true);
  const toAll = (kind, data) => tabs.forEach((_, port) => port.postMessage([kind, data]));

  const open = () => {
    if (stream || !isSeen()) return;
    stream = new EventSource("/api/v1/stream");
    for (const kind of ["open", ...KINDS]) stream.addEventListener(kind, (event) => toAll(kind, event.data));
    stream.addEventListener("error", () => {
      toAll("lost");
      if (stream.readyState !== EventSource.CLOSED) return; // the browser connects again
      stream = null;
      setTimeout(open, BEFORE_NEXT_TRY);
    });
  };
  const closeUnseen = () => {
    if (isSeen() || !stream) return;
    stream.close();
    stream = null;
    toAll("lost");
  };

  addEventListener("connect", ({ ports: [port] }) => {
    port.onmessage = ({ data: isVisible }) => {
      isVisible === null ? tabs.delete(port) : tabs.set(port, isVisible);
      if (isVisible && stream?.readyState === EventSource.OPEN) port.postMessage(["joined"]);
      isSeen() ? open() : setTimeout(closeUnseen, BEFORE_CLOSING);
    };
  });
}
