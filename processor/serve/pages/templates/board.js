// Moves cards of the board by drag and by menu, and shows the moves of others. live.js has the stream.
"use strict";

const board = document.getElementById("board");
const cardOf = (lead) => board.querySelector(`.card[data-lead="${CSS.escape(lead)}"]`);
const cardsOf = (stage) => board.querySelector(`[data-stage="${CSS.escape(stage)}"] > ul`);

let dragged = null; // the contact whose card is being dragged

// Puts a card where the contact is now. Leaves the card that the user is at, unless it has to go.
async function renewCard(lead) {
  const fresh = await part("/pipeline/card", { lead, back: board.dataset.back });
  const card = cardOf(lead);
  if (!fresh) return card && card.remove();
  const cards = cardsOf(fresh.dataset.stage);
  const stays = card && card.parentElement === cards && card.dataset.stage === fresh.dataset.stage;
  const isAt = card && card.contains(document.activeElement);
  if (dragged === lead || (stays && isAt)) return;
  if (card && card.parentElement === cards) {
    card.replaceWith(fresh);
  } else {
    if (card) card.remove();
    if (!cards) return;
    fresh.classList.add("changed");
    cards.prepend(fresh);
  }
  if (isAt) fresh.querySelector("a").focus();
}

// The later of two answers about one card may be older: each card is renewed by one request at a time. Returns
// whether the last request succeeded; true if another call goes on. After a failure, the next change tries again.
const renewing = new Map();
async function renewSoon(lead) {
  if (renewing.has(lead)) return Boolean(renewing.set(lead, true));
  let isDone = false;
  do {
    renewing.set(lead, false);
    isDone = await renewCard(lead).then(() => true, () => false);
  } while (renewing.get(lead));
  renewing.delete(lead);
  return isDone;
}

// Moves the card at once, and back if the move is refused.
async function move(card, stage) {
  const form = card.querySelector("form");
  const lead = card.dataset.lead, cards = card.parentElement, next = card.nextElementSibling;
  const fields = new FormData(form);
  fields.set("stage", stage);
  fields.set("confirmed", "yes"); // isWanted has asked
  fields.set("part", "undo");
  tell("");
  cardsOf(stage) ? cardsOf(stage).prepend(card) : card.remove();
  const { problem, undo } = await send("/pipeline/move", fields);
  if (problem) {
    cards.insertBefore(card, next && next.parentElement === cards ? next : null);
    form.reset();
    tell(problem);
  } else if (undo) {
    const name = card.querySelector("a").textContent, label = card.querySelector(`option[value="${CSS.escape(stage)}"]`).textContent;
    tell(`${name} is in ${label} now.`, undo);
  }
  if (!(await renewSoon(lead)) && !problem) tell(UNKNOWN);
}

board.addEventListener("submit", (event) => {
  event.preventDefault();
  const card = event.target.closest(".card");
  move(card, event.target.elements.stage.value);
});

// `m` opens the stages of the card that has the focus; a letter chooses, Enter moves.
board.addEventListener("keydown", (event) => {
  const select = event.target.closest(".card")?.querySelector("select");
  if (event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey || !select || event.target === select) return;
  event.preventDefault();
  select.focus();
  select.showPicker?.();
});

board.addEventListener("dragstart", (event) => {
  const card = event.target.closest(".card[draggable=true]");
  if (!card) return;
  dragged = card.dataset.lead;
  event.dataTransfer.setData("text/plain", dragged);
});
const showTarget = (column) => {
  for (const other of board.querySelectorAll(".column.over")) if (other !== column) other.classList.remove("over");
  if (column) column.classList.add("over");
};
board.addEventListener("dragover", (event) => {
  const column = event.target.closest(".column[data-stage]");
  if (!dragged || !column) return;
  event.preventDefault();
  showTarget(column);
});
board.addEventListener("drop", (event) => {
  const column = event.target.closest(".column[data-stage]"), card = dragged && cardOf(dragged);
  dragged = null;
  showTarget(null);
  if (!card || !column) return;
  event.preventDefault();
  const option = card.querySelector(`option[value="${CSS.escape(column.dataset.stage)}"]`);
  if (column.dataset.stage !== card.dataset.stage && isWanted(option)) move(card, column.dataset.stage);
});
document.addEventListener("dragend", () => {
  showTarget(null);
  if (dragged) renewSoon(dragged);
  dragged = null;
});

document.addEventListener("leadpulse:changed", (event) => {
  const { lead, kind } = event.detail;
  // Whether others fit the filter of the board is unknown.
  const mayAppear = !("filtered" in board.dataset) && (kind === "STAGE_CHANGED" || kind === "LEAD_CREATED");
  if (cardOf(lead) || mayAppear) renewSoon(lead);
});
document.addEventListener("leadpulse:undone", (event) => renewSoon(event.detail.lead));
document.addEventListener("leadpulse:gone", (event) => {
  const card = cardOf(event.detail.lead);
  if (card) card.remove();
});
document.addEventListener("leadpulse:missed", () => {
  for (const card of board.querySelectorAll(".card")) renewSoon(card.dataset.lead);
});
