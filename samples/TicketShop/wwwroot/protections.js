// The three cards: each is a choice, and keeps the results of its two runs.

import { el } from './dom.js';

export const protections = [
  { value: 'none', title: 'No protection', text: 'Look, let the buyer pay, write.' },
  { value: 'lock', title: 'Lock', text: 'The same, one at a time: who comes second waits.' },
  { value: 'lockAndGuard', title: 'Lock and guard', text: 'And the database refuses whoever lost the lock.' },
];

const nameOf = value => protections.find(protection => protection.value === value).title;

export class Cards {
  /** @param {HTMLElement} place @param {string} name the radio buttons' name */
  constructor(place, name) {
    this.name = name;
    this.place = place;
    this.results = new Map();
    place.replaceChildren(...protections.map((protection, index) => this.#card(protection, index === 0)));
  }

  get value() {
    return this.place.querySelector('input:checked').value;
  }

  set value(value) {
    this.place.querySelector(`input[value=${value}]`).checked = true;
  }

  /** Shows a run that goes on. */
  wait(protection, freeze) {
    this.#fill(protection, freeze, 'running', el('span', { class: 'big' }, '…'), 'running', '');
  }

  /** Shows a result: { bad, big, what, details }. */
  show(protection, freeze, { bad, big, what, details }) {
    const sign = el('span', { class: 'sign', 'aria-hidden': 'true' }, bad ? '✘' : '✔');
    this.#fill(protection, freeze, bad ? 'bad' : 'good', el('span', { class: 'big' }, sign, ` ${big}`), what, details);
  }

  /** Shows that there is no result. */
  clear(protection, freeze) {
    this.#fill(protection, freeze, 'empty', el('span', { class: 'big' }, '–'), 'not tried yet', '');
  }

  #fill(protection, freeze, state, ...content) {
    const cell = this.results.get(`${protection} ${freeze}`);
    const [big, what, details] = content;
    cell.className = `result ${state}`;
    cell.replaceChildren(el('span', { class: 'when' }, freeze ? '❄ B freezes' : 'No freeze'), big, el('span', { class: 'what' }, what), el('span', { class: 'details' }, details));
  }

  #card(protection, isChosen) {
    const id = `${this.name}-${protection.value}`;
    const results = [false, true].map(freeze => {
      const cell = el('li', { 'data-result': `${protection.value}-${freeze ? 'frozen' : 'plain'}` });
      this.results.set(`${protection.value} ${freeze}`, cell);
      this.clear(protection.value, freeze);
      return cell;
    });
    return el('div', { class: 'card' },
      el('div', { class: 'pick' },
        el('input', { type: 'radio', name: this.name, id, value: protection.value, checked: isChosen, 'aria-describedby': `${id}-text` }),
        el('label', { for: id }, protection.title),
        el('p', { id: `${id}-text` }, protection.text)),
      el('ul', { class: 'results', 'aria-label': `Results: ${nameOf(protection.value)}` }, ...results));
  }
}
