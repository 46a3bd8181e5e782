// What the other modules share: finding elements, the status line, requests, keys.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** A design token's value in the present theme: token('ink-2'). */
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--ks-${name}`).trim();

/** Say something to screen readers. */
export function say(text) {
  const status = $('#status');
  if (status) status.textContent = text;
}

/** POST a few values, with the CSRF token of the page. */
export function post(url, values) {
  const headers = JSON.parse(document.body.getAttribute('hx-headers') || '{}');
  return fetch(url, { method: 'POST', headers, body: new URLSearchParams(values), credentials: 'same-origin' });
}

/** Whether a key press belongs to what is being typed or to a shortcut of the browser. */
export function typing(event) {
  const field = event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]');
  const box = field && ['checkbox', 'radio'].includes(field.type);
  return Boolean(event.ctrlKey || event.metaKey || event.altKey || (field && !box) || $('dialog[open]'));
}

/** Run `setup` on every match now and on those that htmx brings later; once for each element. */
export function eachNowAndLater(selector, setup) {
  const done = new WeakSet();
  const look = (root) => {
    const found = root.matches?.(selector) ? [root, ...$$(selector, root)] : $$(selector, root);
    for (const element of found) {
      if (!done.has(element)) {
        done.add(element);
        setup(element);
      }
    }
  };
  look(document);
  document.addEventListener('htmx:load', (event) => look(event.detail.elt));
}
