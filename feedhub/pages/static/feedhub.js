// Copies the address of a feed. Without this script the buttons stay hidden and the links work all the same.
"use strict";

function copied(button, words) {
  const before = button.dataset.words ?? button.firstChild.textContent;
  button.dataset.words = before;
  button.firstChild.textContent = words;
  setTimeout(() => { button.firstChild.textContent = before; }, 2000);
}

async function copy(button) {
  const address = new URL(button.dataset.copy, document.baseURI).href;
  try {
    await navigator.clipboard.writeText(address);
  } catch {
    // A page that did not come over https or from this machine has no clipboard of the new kind.
    const field = document.createElement("textarea");
    field.value = address;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    button.focus();
    if (!done) return copied(button, "Not copied");
  }
  copied(button, "Copied");
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  (button.closest("[hidden]") ?? button).hidden = false;
  button.addEventListener("click", () => copy(button));
}
for (const field of document.querySelectorAll("input[data-address]")) {
  field.value = new URL(field.dataset.address, document.baseURI).href;
  field.addEventListener("focus", () => field.select());
}
